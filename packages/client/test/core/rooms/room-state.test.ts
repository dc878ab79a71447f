import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MembershipPayload, RoomPerson, UserId } from '@parley/protocol';
import {
  NOTICES_PER_ROOM_MAX,
  type OpenRoom,
  type RoomEvent,
  type RoomState,
  reduceRoom,
} from '../../../src/core/rooms/room-state.ts';
import {
  BOB_ID,
  CAROL_ID,
  LOBBY,
  message,
  openRoom,
  range,
  snapshot,
} from '../../fakes/builders.ts';

const BOB: RoomPerson = { roomId: LOBBY, userId: BOB_ID, username: 'bob' };
const CAROL: RoomPerson = { roomId: LOBBY, userId: CAROL_ID, username: 'carol' };

function reduceOpen(room: RoomState, ...events: RoomEvent[]): OpenRoom {
  const next = events.reduce(reduceRoom, room);
  assert(next.kind === 'open');
  return next;
}

const joined = (person: RoomPerson): RoomEvent => ({ kind: 'user_joined', person });
/** Closed the room. */
const left = (person: RoomPerson): RoomEvent => {
  return { kind: 'user_left', person };
};
const changed = (
  { userId, username }: RoomPerson,
  afterSequence: number,
  change: MembershipPayload['change'] = 'left',
): MembershipPayload => {
  const timestamp = '2026-01-31T12:00:00.000Z';
  return { userId, username, change, actorId: userId, afterSequence, timestamp };
};
/** The membership ended. */
const ended = (person: RoomPerson, afterSequence = 2): RoomEvent => {
  return { kind: 'membership_changed', change: changed(person, afterSequence) };
};

describe('room state', () => {
  test('opens with the name, history and members of the first snapshot', () => {
    const room = reduceOpen(
      { kind: 'joining', id: LOBBY },
      { kind: 'snapshot', name: 'Lobby', snapshot: snapshot([1, 2]), isCatchUp: false },
    );

    assert.equal(room.name, 'Lobby');
    assert(room.isLive);
    assert.equal(room.log.messages.length, 2);
  });

  test('is not live from the loss of the connection until it has caught up', () => {
    const lost = reduceOpen(openRoom([1]), { kind: 'connection_lost' });
    assert.equal(lost.isLive, false);

    const back = reduceOpen(lost, {
      kind: 'snapshot',
      snapshot: snapshot([2]),
      isCatchUp: true,
    });
    assert(back.isLive);
    assert.equal(back.name, 'lobby');
  });

  test('counts joins and leaves, and reports only changes of memberships, each once', () => {
    const events = [joined(BOB), joined(CAROL), joined(BOB), left(BOB), ended(BOB), ended(BOB)];
    const room = reduceOpen(openRoom([1, 2]), ...events);

    assert.equal(room.memberCount, 1);
    assert.deepEqual([...room.members.keys()], [CAROL_ID]);
    assert.deepEqual(
      room.notices.map(({ kind, username, afterSequence }) => [kind, username, afterSequence]),
      [['left', 'bob', 2]],
    );
  });

  test('has the changes of memberships of snapshots and older pages in the order of the log', () => {
    const memberships = [changed(CAROL, 8, 'joined'), changed(BOB, 9, 'banned')];
    const caughtUp = { ...snapshot([8, 9]), memberships };
    const room = reduceOpen(
      openRoom([6, 7]),
      ended(BOB, 9),
      { kind: 'snapshot', snapshot: caughtUp, isCatchUp: true },
      { kind: 'older_requested' },
      {
        kind: 'older_page',
        page: { before: 6, messages: [message(5)], hasMore: false },
        memberships: [changed(BOB, 5, 'joined')],
      },
    );

    assert.deepEqual(
      room.notices.map(({ kind, username, afterSequence }) => [kind, username, afterSequence]),
      [
        ['joined', 'bob', 5],
        ['joined', 'carol', 8],
        ['left', 'bob', 9],
        ['removed', 'bob', 9],
      ],
    );
  });

  test('ignores the departure of a user who was not in the room', () => {
    const room = openRoom([1]);

    assert.equal(reduceRoom(room, left(BOB)), room);
  });

  test('counts the departure of a user beyond the list', () => {
    const room = openRoom([1], { memberCount: 500 });

    assert.equal(reduceOpen(room, left(BOB)).memberCount, 499);
  });

  test('replaces its members by a new member list', () => {
    const room = reduceOpen(openRoom([1]), joined(BOB), {
      kind: 'member_list',
      members: [{ userId: CAROL_ID, username: 'carol' }],
      memberCount: 1,
    });

    assert.deepEqual([...room.members.values()], [{ userId: CAROL_ID, username: 'carol' }]);
  });

  test('keeps a bounded number of notices', () => {
    const people = range(1, NOTICES_PER_ROOM_MAX + 1).map((n) =>
      ended({ roomId: LOBBY, userId: `u${n}` as UserId, username: `user-${n}` }, n),
    );

    const room = reduceOpen(openRoom([1]), ...people);

    assert.equal(room.notices.length, NOTICES_PER_ROOM_MAX);
    assert.equal(room.notices[0]?.afterSequence, 2);
  });

  test('removes notices whose place in the log is gone', () => {
    const room = reduceOpen(openRoom([1, 2]), ended(BOB), {
      kind: 'snapshot',
      snapshot: snapshot(range(90, 95), { truncated: true }),
      isCatchUp: true,
    });

    assert.deepEqual(room.notices, []);
  });

  test('keeps the name of a closed room, to show it with the reason', () => {
    const room = reduceRoom(openRoom([1]), { kind: 'closed', reason: 'FORBIDDEN' });

    assert.deepEqual(room, { kind: 'closed', id: LOBBY, name: 'lobby', reason: 'FORBIDDEN' });
  });

  const closed: RoomState = { kind: 'closed', id: LOBBY, name: 'lobby', reason: 'LEFT' };
  for (const room of [closed, { kind: 'joining', id: LOBBY } as const]) {
    test(`ignores events of a room that is ${room.kind}`, () => {
      assert.equal(reduceRoom(room, { kind: 'message', message: message(1) }), room);
      assert.equal(reduceRoom(room, joined(BOB)), room);
      assert.equal(reduceRoom(room, { kind: 'connection_lost' }), room);
    });
  }

  test('opens a closed room again, without its old state', () => {
    const room = reduceOpen(closed, {
      kind: 'snapshot',
      snapshot: snapshot([7]),
      isCatchUp: false,
    });

    assert.equal(room.name, 'lobby');
    assert.equal(room.log.position, 7);
  });
});
