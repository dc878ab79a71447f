import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RoomId } from '@parley/protocol';
import {
  type OfflineCopy,
  restoreOfflineCopy,
  toOfflineCopy,
} from '../../src/core/offline-copy-format.ts';
import type { ReportedUnread } from '../../src/core/rooms/unread-state.ts';
import { EMPTY_SNAPSHOT } from '../../src/core/snapshot.ts';
import { LOBBY, openRoom } from '../fakes/builders.ts';

function copyOf(sequences: readonly number[]) {
  const room = openRoom(sequences);
  const copy = toOfflineCopy({ ...EMPTY_SNAPSHOT, rooms: new Map([[room.id, room]]) });
  // As it is stored.
  return JSON.parse(JSON.stringify(copy)) as typeof copy;
}

describe('an offline copy', () => {
  test('restores rooms that resume from their position', () => {
    const restored = restoreOfflineCopy(copyOf([1, 2, 3]))?.rooms.get(LOBBY);

    assert(restored?.kind === 'open');
    assert.equal(restored.isLive, false);
    assert.equal(restored.log.position, 3);
    assert.deepEqual(
      restored.log.messages.map(({ content }) => content),
      ['message 1', 'message 2', 'message 3'],
    );
    assert.equal(restored.log.hasOlder, false);
  });

  test('keeps only the latest messages, and knows that there are older ones', () => {
    const sequences = Array.from({ length: 80 }, (_, index) => index + 1);
    const restored = restoreOfflineCopy(copyOf(sequences))?.rooms.get(LOBBY);

    assert(restored?.kind === 'open');
    assert.deepEqual(
      [restored.log.messages.length, restored.log.messages[0]?.sequence, restored.log.hasOlder],
      [50, 31, true],
    );
  });

  test('keeps unread counts and notification levels, and nothing of other rooms', () => {
    const read = {
      unreadCount: 0,
      mentionCount: 0,
      firstUnreadSequence: undefined,
      headSequence: 7,
    };
    const unread = new Map<RoomId, ReportedUnread>([
      [LOBBY, { unreadCount: 2, mentionCount: 1, firstUnreadSequence: 3, headSequence: 4 }],
      ['r-read' as RoomId, read],
      ['r-muted' as RoomId, { ...read, notificationLevel: 'nothing' }],
    ]);
    const copy = JSON.stringify(toOfflineCopy({ ...EMPTY_SNAPSHOT, unread }));
    const restored = restoreOfflineCopy(JSON.parse(copy) as OfflineCopy)?.unread;

    assert.deepEqual([...(restored?.keys() ?? [])], [LOBBY, 'r-muted']);
    assert.deepEqual(restored?.get(LOBBY), unread.get(LOBBY));
    assert.equal(restored?.get('r-muted' as RoomId)?.notificationLevel, 'nothing');
  });

  test('of another version is ignored', () => {
    assert.equal(restoreOfflineCopy({ ...copyOf([1]), format: 0 }), undefined);
  });
});
