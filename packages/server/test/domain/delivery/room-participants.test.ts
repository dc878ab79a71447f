import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ParticipantChange,
  RoomParticipants,
} from '../../../src/domain/delivery/room-participants.ts';
import { FakeClock } from '../../support/fake-clock.ts';

test('a user who has lost access on another node is not listed until the record is removed', () => {
  const changes: ParticipantChange[] = [];
  const participants = new RoomParticipants({
    bus: { isShared: true, isUp: true, nodeId: 'one' },
    clock: new FakeClock(),
    publish: () => {},
    onChange: (change) => changes.push(change),
    onMissedRead: () => {},
  });
  const { elsewhere } = participants;
  assert(elsewhere !== undefined);
  const bob = { username: 'bob' };

  elsewhere.receive({ kind: 'all', version: 1, records: [['bob', bob]] }, 'other');
  const value = { ...bob, lostAccessAt: 5 };
  elsewhere.receive({ kind: 'change', version: 2, key: 'bob', value }, 'other');
  assert.deepEqual([[...participants.ids()], participants.count], [[], 0]);
  elsewhere.receive({ kind: 'change', version: 3, key: 'bob', value: null }, 'other');

  const reported = changes.map(({ isPresent, loggedAt }) => ({ isPresent, loggedAt }));
  assert.deepEqual(reported, [
    { isPresent: true, loggedAt: undefined },
    { isPresent: false, loggedAt: 5 },
  ]);
});
