import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { restoreOfflineCopy, toOfflineCopy } from '../../src/core/offline-copy-format.ts';
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

  test('of another version is ignored', () => {
    assert.equal(restoreOfflineCopy({ ...copyOf([1]), format: 0 }), undefined);
  });
});
