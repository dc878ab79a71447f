import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Member, Presence, UserId } from '@parley/client';
import { MEMBER_ROWS_MAX, memberRows } from '../../src/members/member-rows.ts';

function membersOf(...names: string[]): ReadonlyMap<UserId, Member> {
  return new Map(
    names.map((username) => {
      const userId = `u-${username}` as UserId;
      return [userId, { userId, username }];
    }),
  );
}

describe('memberRows', () => {
  test('sorts by presence, then by name', () => {
    const presence = new Map<UserId, Presence>([
      ['u-alice' as UserId, { status: 'away', isOnline: true }],
      ['u-bob' as UserId, { status: 'offline', isOnline: false }],
      ['u-carol' as UserId, { status: 'online', isOnline: true }],
      ['u-dave' as UserId, { status: 'online', isOnline: true }],
    ]);

    const rows = memberRows(membersOf('bob', 'dave', 'alice', 'carol'), presence);

    assert.deepEqual(
      rows.map(({ username, status }) => `${username} ${status}`),
      ['carol online', 'dave online', 'alice away', 'bob offline'],
    );
  });

  test('sorts by the names that are shown', () => {
    const presence = new Map<UserId, Presence>([
      ['u-alice' as UserId, { status: 'online', isOnline: true, displayName: 'Zoe' }],
    ]);

    const rows = memberRows(membersOf('alice', 'Bob'), presence);

    assert.deepEqual(
      rows.map(({ name }) => name),
      ['Bob', 'Zoe'],
    );
  });

  test('shows the username beside a name that others show too', () => {
    const shown = { status: 'online', isOnline: true, displayName: 'Ana Silva' } as const;
    const presence = new Map<UserId, Presence>([
      ['u-alice' as UserId, { ...shown, nameShared: true }],
      ['u-bob' as UserId, { ...shown, displayName: 'Bob B.' }],
      ['u-carol' as UserId, { status: 'online', isOnline: true, nameShared: true }],
    ]);

    const rows = memberRows(membersOf('alice', 'bob', 'carol'), presence);

    assert.deepEqual(
      rows.map(({ name }) => name),
      ['Ana Silva (@alice)', 'Bob B.', 'carol'],
    );
  });

  test('shows a user without known presence as online: they have the room open', () => {
    const [row] = memberRows(membersOf('alice'), new Map());

    assert.equal(row?.status, 'online');
  });

  test('shows no more rows than its limit', () => {
    const names = Array.from({ length: MEMBER_ROWS_MAX + 1 }, (_, index) => `user-${index}`);

    assert.equal(memberRows(membersOf(...names), new Map()).length, MEMBER_ROWS_MAX);
  });
});
