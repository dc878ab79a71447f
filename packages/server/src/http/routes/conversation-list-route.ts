/** The route that lists the user's direct and group conversations. */
import type { FastifyInstance } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import type { Message } from '../../model/message.ts';
import type { Room } from '../../model/room.ts';
import type { AnswerValue } from '../openapi/answer-records.ts';
import { pageOf, toListBody } from '../request/pagination.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import { requireUser } from '../request/require-user.ts';
import type { MessageEncoders } from './message-routes.ts';

interface ConversationRoutesOptions
  extends Pick<MessageEncoders, 'encodeMessage' | 'encodeDirectMessage'> {
  readonly chat: Pick<Chat, 'roomLists'>;
  readonly requestAuthenticator: RequestAuthenticator;
}

export function addConversationListRoute(
  app: FastifyInstance,
  options: ConversationRoutesOptions,
): void {
  const { chat, requestAuthenticator, encodeMessage, encodeDirectMessage } = options;

  app.get('/api/conversations', async (request) => {
    const page = pageOf(request, ['after']);
    const user = await requireUser(requestAuthenticator, request.raw);
    const listed = await chat.roomLists.listConversations(user, page);
    const encode = (
      message: Message,
      room: Room,
      readAtMs: number | undefined,
    ): AnswerValue<'conversationMessage'> =>
      room.kind === 'direct'
        ? encodeDirectMessage(message, room, readAtMs)
        : encodeMessage(message);
    return toListBody('conversations', listed, (conversation) => {
      const { room, title, lastMessage, lastReadAtMs, membership, head } = conversation;
      return {
        id: room.id,
        kind: room.kind,
        name: title,
        lastMessage: lastMessage === undefined ? null : encode(lastMessage, room, lastReadAtMs),
        lastActivity: new Date(head.lastActivityAtMs).toISOString(),
        unreadCount: membership?.unread.unreadCount ?? 0,
      };
    });
  });
}
