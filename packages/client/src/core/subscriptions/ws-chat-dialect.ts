/** Codec of `/ws/chat`. */
import type { ChannelMessage, ChannelServerFrames, FlatFrameOf } from '@parley/protocol';
import type { Message } from '../messages/message.ts';
import { changeEvent, decodeFlatFrame, failureEvent, readEvent } from './decode-flat-frame.ts';
import type { FlatDialect, FlatEvent } from './flat-dialect.ts';
import { messageOfWire, type WirePage, wireOfMessage } from './flat-message.ts';

type Frame = FlatFrameOf<ChannelServerFrames>;

export const WS_CHAT_DIALECT: FlatDialect<ChannelMessage> = Object.freeze<
  FlatDialect<ChannelMessage>
>({
  path: '/ws/chat',
  decode: (text) => {
    const frame = decodeFlatFrame(text);
    // Other types fall through.
    return frame && toEvent(frame as Frame);
  },
  commandOf: (type) => {
    if (type === 'join_channel') return 'join';
    return type === 'send_message' ? 'send' : undefined;
  },
  join: (channelId, position) => ({ type: 'join_channel', channelId, ...position }),
  leave: (channelId) => ({ type: 'leave_channel', channelId }),
  send: ({ roomId: channelId, content, clientMessageId, replyTo, attachments }) => ({
    type: 'send_message',
    channelId,
    content,
    clientMessageId,
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(attachments === undefined ? {} : { attachments }),
  }),
  typing: (channelId, isTyping) => ({ type: 'typing', channelId, isTyping }),
  markRead: (channelId, messageId) => ({ type: 'mark_read', channelId, messageId }),
  page: {
    way: 'http',
    async fetch(http, { roomId, before, limit }) {
      const bound = before === undefined ? '' : `&before=${before}`;
      const path = `/api/channels/${encodeURIComponent(roomId)}/messages?limit=${limit}${bound}`;
      // The route answers in this form.
      const page = (await http.call('GET', path)) as WirePage<ChannelMessage>;
      return { messages: page.messages.map(toMessage), hasMore: page.hasMore };
    },
  },
  outboxKeyOf: ({ roomId }) => roomId,
  toMessage,
  toWire,
  post: ({ roomId: channelId, content, clientMessageId, replyTo, attachments }) => ({
    channelId,
    content,
    clientMessageId,
    ...(replyTo === undefined ? {} : { parentMessageId: replyTo }),
    ...(attachments === undefined ? {} : { attachments }),
  }),
});

function toEvent(frame: Frame): FlatEvent {
  switch (frame.type) {
    case 'connected':
      return { kind: 'greeting', user: { id: frame.userId, username: frame.username } };
    case 'joined_channel':
      return { kind: 'joined', roomId: frame.channelId, joinState: frame };
    case 'new_message':
    case 'message_sent':
      return {
        kind: 'message',
        roomId: frame.message.channelId,
        message: toMessage(frame.message),
      };
    case 'message_edited':
    case 'message_deleted':
      return changeEvent(frame.channelId, frame);
    case 'message_read':
      return readEvent(frame.channelId, frame);
    case 'user_typing': {
      const { channelId: roomId, userId, username, isTyping } = frame;
      return { kind: 'typing', typist: { roomId, userId, username, isTyping } };
    }
    case 'user_presence': {
      const { channelId: roomId, userId, username, status } = frame;
      return { kind: 'presence', person: { roomId, userId, username }, status };
    }
    case 'error':
      return failureEvent(frame.channelId, frame);
    default:
      // `pong`, and types of newer servers.
      return { kind: 'other' };
  }
}

function toMessage({ channelId: roomId, readBy, replyTo, ...wire }: ChannelMessage): Message {
  const readers = readBy.map((userId) => ({ userId }));
  const parent = replyTo === undefined ? {} : { parentMessageId: replyTo };
  return messageOfWire({ ...wire, ...parent, roomId, readers });
}

function toWire(message: Message): ChannelMessage {
  const { roomId, readers = [], parentId, attachments } = message;
  return {
    ...wireOfMessage(message),
    channelId: roomId,
    readBy: readers.map(({ userId }) => userId),
    ...(parentId === undefined ? {} : { replyTo: parentId }),
    ...(attachments.length === 0 ? {} : { attachments }),
  };
}
