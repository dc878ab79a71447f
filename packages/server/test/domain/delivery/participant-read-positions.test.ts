import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MessageId, RoomId, UserId } from '@parley/protocol';
import type { ReadPositionUpdate } from '../../../src/domain/delivery/participant-read-positions.ts';
import { RoomParticipants } from '../../../src/domain/delivery/room-participants.ts';

const ALICE = { id: 'alice' as UserId, username: 'alice' };

function positionOf({ id: userId, username }: typeof ALICE, sequence: number): ReadPositionUpdate {
  const [roomId, messageId] = ['room' as RoomId, 'message' as MessageId];
  const read = { sequence, messageId, readAtMs: 0, hasMoved: true };
  return { kind: 'read-position', roomId, userId, username, ...read };
}

describe('ParticipantReadPositions', () => {
  test('keeps the latest position of a participant', () => {
    const participants = new RoomParticipants();
    participants.enter(ALICE);

    participants.readPositions.note(positionOf(ALICE, 1));
    participants.readPositions.note(positionOf(ALICE, 2));

    assert.deepEqual([...participants.readPositions.latest()], [positionOf(ALICE, 2)]);
  });

  test('ignores the position of a user who does not have the room open', () => {
    const participants = new RoomParticipants();

    participants.readPositions.note(positionOf(ALICE, 1));

    assert.deepEqual([...participants.readPositions.latest()], []);
  });

  test('forgets the position when the last subscription of the user closes', () => {
    const participants = new RoomParticipants();
    for (const _ of [1, 2]) participants.enter(ALICE);
    participants.readPositions.note(positionOf(ALICE, 1));

    participants.leave(ALICE);
    assert.deepEqual([...participants.readPositions.latest()], [positionOf(ALICE, 1)]);

    participants.leave(ALICE);
    participants.enter(ALICE);
    assert.deepEqual([...participants.readPositions.latest()], []);
  });
});
