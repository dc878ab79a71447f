import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageId } from '@parley/protocol';
import { messageEvent, newRoomId } from '../../packages/server/test/support/records.ts';
import { LostEvents } from './lost-events.ts';

test('a lost change stays lost if another change of the same kind gets its place', () => {
  const roomId = newRoomId();
  const { epoch, ordinal, createdAtMs, actorId } = messageEvent(roomId, 1);
  const messageId = 'm1' as MessageId;
  const place = { roomId, epoch, sequence: 2, ordinal, createdAtMs, actorId };
  const reaction = (emoji: string) =>
    ({ ...place, kind: 'reaction-added', messageId, emoji, count: 1 }) as const;
  const lost = new LostEvents();
  const by = { atMs: 0, connection: 'ann', userId: actorId, roomId };
  for (const [clientMessageId, emoji] of Object.entries({ c1: '🎉', c2: '👍' })) {
    lost.note({ ...by, type: 'send', kind: 'add_reaction', clientMessageId, emoji });
  }

  lost.add([reaction('🎉')]);
  lost.remove(reaction('👍'));

  const ack = { ...by, type: 'ack', messageId, sequence: 2, duplicate: false } as const;
  assert.equal(lost.hasAcknowledged({ ...ack, clientMessageId: 'c1' }), true);
  assert.equal(lost.hasAcknowledged({ ...ack, clientMessageId: 'c2' }), false);
});
