/** Routes for messages, memberships, bans and blocks: the same commands as over a socket. */
import {
  ChatError,
  type ClientMessageId,
  type HttpBody,
  type MessageId,
  type RoomId,
  type UserId,
} from '@parley/protocol';
import { decodeHttpBody } from '@parley/protocol/validators';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import type { StoredMessageResult } from '../../domain/messages/send-without-connection.ts';
import type { RateLimiter } from '../../domain/primitives/rate-limiter.ts';
import type { Message } from '../../model/message.ts';
import type { Room } from '../../model/room.ts';
import type { AccessLostReason } from '../../model/room-event.ts';
import type { User } from '../../model/user.ts';
import { pageOf, toSequence, toSequenceOrMessageId } from '../request/pagination.ts';
import { type RequestAuthenticator, requireIdentity } from '../request/request-authenticator.ts';
import { toPublicUser } from './account-routes.ts';

export interface RoomRoutesOptions {
  readonly chat: Chat;
  readonly requestAuthenticator: RequestAuthenticator;
  /** Encodes a message in the native dialect. */
  readonly encodeMessage: (message: Message) => object;
  /** Encodes a message in the dialect of `/ws/chat`. */
  readonly encodeChannelMessage: (message: Message, readBy?: readonly UserId[]) => object;
  /** Encodes a message in the dialect of `/messagepal`. */
  readonly encodeDirectMessage: (message: Message, room: Room, readAtMs?: number) => object;
  /** Rate limit per user for posts in the dialects of `/ws/chat` and `/messagepal`; same as per socket there. */
  readonly flatPostLimits: RateLimiter<UserId>;
}

interface RoomParams {
  readonly roomId: RoomId;
  readonly userId: UserId;
}

export function addRoomRoutes(app: FastifyInstance, options: RoomRoutesOptions): void {
  const { chat, requestAuthenticator, encodeMessage, encodeChannelMessage, encodeDirectMessage } =
    options;
  const userOf = async ({ raw }: FastifyRequest): Promise<User> =>
    (await requireIdentity(requestAuthenticator, raw)).user;

  app.post('/api/messages', async (request, reply) => {
    const user = await userOf(request);
    const { encode, ...post } = toPost(request.body, options);
    const posted = await chat.sendWithoutConnection(user, post);
    reply.status(posted.duplicate ? 200 : 201);
    return { message: encode(posted), duplicate: posted.duplicate };
  });

  app.get('/api/channels/:roomId/messages', async (request) => {
    const user = await userOf(request);
    const { roomId } = request.params as RoomParams;
    const { before, after, limit } = pageOf(request, ['before', 'after']);
    const page = {
      roomId,
      before: toSequenceOrMessageId(before, 'before'),
      after: toSequence(after, 'after'),
      limit,
    };
    const { messages, hasMore } = await chat.readHistory({ user }, page);
    const readersOf = await chat.findReaders(user, { roomId, messages });
    return {
      messages: messages.map((message) => encodeChannelMessage(message, readersOf(message))),
      hasMore,
    };
  });
  app.get('/api/conversations', async (request) => {
    const listed = await chat.listConversations(await userOf(request));
    const encode = (message: Message, room: Room, readAtMs: number | undefined): object =>
      room.kind === 'direct'
        ? encodeDirectMessage(message, room, readAtMs)
        : encodeMessage(message);
    return {
      conversations: listed.map(({ room, title, lastMessage, lastReadAtMs, membership, head }) => ({
        id: room.id,
        kind: room.kind,
        name: title,
        lastMessage: lastMessage === undefined ? null : encode(lastMessage, room, lastReadAtMs),
        lastActivity: new Date(head.lastActivityAtMs).toISOString(),
        unreadCount: membership?.unread.unreadCount ?? 0,
      })),
    };
  });

  const end = (reason: AccessLostReason) => async (request: FastifyRequest) => {
    const user = await userOf(request);
    // Not verified here: the domain checks that the ids exist.
    const { roomId, userId } = request.params as RoomParams;
    await chat.endRoomMembership(user, { roomId, subjectId: userId ?? user.id, reason });
    return { success: true };
  };
  app.delete('/api/rooms/:roomId/members/me', end('left'));
  app.delete('/api/rooms/:roomId/members/:userId', end('removed'));
  app.put('/api/rooms/:roomId/bans/:userId', end('banned'));
  app.delete('/api/rooms/:roomId/bans/:userId', async (request) => {
    const user = await userOf(request);
    const { roomId, userId } = request.params as RoomParams;
    await chat.liftBan(user, { roomId, subjectId: userId });
    return { success: true };
  });

  app.get('/api/blocks', async (request) => {
    const blocked = await chat.listBlocked(await userOf(request));
    return { users: blocked.map(toPublicUser) };
  });
  app.put('/api/blocks/:userId', async (request) => {
    const user = await userOf(request);
    await chat.block(user, (request.params as RoomParams).userId);
    return { success: true };
  });
  app.delete('/api/blocks/:userId', async (request) => {
    const user = await userOf(request);
    const wasBlocked = await chat.unblock(user, (request.params as RoomParams).userId);
    if (!wasBlocked) throw new ChatError('NOT_FOUND', { field: 'userId' });
    return { success: true };
  });
}

function toPost(body: unknown, options: RoomRoutesOptions) {
  const {
    content,
    clientMessageId,
    parentMessageId,
    replyTo,
    attachments = [],
    ...target
  } = decodeHttpBody('message', body);
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
    attachments,
  };
}

/** A post that names a channel or a recipient is answered in the dialect that uses that field. */
function toTarget(
  { roomId, channelId, recipientId }: Omit<HttpBody<'message'>, 'content'>,
  { encodeMessage, encodeChannelMessage, encodeDirectMessage }: RoomRoutesOptions,
) {
  const id = roomId ?? channelId;
  if ([roomId, channelId, recipientId].filter((given) => given !== undefined).length !== 1) {
    const message = "Give one of the fields 'roomId', 'channelId' and 'recipientId'";
    throw new ChatError('VALIDATION_ERROR', { field: 'roomId', message });
  }
  const encode = ({ message, room }: StoredMessageResult): object => {
    if (room !== undefined) return encodeDirectMessage(message, room);
    return roomId !== undefined ? encodeMessage(message) : encodeChannelMessage(message);
  };
  // Not verified here: the domain checks that the ids exist.
  const to =
    id === undefined
      ? { recipient: { kind: 'id', id: recipientId as UserId } as const }
      : { roomId: id as RoomId };
  return { encode, to };
}
