/**
 * The dialect of `/messagepal`. The outbox is keyed by the other person: a conversation has no id before
 * its first message.
 */
import type { DirectMessage } from '@parley/protocol';
import { recipientKey } from '../outbox/recipient-key.ts';
import { type FlatDialect, fromWire, toWire } from './dialect.ts';

export const DIRECT: FlatDialect<DirectMessage> = Object.freeze<FlatDialect<DirectMessage>>({
  path: '/messagepal',
  roomField: 'conversationId',
  join: 'subscribe',
  leave: 'unsubscribe',
  fetchPage: 'fetch_history',
  toMessage: ({ conversationId: roomId, readAt, ...wire }) => {
    const readers = readAt === undefined ? [] : [{ userId: wire.recipientId, readAt }];
    return fromWire({ ...wire, roomId, readers });
  },
  toWire: (message) => {
    const { roomId: conversationId, readers = [], recipientId = message.userId } = message;
    const { readAt } = readers.find(({ userId }) => userId === recipientId) ?? {};
    return {
      ...toWire(message),
      conversationId,
      recipientId,
      ...(readAt === undefined ? {} : { readAt }),
    };
  },
  outboxKeyOf: ({ userId, recipientId = userId }, self) =>
    recipientKey(userId === self ? recipientId : userId),
});
