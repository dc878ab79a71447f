/** Route to choose which messages of a room notify the user: the same command as over a socket. */
import type { FastifyInstance } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import { requireUser } from '../request/require-user.ts';
import { roomIdOf } from '../request/room-id.ts';
import { bodyOf } from '../request/route-body.ts';

export interface NotificationLevelRouteOptions {
  readonly chat: Pick<Chat, 'roomIds' | 'notificationLevels'>;
  readonly requestAuthenticator: RequestAuthenticator;
}

export function addNotificationLevelRoute(
  app: FastifyInstance,
  { chat, requestAuthenticator }: NotificationLevelRouteOptions,
): void {
  app.put('/api/rooms/:roomId/notifications', async (request) => {
    const user = await requireUser(requestAuthenticator, request.raw);
    const roomId = await roomIdOf(chat, user, request);
    const { level } = bodyOf(request, 'notificationLevel');
    await chat.notificationLevels.choose({ user, connection: undefined }, { roomId, level });
    return { level };
  });
}
