/** Route that finds users by name. */
import { ChatError, isLongerThan, isUuid, LIMITS, type RoomId } from '@parley/protocol';
import type { FastifyInstance } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import { pageOf, toListBody } from '../request/pagination.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import { requireUser } from '../request/require-user.ts';
import { toPublicUser } from '../response/public-user.ts';

interface PeopleSearchRouteOptions {
  readonly chat: Pick<Chat, 'people'>;
  readonly requestAuthenticator: RequestAuthenticator;
}

export function addPeopleSearchRoute(
  app: FastifyInstance,
  options: PeopleSearchRouteOptions,
): void {
  const { chat, requestAuthenticator } = options;
  app.get('/api/people', async (request) => {
    const user = await requireUser(requestAuthenticator, request.raw);
    const page = pageOf(request, ['after']);
    const { q, roomId } = request.query as { readonly q?: unknown; readonly roomId?: unknown };
    if (roomId !== undefined && !(typeof roomId === 'string' && isUuid(roomId))) {
      throw new ChatError('VALIDATION_ERROR', { field: 'roomId' });
    }
    // An empty text would list all users; in a room it lists members.
    const isAll = q === '' && roomId === undefined;
    if (typeof q !== 'string' || isAll || isLongerThan(q, LIMITS.displayNameLengthMax + 1)) {
      throw new ChatError('VALIDATION_ERROR', { field: 'q' });
    }
    const wanted = { ...page, text: q, roomId: roomId as RoomId | undefined };
    const found = await chat.people.find(user, wanted);
    return toListBody('users', found, ({ isMember, user: each }) => {
      return { ...toPublicUser(each), ...(isMember !== undefined && { isMember }) };
    });
  });
}
