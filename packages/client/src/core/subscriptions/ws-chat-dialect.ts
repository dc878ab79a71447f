/** Codec of `/ws/chat`. */
import type { ChannelMessage, ChannelServerFrames, FlatFrameOf } from '@parley/protocol';
import { changeEvent, decodeFlatFrame, failureEvent } from './decode-flat-frame.ts';
import type { FlatDialect, FlatEvent, Page } from './flat-dialect.ts';

type Frame = FlatFrameOf<ChannelServerFrames>;

/** Maximum number of readers that a message names. */
const READERS_MAX = 100;

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
      return (await http.call('GET', path)) as Page<ChannelMessage>;
    },
  },
  sendsIntoRooms: true,
  outboxKeyOf: ({ channelId }) => channelId,
  post: ({ roomId: channelId, content, clientMessageId, replyTo, attachments }) => ({
    channelId,
    content,
    clientMessageId,
    ...(replyTo === undefined ? {} : { parentMessageId: replyTo }),
    ...(attachments === undefined ? {} : { attachments }),
  }),
  roomIdOf: ({ channelId }) => channelId,
  afterRead: (message, { userId }) => {
    const { readBy } = message;
    if (readBy.includes(userId) || readBy.length >= READERS_MAX) return message;
    return { ...message, readBy: [...readBy, userId] };
  },
  withReadsOf: (message, { readBy }) => {
    const more = readBy.filter((userId) => !message.readBy.includes(userId));
    if (more.length === 0) return message;
    return { ...message, readBy: [...message.readBy, ...more].slice(0, READERS_MAX) };
  },
});

function toEvent(frame: Frame): FlatEvent<ChannelMessage> {
  switch (frame.type) {
    case 'connected':
      return { kind: 'greeting', user: { id: frame.userId, username: frame.username } };
    case 'joined_channel':
      return { kind: 'joined', roomId: frame.channelId, joinState: frame };
    case 'new_message':
    case 'message_sent':
      return { kind: 'message', roomId: frame.message.channelId, message: frame.message };
    case 'message_edited':
    case 'message_deleted':
    case 'message_read':
      return changeEvent(frame.channelId, frame);
    case 'user_typing': {
      const { channelId: roomId, userId, username, isTyping } = frame;
      return { kind: 'typing', typist: { roomId, userId, username, isTyping } };
    }
    case 'user_presence': {
      const { channelId: roomId, userId, username, status } = frame;
      const person = { roomId, userId, username };
      return { kind: 'presence', person, isOnline: status !== 'offline' };
    }
    case 'error':
      return failureEvent(frame.channelId, frame);
    default:
      // `pong`, and types of newer servers.
      return { kind: 'other' };
  }
}
