import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RoomId, UserId } from '@parley/client';
import { paletteItems } from '../../src/palette/palette-items.ts';
import type { PersonRow } from '../../src/rooms/people-rows.ts';
import type { RoomRow } from '../../src/rooms/room-rows.ts';

function room(name: string): RoomRow {
  const counts = { unreadCount: 0, mentionCount: 0, memberTotal: 1 };
  const flags = { isOpen: false, isMarkedUnread: false, isMuted: false, isJoined: true };
  return { id: `r-${name}` as RoomId, name, workspaceId: undefined, ...counts, ...flags };
}

function partner(username: string, name: string, lastActivityMs: number): PersonRow {
  const person = { id: `u-${username}` as UserId, username };
  const counts = { unreadCount: 0, mentionCount: 0, lastActivityMs };
  const flags = { isMarkedUnread: false, isMuted: false, status: 'offline' as const };
  return { id: `d-${username}` as RoomId, kind: 'direct', name, person, ...counts, ...flags };
}

const ROOMS = ['release-2026-12', 'Café Zürich'].map(room);
const PEOPLE = [partner('lea', 'Léa Dubois', 5), partner('leander', 'Leander Mori', 9)];
const FOUND = [{ id: 'u-x' as UserId, username: 'lea2', displayName: 'Anna Lea' }];

function labels(query: string, isForPeople = false, hasKeyboard = true): string[] {
  const input = { query, rooms: ROOMS, people: PEOPLE, found: FOUND, isForPeople, hasKeyboard };
  return paletteItems(input).map(({ label, note }) => (note === '' ? label : `${label} ${note}`));
}

describe('the palette', () => {
  for (const [query, expected] of [
    ['lea', ['Léa Dubois @lea', 'Leander Mori @leander', 'Anna Lea @lea2', 'release-2026-12']],
    ['dubois', ['Léa Dubois @lea']],
    ['@mori', ['Leander Mori @leander']],
    ['cafe', ['Café Zürich']],
    ['#zur', ['Café Zürich']],
    ['settings', ['Settings']],
  ] as const) {
    test(`finds ${query}`, () => assert.deepEqual(labels(query), expected));
  }

  test('offers the shortcuts of a keyboard only if there is one', () => {
    assert.deepEqual(labels('keyboard'), ['Keyboard shortcuts']);
    assert.deepEqual(labels('keyboard', false, false), []);
  });

  test('offers only people for a new message, the latest conversation first', () => {
    const latest = ['Leander Mori @leander', 'Léa Dubois @lea', 'Anna Lea @lea2'];
    assert.deepEqual(labels('lea', true), latest);
    assert.deepEqual(labels('release', true), []);
    assert.deepEqual(labels('settings', true), []);
  });
});
