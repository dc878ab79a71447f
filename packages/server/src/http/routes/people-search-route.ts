/** Route that finds users by name. */
import { ChatError, LIMITS } from '@parley/protocol';
import type { FastifyInstance } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import type { RequestGuard } from '../request/request-guard.ts';
import { requireUser } from '../request/require-user.ts';
import { toPublicUser } from '../response/public-user.ts';

export interface PeopleSearchRouteOptions {
  readonly chat: Pick<Chat, 'people'>;
  readonly requestGuard: RequestGuard;
}

export function addPeopleSearchRoute(
  app: FastifyInstance,
  options: PeopleSearchRouteOptions,
): void {
  const { chat, requestGuard } = options;
  app.get('/api/people', async ({ raw, query }) => {
    const user = await requireUser(requestGuard, raw);
    const { q } = query as { readonly q?: unknown };
    // An empty text would list everybody.
    if (typeof q !== 'string' || q === '' || q.length > LIMITS.usernameLengthMax) {
      throw new ChatError('VALIDATION_ERROR', { field: 'q' });
    }
    return { users: (await chat.people.find(user, q)).map(toPublicUser) };
  });
}
