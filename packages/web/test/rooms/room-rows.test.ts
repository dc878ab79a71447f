import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type ClientSnapshot,
  type ListedRooms,
  matchName,
  type OpenRoom,
  type RoomId,
  type RoomListEntry,
  type RoomState,
  type UserId,
} from '@parley/client';
import { findByName, ROOM_ROWS_MAX, type RoomRows, roomRows } from '../../src/rooms/room-rows.ts';

function entry(name: string, over: Partial<RoomListEntry> = {}): RoomListEntry {
  return {
    id: `r-${name}` as RoomId,
    name,
    kind: 'room',
    memberCount: 1,
    memberTotal: 1,
    unreadCount: 0,
    mentionCount: 0,
    lastActivity: '2026-01-31T12:00:00.000Z',
    ...over,
  };
}

function directory(...rooms: RoomListEntry[]): ListedRooms {
  return { status: 'ready', rooms, hasMore: false };
}

/** Everything in these rooms is read. */
function openRooms(...names: string[]): ReadonlyMap<RoomId, RoomState> {
  return new Map(
    names.map((name) => {
      const id = `r-${name}` as RoomId;
      const log = { messages: [], hasOlder: false } as Partial<OpenRoom['log']>;
      return [id, { kind: 'open', id, name, memberCount: 7, readSequence: 0, log } as OpenRoom];
    }),
  );
}

const NONE: ReadonlyMap<RoomId, RoomState> = new Map();

const SELF = { id: 'u-alice' as UserId, username: 'alice' };

function rowsOf(
  listed: ListedRooms,
  rooms: ReadonlyMap<RoomId, RoomState>,
  filter: string,
  unread: ClientSnapshot['unread'] = new Map(),
): RoomRows {
  const conversations: ClientSnapshot['conversations'] = new Map();
  return roomRows({
    conversations,
    directory: listed,
    rooms,
    unread,
    self: SELF,
    filter: (names) => matchName(names, filter),
  });
}

describe('roomRows', () => {
  test('finds rooms without accents, beginnings of words before other parts', () => {
    const listed = directory(entry('cascade'), entry('Café Zürich'), entry('Team Zúcafe'));
    for (const [filter, names] of [
      ['cafe', ['Café Zürich', 'Team Zúcafe']],
      ['#zur', ['Café Zürich']],
      ['zu', ['Café Zürich', 'Team Zúcafe']],
      ['ca', ['Café Zürich', 'cascade', 'Team Zúcafe']],
    ] as const) {
      const found = rowsOf(listed, NONE, filter).rows.map(({ name }) => name);
      assert.deepEqual(found, names, filter);
    }
  });

  test('shows the joined rooms first, each part by name, ignoring case', () => {
    const { rows } = rowsOf(
      directory(entry('ops', { joined: true }), entry('Design'), entry('lobby'), entry('alpha')),
      openRooms('lobby'),
      '',
    );

    assert.deepEqual(
      rows.map(({ name, isJoined, isOpen }) => [name, isJoined, isOpen]),
      [
        ['lobby', true, true],
        ['ops', true, false],
        ['alpha', false, false],
        ['Design', false, false],
      ],
    );
  });

  test('counts those who belong to a room, whether or not it is open', () => {
    const listed = directory(entry('lobby', { memberTotal: 12 }), entry('ops'));
    const { rows } = rowsOf(listed, openRooms('lobby', 'new'), '');

    assert.deepEqual(
      rows.map(({ name, memberTotal }) => [name, memberTotal]),
      [
        ['lobby', 12],
        ['new', undefined],
        ['ops', 1],
      ],
    );
  });

  test('has the topics of open rooms and of others', () => {
    const listed = directory(
      entry('lobby', { topic: 'Welcome' }),
      entry('ops', { topic: 'Alarms' }),
      entry('press'),
    );

    const { rows } = rowsOf(listed, openRooms('lobby'), '');

    assert.deepEqual(
      rows.map(({ topic }) => topic),
      ['Welcome', 'Alarms', undefined],
    );
  });

  test('shows the unread count: as reported, or as an open room counts', () => {
    const told = { unreadCount: 3, mentionCount: 1 } as const;
    const told3 = { ...told, firstUnreadSequence: undefined, headSequence: undefined };
    const unread = new Map(['r-lobby', 'r-ops'].map((id) => [id as RoomId, told3]));

    const { rows } = rowsOf(directory(entry('lobby'), entry('ops')), openRooms('ops'), '', unread);

    assert.deepEqual(
      rows.map(({ name, unreadCount, mentionCount }) => [name, unreadCount, mentionCount]),
      [
        ['ops', 0, 0],
        ['lobby', 3, 1],
      ],
    );
  });

  test('shows an open room that was not listed yet', () => {
    const { rows } = rowsOf(directory(), openRooms('new'), '');

    assert.deepEqual(
      rows.map(({ name }) => name),
      ['new'],
    );
  });

  test('finds a part of the name, ignoring case', () => {
    const { rows } = rowsOf(directory(entry('Release 2.0'), entry('ops')), NONE, ' LEASE ');

    assert.deepEqual(
      rows.map(({ name }) => name),
      ['Release 2.0'],
    );
  });

  test('omits direct rooms, which cannot be joined', () => {
    const id = 'r-x' as RoomId;
    const conversation = { id, kind: 'direct', name: 'x', person: undefined } as const;

    const { rows } = roomRows({
      conversations: new Map([[id, conversation]]),
      directory: directory(entry('x', { kind: 'direct', joined: true })),
      rooms: openRooms('x'),
      unread: new Map(),
      self: SELF,
    });

    assert.deepEqual(rows, []);
  });

  for (const [count, shown, hidden] of [
    [ROOM_ROWS_MAX - 1, ROOM_ROWS_MAX - 1, 0],
    [ROOM_ROWS_MAX, ROOM_ROWS_MAX, 0],
    [ROOM_ROWS_MAX + 1, ROOM_ROWS_MAX, 1],
  ] as const) {
    test(`shows ${shown} of ${count} rooms and reports that ${hidden} are left out`, () => {
      const rooms = Array.from({ length: count }, (_, index) => entry(`room-${index}`));

      const { rows, hiddenCount } = rowsOf(directory(...rooms), NONE, '');

      assert.equal(rows.length, shown);
      assert.equal(hiddenCount, hidden);
    });
  }

  test('finds the room with exactly this name', () => {
    const { rows } = rowsOf(directory(entry('ops'), entry('DevOps')), NONE, 'ops');

    assert.equal(findByName(rows, ' OPS ')?.name, 'ops');
    assert.equal(findByName(rows, 'dev'), undefined);
  });
});
