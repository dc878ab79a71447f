import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeldRoom } from './held-room.ts';

test('a room is resumed from a position only if its log is known', () => {
  const room = new HeldRoom();
  room.takeMessage({ id: 'm1', sequence: 1, userId: 'ann', content: 'lost by a failover' });
  assert.equal(room.resumePoint, undefined);

  const history = [{ id: 'm2', sequence: 1, userId: 'ann', content: 'sent again' }];
  const log = { headSequence: 1, epoch: 'later', truncated: false };
  room.takeSnapshot({ roomId: 'r1', history, events: [], ...log }, true);

  assert.deepEqual(
    room.messages.map(({ id }) => id),
    ['m2'],
  );
  assert.deepEqual(room.resumePoint, { lastSequence: 1, epoch: 'later' });
});
