/** Reason why the server rejects a connection, as far as HTTP can tell. */
import { ChatError, type UserPayload } from '@parley/protocol';
import type { SessionCheck } from '../connection/connection.ts';
import type { Http } from '../connection/http.ts';
import type { TokenError } from '../connection/token-source.ts';
import type { ClientOwner } from './client-owner.ts';

const PATH = '/api/auth/me';

export async function checkSession(http: Http, owner: ClientOwner): Promise<SessionCheck> {
  try {
    // The protocol defines the answer: `{user: {id, username}}`.
    const { user } = (await http.call('GET', PATH)) as { readonly user: UserPayload };
    return owner.isSame(user.id) ? { kind: 'valid' } : { kind: 'somebody_else' };
  } catch (thrown) {
    const error = ChatError.from(thrown);
    if (isTokenError(error)) return { kind: error.isFinal ? 'ended' : 'token', error };
    if (error.code === 'UNAUTHENTICATED') return { kind: 'ended', error };
    const foreign = await http.checkOrigin(PATH, error).catch(() => undefined);
    if (foreign !== undefined) return { kind: 'origin', error: foreign };
    // Any other cause of the failed request makes no difference to the next attempt.
    return { kind: 'unreachable', error };
  }
}

/** The class itself is only in clients that have tokens. */
function isTokenError(error: ChatError): error is TokenError {
  return 'isFinal' in error;
}
