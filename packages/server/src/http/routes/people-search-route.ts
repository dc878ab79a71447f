/** Route that finds users by name. */
import { ChatError, isLongerThan, LIMITS } from '@parley/protocol';
import type { FastifyInstance } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import { requireUser } from '../request/require-user.ts';
import { toPublicUser } from '../response/public-user.ts';

export interface PeopleSearchRouteOptions {
  readonly chat: Pick<Chat, 'people'>;
  readonly requestAuthenticator: RequestAuthenticator;
}

export function addPeopleSearchRoute(
  app: FastifyInstance,
  options: PeopleSearchRouteOptions,
): void {
  const { chat, requestAuthenticator } = options;
  app.get('/api/people', async ({ raw, query }) => {
    const user = await requireUser(requestAuthenticator, raw);
    const { q } = query as { readonly q?: unknown };
    // An empty text would list everybody.
    if (typeof q !== 'string' || q === '' || isLongerThan(q, LIMITS.displayNameLengthMax)) {
      throw new ChatError('VALIDATION_ERROR', { field: 'q' });
    }
    return { users: (await chat.people.find(user, q)).map(toPublicUser) };
  });
}
