/** Route to set the topic of a room: the same command as over a socket. */
import type { FastifyInstance } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import { requireUser } from '../request/require-user.ts';
import { roomIdOf } from '../request/room-id.ts';
import { bodyOf } from '../request/route-body.ts';

export interface TopicRouteOptions {
  readonly chat: Pick<Chat, 'roomIds' | 'roomTopics'>;
  readonly requestAuthenticator: RequestAuthenticator;
}

export function addTopicRoute(
  app: FastifyInstance,
  { chat, requestAuthenticator }: TopicRouteOptions,
): void {
  app.put('/api/rooms/:roomId/topic', async (request) => {
    const user = await requireUser(requestAuthenticator, request.raw);
    const roomId = await roomIdOf(chat, user, request);
    const { topic: written } = bodyOf(request, 'topic');
    const author = { user, connection: undefined };
    const { topic = '' } = await chat.roomTopics.set(author, { roomId, topic: written });
    return { topic };
  });
}
