/** Route to set the topic of a room: the same command as over a socket. */
import type { RoomId } from '@parley/protocol';
import type { FastifyInstance } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import { requireUser } from '../request/require-user.ts';
import { bodyOf } from '../request/route-body.ts';

export interface TopicRouteOptions {
  readonly chat: Pick<Chat, 'roomTopics'>;
  readonly requestAuthenticator: RequestAuthenticator;
}

export function addTopicRoute(
  app: FastifyInstance,
  { chat, requestAuthenticator }: TopicRouteOptions,
): void {
  app.put('/api/rooms/:roomId/topic', async (request) => {
    const user = await requireUser(requestAuthenticator, request.raw);
    // Not verified here: the domain checks that the room exists.
    const { roomId } = request.params as { readonly roomId: RoomId };
    const { topic: written } = bodyOf(request, 'topic');
    const author = { user, connection: undefined };
    const { topic = '' } = await chat.roomTopics.set(author, { roomId, topic: written });
    return { topic };
  });
}
