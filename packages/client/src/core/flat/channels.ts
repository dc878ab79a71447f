/** The dialect of `/ws/chat`. */
import type { ChannelMessage } from '@parley/protocol';
import { type FlatDialect, fromWire, toWire } from './dialect.ts';

export const CHANNELS: FlatDialect<ChannelMessage> = Object.freeze<FlatDialect<ChannelMessage>>({
  path: '/ws/chat',
  roomField: 'channelId',
  join: 'join_channel',
  leave: 'leave_channel',
  toMessage: ({ channelId: roomId, readBy, replyTo, ...wire }) => {
    const readers = readBy.map((userId) => ({ userId }));
    const parent = replyTo === undefined ? {} : { parentMessageId: replyTo };
    return fromWire({ ...wire, ...parent, roomId, readers });
  },
  toWire: (message) => {
    const { roomId: channelId, readers = [], parentId, attachments } = message;
    return {
      ...toWire(message),
      channelId,
      readBy: readers.map(({ userId }) => userId),
      ...(parentId === undefined ? {} : { replyTo: parentId }),
      ...(attachments.length === 0 ? {} : { attachments }),
    };
  },
  outboxKeyOf: ({ roomId }) => roomId,
});
