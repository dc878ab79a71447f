import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type ClientSnapshot,
  type Conversation,
  matchName,
  type RoomId,
  type RoomListEntry,
  type UserId,
} from '@parley/client';
import { type PeopleRowsInput, type PersonRow, peopleRows } from '../../src/rooms/people-rows.ts';

const SELF = { id: 'u-alice' as UserId, username: 'alice' };

function direct(name: string): Conversation {
  const person = { id: `u-${name}` as UserId, username: name };
  return { id: `r-${name}` as RoomId, kind: 'direct', name, person };
}

const GROUP: Conversation = {
  id: 'r-crew' as RoomId,
  kind: 'group',
  name: 'Launch crew',
  person: undefined,
};

function rowsOf(
  conversations: readonly Conversation[],
  { filter = '', ...over }: Partial<Omit<PeopleRowsInput, 'filter'>> & { filter?: string } = {},
): readonly PersonRow[] {
  return peopleRows({
    conversations: new Map(conversations.map((each) => [each.id, each])),
    directory: { status: 'ready', rooms: [], hasMore: false },
    presence: new Map(),
    rooms: new Map(),
    unread: new Map(),
    self: SELF,
    filter: (names) => matchName(names, filter),
    ...over,
  });
}

describe('peopleRows', () => {
  test('shows people and groups by name, ignoring case', () => {
    const rows = rowsOf([direct('tobias'), GROUP, direct('Jun')]);

    assert.deepEqual(
      rows.map(({ name }) => name),
      ['Jun', 'Launch crew', 'tobias'],
    );
  });

  test('shows the presence of a person, and none for a group', () => {
    const presence: ClientSnapshot['presence'] = new Map([
      ['u-jun' as UserId, { status: 'busy', isOnline: true }],
    ]);

    const rows = rowsOf([direct('jun'), direct('tobias'), GROUP], { presence });

    assert.deepEqual(
      rows.map(({ name, status }) => [name, status]),
      [
        ['jun', 'busy'],
        ['Launch crew', undefined],
        ['tobias', 'offline'],
      ],
    );
  });

  test('shows the username beside a name that others show too', () => {
    const known = { status: 'online', isOnline: true, displayName: 'Jun M.' } as const;
    const presence: ClientSnapshot['presence'] = new Map([
      ['u-jun' as UserId, { ...known, nameShared: true }],
    ]);

    const [row] = rowsOf([direct('jun')], { presence });

    assert.equal(row?.name, 'Jun M. (@jun)');
  });

  test('counts unread messages', () => {
    const told = { unreadCount: 2, mentionCount: 1, firstUnreadSequence: 1, headSequence: 2 };

    const rows = rowsOf([direct('jun')], { unread: new Map([['r-jun' as RoomId, told]]) });

    assert.deepEqual([rows[0]?.unreadCount, rows[0]?.mentionCount], [2, 1]);
  });

  test('marks what the user marked as unread', () => {
    const listed = { id: 'r-jun', markedUnread: true } as RoomListEntry;
    const directory = { status: 'ready', rooms: [listed], hasMore: false } as const;

    const rows = rowsOf([direct('jun'), direct('tobias')], { directory });

    assert.deepEqual(
      rows.map(({ isMarkedUnread }) => isMarkedUnread),
      [true, false],
    );
  });

  test('finds a part of the name', () => {
    const rows = rowsOf([direct('jun'), GROUP], { filter: ' CREW' });

    assert.deepEqual(
      rows.map(({ name }) => name),
      ['Launch crew'],
    );
  });

  test('finds people by the beginning of any word, without accents, and by a mention', () => {
    const presence: ClientSnapshot['presence'] = new Map([
      ['u-ana' as UserId, { status: 'online', isOnline: true, displayName: 'José Ñandú' }],
    ]);
    for (const filter of ['jose', 'ñandu', 'nandu jose', '@ana', 'ANA']) {
      const rows = rowsOf([direct('ana'), direct('jun')], { filter, presence });
      assert.deepEqual(
        rows.map(({ name }) => name),
        ['José Ñandú'],
        filter,
      );
    }
  });
});
