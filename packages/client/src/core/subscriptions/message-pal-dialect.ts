/** Codec of `/messagepal`: a room is a conversation, and the outbox is keyed by recipient. */
import type {
  DirectMessage,
  DirectServerFrames,
  FlatFrameOf,
  RoomId,
  UserId,
} from '@parley/protocol';
import type { Message } from '../messages/message.ts';
import { recipientKey, recipientOf } from '../outbox/recipient-key.ts';
import { changeEvent, decodeFlatFrame, failureEvent, readEvent } from './decode-flat-frame.ts';
import type { FlatDialect, FlatEvent } from './flat-dialect.ts';
import { messageOfWire, wireOfMessage } from './flat-message.ts';

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
  send: ({ roomId: key, content, clientMessageId }) => ({
    type: 'send_message',
    recipientId: recipientOf(key),
    content,
    clientMessageId,
  }),
  typing: (key, isTyping) => ({ type: 'typing', recipientId: recipientOf(key), isTyping }),
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
  outboxKeyOf: ({ userId, recipientId = userId }, self) =>
    keyOf(userId === self ? recipientId : userId),
  toMessage,
  toWire,
  post: ({ roomId: key, content, clientMessageId }) => ({
    recipientId: recipientOf(key),
    content,
    clientMessageId,
  }),
});

/** The outbox is keyed by the other person: a conversation has no id before its first message. */
export function keyOf(recipientId: string): RoomId {
  return recipientKey(recipientId as UserId);
}

function toEvent(frame: Frame): FlatEvent {
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
        message: { ...toMessage(message), ...key },
      };
    }
    case 'message_edited':
    case 'message_deleted':
      return changeEvent(frame.conversationId, frame);
    case 'message_read':
      return readEvent(frame.conversationId, frame);
    case 'user_presence':
      return { kind: 'presence', person: { userId: frame.userId }, status: frame.status };
    case 'user_typing': {
      const { conversationId: roomId, userId, isTyping } = frame;
      return { kind: 'typing', typist: { roomId, userId, username: '', isTyping } };
    }
    case 'history_response': {
      const { conversationId: roomId, messages, hasMore } = frame;
      return { kind: 'page', roomId, page: { messages: messages.map(toMessage), hasMore } };
    }
    case 'error':
      return failureEvent(frame.conversationId, frame);
    default:
      // `unsubscribed`, `pong`, and types of newer servers.
      return { kind: 'other' };
  }
}

function toMessage({ conversationId: roomId, readAt, ...wire }: DirectMessage): Message {
  const readers = readAt === undefined ? [] : [{ userId: wire.recipientId, readAt }];
  return messageOfWire({ ...wire, roomId, readers });
}

function toWire(message: Message): DirectMessage {
  const { roomId, readers = [], recipientId = message.userId } = message;
  const { readAt } = readers.find(({ userId }) => userId === recipientId) ?? {};
  return {
    ...wireOfMessage(message),
    conversationId: roomId,
    recipientId,
    ...(readAt === undefined ? {} : { readAt }),
  };
}
