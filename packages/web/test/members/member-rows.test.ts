import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Member, Presence, UserId } from '@parley/client';
import { type ListedMember, memberRows, withPage } from '../../src/members/member-rows.ts';

const idOf = (username: string): UserId => `u-${username}` as UserId;

function membersOf(...names: string[]): ReadonlyMap<UserId, Member> {
  return new Map(
    names.map((username) => [idOf(username), { userId: idOf(username), username }] as const),
  );
}

function listedMember(username: string, over: Partial<ListedMember> = {}): ListedMember {
  const about = { userId: idOf(username), username, displayName: username, lastSeen: null };
  return { ...about, status: 'offline', isOnline: false, known: undefined, ...over };
}

function rowsOf(about: Partial<Parameters<typeof memberRows>[0]>) {
  const nothing = { present: new Map(), listed: [], presence: new Map(), text: '' };
  return memberRows({ ...nothing, ...about });
}

describe('memberRows', () => {
  test('sorts by presence, then by name', () => {
    const presence = new Map<UserId, Presence>([
      [idOf('alice'), { status: 'away', isOnline: true }],
      [idOf('bob'), { status: 'offline', isOnline: false }],
      [idOf('carol'), { status: 'online', isOnline: true }],
      [idOf('dave'), { status: 'online', isOnline: true }],
    ]);

    const rows = rowsOf({ present: membersOf('bob', 'dave', 'alice', 'carol'), presence });

    assert.deepEqual(
      rows.map(({ username, status }) => `${username} ${status}`),
      ['carol online', 'dave online', 'alice away', 'bob offline'],
    );
  });

  test('sorts by the names that are shown', () => {
    const presence = new Map<UserId, Presence>([
      [idOf('alice'), { status: 'online', isOnline: true, displayName: 'Zoe' }],
    ]);

    const rows = rowsOf({ present: membersOf('alice', 'Bob'), presence });

    assert.deepEqual(
      rows.map(({ name }) => name),
      ['Bob', 'Zoe'],
    );
  });

  test('shows the username beside a name that others show too', () => {
    const shown = { status: 'online', isOnline: true, displayName: 'Ana Silva' } as const;
    const presence = new Map<UserId, Presence>([
      [idOf('alice'), { ...shown, nameShared: true }],
      [idOf('bob'), { ...shown, displayName: 'Bob B.' }],
    ]);
    const listed = [
      listedMember('carol', { status: 'online', nameShared: true }),
      listedMember('dora', { status: 'online', displayName: 'Dora D.', nameShared: true }),
    ];

    const rows = rowsOf({ present: membersOf('alice', 'bob'), listed, presence });

    assert.deepEqual(
      rows.map(({ name }) => name),
      ['Ana Silva (@alice)', 'Bob B.', 'carol', 'Dora D. (@dora)'],
    );
  });

  test('shows a user without known presence as online: they have the room open', () => {
    const [row] = rowsOf({ present: membersOf('alice') });

    assert.equal(row?.status, 'online');
  });

  test('shows the latest presence: of the list, or what the page has learned since', () => {
    const before: Presence = { status: 'online', isOnline: true };
    const listed = [
      listedMember('alice', { known: before }),
      listedMember('bob', { status: 'online' }),
      listedMember('carol'),
    ];
    const presence = new Map<UserId, Presence>([
      [idOf('alice'), before],
      [idOf('carol'), { status: 'busy', isOnline: true }],
    ]);

    assert.deepEqual(
      rowsOf({ listed, presence }).map(({ username, status }) => `${username} ${status}`),
      ['bob online', 'carol busy', 'alice offline'],
    );
  });

  test('has only members whom the text names', () => {
    const listed = [listedMember('alice', { displayName: 'Léa عمر' }), listedMember('leo')];

    const found = ['lea', 'عمر', 'le', 'ea'].map((text) => rowsOf({ listed, text }).length);

    assert.deepEqual(found, [1, 1, 2, 0]);
  });
});

describe('withPage', () => {
  const members = (...names: string[]) => names.map((name) => listedMember(name));
  const namesOf = (listed: readonly ListedMember[]) => listed.map(({ username }) => username);

  test('replaces the part of the list that the page has', () => {
    const known = members('alice', 'bob', 'Carl', 'dora', 'emil');

    const first = withPage(known, { members: members('alice', 'Carl'), next: idOf('Carl') });
    const second = withPage(first, { members: members('eve'), next: idOf('eve') }, 'Carl');
    const last = withPage(second, { members: members('zoe') }, 'eve');

    assert.deepEqual(namesOf(first), ['alice', 'Carl', 'dora', 'emil']);
    assert.deepEqual(namesOf(second), ['alice', 'Carl', 'eve']);
    assert.deepEqual(namesOf(last), ['alice', 'Carl', 'eve', 'zoe']);
  });

  test('removes nothing for an empty page before the end', () => {
    const known = members('alice', 'bob');

    assert.deepEqual(namesOf(withPage(known, { members: [], next: idOf('kim') }, 'alice')), [
      'alice',
      'bob',
    ]);
  });
});
