/** Codec of `/messagepal`: a room is a conversation, and the outbox is keyed by recipient. */
import type {
  DirectMessage,
  DirectServerFrames,
  FlatFrameOf,
  RoomId,
  UserId,
} from '@parley/protocol';
import { changeEvent, decodeFlatFrame, failureEvent } from './decode-flat-frame.ts';
import type { FlatDialect, FlatEvent } from './flat-dialect.ts';

type Frame = FlatFrameOf<DirectServerFrames>;

export const MESSAGE_PAL_DIALECT: FlatDialect<DirectMessage> = Object.freeze<
  FlatDialect<DirectMessage>
>({
  path: '/messagepal',
  decode: (text) => {
    const frame = decodeFlatFrame(text);
    // Other types fall through.
    return frame && toEvent(frame as Frame);
  },
  commandOf: (type) => {
    if (type === 'subscribe') return 'join';
    if (type === 'fetch_history') return 'page';
    return type === 'send_message' ? 'send' : undefined;
  },
  join: (conversationId, position) => ({ type: 'subscribe', conversationId, ...position }),
  leave: (conversationId) => ({ type: 'unsubscribe', conversationId }),
  send: ({ roomId: recipientId, content, clientMessageId }) => ({
    type: 'send_message',
    recipientId,
    content,
    clientMessageId,
  }),
  typing: (recipientId, isTyping) => ({ type: 'typing', recipientId, isTyping }),
  markRead: (conversationId, messageId) => ({ type: 'mark_read', messageId, conversationId }),
  page: {
    way: 'socket',
    frame: ({ roomId: conversationId, before, limit }) => ({
      type: 'fetch_history',
      conversationId,
      limit,
      ...(before === undefined ? {} : { before }),
    }),
  },
  sendsIntoRooms: false,
  outboxKeyOf: ({ senderId, recipientId }, self) =>
    keyOf(senderId === self ? recipientId : senderId),
  post: ({ roomId: recipientId, content, clientMessageId }) => ({
    recipientId,
    content,
    clientMessageId,
  }),
  roomIdOf: ({ conversationId }) => conversationId,
  afterRead: (message, { userId, readAt }) =>
    message.recipientId !== userId || message.readAt !== undefined || readAt === undefined
      ? message
      : { ...message, readAt },
  withReadsOf: (message, { readAt }) =>
    message.readAt !== undefined || readAt === undefined ? message : { ...message, readAt },
});

/** The outbox is keyed by the other person: a conversation has no id before its first message. */
export function keyOf(recipientId: UserId | string): RoomId {
  return recipientId as RoomId;
}

function toEvent(frame: Frame): FlatEvent<DirectMessage> {
  switch (frame.type) {
    case 'connected':
      return { kind: 'greeting', user: { id: frame.userId, role: frame.role } };
    case 'subscribed':
      return { kind: 'joined', roomId: frame.conversationId, joinState: frame };
    case 'message_received': {
      const { message, clientMessageId = message.clientMessageId } = frame;
      const key = clientMessageId === undefined ? {} : { clientMessageId };
      return {
        kind: 'message',
        roomId: message.conversationId,
        message: { ...message, ...key },
      };
    }
    case 'message_edited':
    case 'message_deleted':
    case 'message_read':
      return changeEvent(frame.conversationId, frame);
    case 'user_typing': {
      const { conversationId: roomId, userId, isTyping } = frame;
      return { kind: 'typing', typist: { roomId, userId, username: '', isTyping } };
    }
    case 'history_response': {
      const { conversationId: roomId, messages, hasMore } = frame;
      return { kind: 'page', roomId, page: { messages, hasMore } };
    }
    case 'error':
      return failureEvent(frame.conversationId, frame);
    default:
      // `unsubscribed`, `pong`, and types of newer servers.
      return { kind: 'other' };
  }
}
