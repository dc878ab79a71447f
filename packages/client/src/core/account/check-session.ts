/** Reason why the server rejects a connection, as far as HTTP can tell. */
import { ChatError, type UserPayload } from '@parley/protocol';
import type { SessionCheck } from '../connection/connection.ts';
import type { Http } from '../connection/http.ts';
import type { ClientOwner } from './client-owner.ts';

export async function checkSession(http: Http, owner: ClientOwner): Promise<SessionCheck> {
  try {
    // The protocol defines the answer: `{user: {id, username}}`.
    const { user } = (await http.call('GET', '/api/auth/me')) as { readonly user: UserPayload };
    return owner.isSame(user.id) ? 'valid' : 'somebody_else';
  } catch (error) {
    // Any other cause of the failed request makes no difference to the next attempt.
    return ChatError.from(error).code === 'UNAUTHENTICATED' ? 'ended' : 'unreachable';
  }
}
