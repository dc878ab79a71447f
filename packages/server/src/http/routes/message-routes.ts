/** Routes to send messages and read a room's history: the same commands as over a socket. */
import {
  ChatError,
  type ClientMessageId,
  type HttpBody,
  type MessageId,
  type UserId,
} from '@parley/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import type { StoredMessageResult } from '../../domain/direct/connectionless-sender.ts';
import type { RateLimiter } from '../../domain/primitives/rate-limiter.ts';
import type { Message } from '../../model/message.ts';
import type { Room } from '../../model/room.ts';
import type { Answer, AnswerValue } from '../openapi/answer-records.ts';
import { pageOf, toSequenceOrMessageId } from '../request/pagination.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import { requireUser } from '../request/require-user.ts';
import { roomIdOf } from '../request/room-id.ts';
import { bodyOf } from '../request/route-body.ts';

export interface MessageEncoders {
  /** Encodes a message in the native dialect. */
  readonly encodeMessage: (message: Message) => Answer<'message'>;
  /** Encodes a message in the dialect of `/ws/chat`. */
  readonly encodeChannelMessage: (
    message: Message,
    readBy?: readonly UserId[],
  ) => Answer<'channelMessage'>;
  /** Encodes a message in the dialect of `/messagepal`. */
  readonly encodeDirectMessage: (
    message: Message,
    room: Room,
    readAtMs?: number,
  ) => Answer<'directMessage'>;
}

export interface MessageRoutesOptions extends MessageEncoders {
  readonly chat: Pick<Chat, 'roomIds' | 'connectionless' | 'history' | 'readReceipts'>;
  readonly requestAuthenticator: RequestAuthenticator;
  /** Rate limit per user for posts in the dialects of `/ws/chat` and `/messagepal`; same as per socket there. */
  readonly flatPostLimits: RateLimiter<UserId>;
}

export function addMessageRoutes(app: FastifyInstance, options: MessageRoutesOptions): void {
  const { chat, requestAuthenticator, encodeChannelMessage } = options;
  const userOf = ({ raw }: FastifyRequest) => requireUser(requestAuthenticator, raw);

  app.post('/api/messages', async (request, reply) => {
    const user = await userOf(request);
    const { encode, to, ...post } = toPost(bodyOf(request, 'message'), options);
    const place = 'room' in to ? { roomId: await chat.roomIds.find({ user }, to.room) } : to;
    const posted = await chat.connectionless.send(user, { ...post, to: place });
    reply.status(posted.duplicate ? 200 : 201);
    const { duplicate, notReached } = posted;
    return {
      ...{ message: encode(posted), duplicate },
      ...(notReached === undefined ? {} : { notReached }),
    };
  });

  app.get('/api/channels/:roomId/messages', async (request) => {
    const user = await userOf(request);
    const roomId = await roomIdOf(chat, user, request);
    const bounds = pageOf(request, ['before', 'after', 'around', 'aroundTime']);
    const { messages, ...ends } = await chat.history.readMessages(user, {
      ...bounds,
      roomId,
      before: toSequenceOrMessageId(bounds.before, 'before'),
      after: toSequenceOrMessageId(bounds.after, 'after'),
      around: toSequenceOrMessageId(bounds.around, 'around'),
    });
    const readersOf = await chat.readReceipts.findReaders(user, { roomId, messages });
    return {
      messages: messages.map((message) => encodeChannelMessage(message, readersOf(message))),
      ...ends,
    };
  });
}

function toPost(body: HttpBody<'message'>, options: MessageRoutesOptions) {
  const { content, clientMessageId, parentMessageId, replyTo, alsoToRoom, ...rest } = body;
  const { attachments = [], ...target } = rest;
  if (parentMessageId !== undefined && replyTo !== undefined) {
    const message = "Give one of the fields 'parentMessageId' and 'replyTo': they mean the same";
    throw new ChatError('VALIDATION_ERROR', { field: 'replyTo', message });
  }
  return {
    ...toTarget(target, options),
    limits: target.roomId === undefined ? options.flatPostLimits : undefined,
    content,
    clientMessageId: clientMessageId as ClientMessageId | undefined,
    parentId: (parentMessageId ?? replyTo) as MessageId | undefined,
    alsoToRoom,
    attachments,
  };
}

/** A post that names a channel or a recipient is answered in the dialect that uses that field. */
function toTarget(
  { roomId, channelId, recipientId }: Omit<HttpBody<'message'>, 'content'>,
  { encodeMessage, encodeChannelMessage, encodeDirectMessage }: MessageRoutesOptions,
) {
  const id = roomId ?? channelId;
  if ([roomId, channelId, recipientId].filter((given) => given !== undefined).length !== 1) {
    const message = "Give one of the fields 'roomId', 'channelId' and 'recipientId'";
    throw new ChatError('VALIDATION_ERROR', { field: 'roomId', message });
  }
  const encode = ({ message, room }: StoredMessageResult): AnswerValue<'anyMessage'> => {
    if (room !== undefined) return encodeDirectMessage(message, room);
    return roomId !== undefined ? encodeMessage(message) : encodeChannelMessage(message);
  };
  // Not verified here: the domain checks that the user exists.
  const to =
    id === undefined
      ? { recipient: { kind: 'id', id: recipientId as UserId } as const }
      : { room: id };
  return { encode, to };
}
