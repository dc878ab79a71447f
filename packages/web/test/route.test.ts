import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RoomId } from '@parley/client';
import { parseRoute, personPath, roomPath } from '../src/route.ts';

const ROOM = '01a1f851-223d-7acc-a5ef-ff3774675167' as RoomId;

describe('routes', () => {
  test('reads the address of a room, with and without its members', () => {
    for (const panel of [undefined, 'members', 'pins', 'files'] as const) {
      const route = { kind: 'room', roomId: ROOM, panel };
      assert.deepEqual(parseRoute(roomPath(ROOM, panel)), route);
      assert.deepEqual(parseRoute(`${roomPath(ROOM, panel)}/`), route);
    }
  });

  test('reads an id in upper case', () => {
    const path = roomPath(ROOM.toUpperCase() as RoomId);

    assert.deepEqual(parseRoute(path), { kind: 'room', roomId: ROOM, panel: undefined });
  });

  for (const name of ['lobby', 'release 2.0', 'a/b c?d#e%', `${ROOM}x`]) {
    test(`reads a room that is not named by an id as a name: ${name}`, () => {
      const path = roomPath(name as RoomId, 'members');

      assert.deepEqual(parseRoute(path), { kind: 'named_room', name, panel: 'members' });
    });
  }

  test('reads the sections of the administration', () => {
    assert.deepEqual(parseRoute('/app/admin'), { kind: 'admin', section: 'people' });
    assert.deepEqual(parseRoute('/app/admin/invitations'), { kind: 'admin', section: 'invites' });
    assert.deepEqual(parseRoute('/app/admin/audit'), { kind: 'admin', section: 'audit' });
  });

  test('reads the query of an address as a part of the search only', () => {
    assert.deepEqual(parseRoute('/app/search'), { kind: 'search', query: '' });
    assert.deepEqual(parseRoute('/app/search?q=a?b'), { kind: 'search', query: 'q=a?b' });
    assert.deepEqual(parseRoute('/app/admin?q=x'), { kind: 'admin', section: 'people' });
  });

  test('reads the message that a link points at, by sequence or id', () => {
    for (const [message, position] of [
      ['12', { sequence: 12 }],
      ['01a1f851-223d-7acc-a5ef-ff3774675167', { messageId: ROOM }],
    ] as const) {
      const route = { kind: 'room', roomId: ROOM, panel: undefined, position };
      assert.deepEqual(parseRoute(`${roomPath(ROOM)}/messages/${message}`), route);
    }
  });

  test('reads the path of a user', () => {
    assert.deepEqual(parseRoute(personPath('tobias')), { kind: 'person', username: 'tobias' });
    assert.deepEqual(parseRoute('/app/invite/a_B-9'), { kind: 'invite', token: 'a_B-9' });
    assert.deepEqual(parseRoute('/app/invite/a/b'), { kind: 'rooms' });
  });

  for (const path of [
    '/',
    '/app',
    '/app/',
    '/app/rooms',
    '/app/rooms/',
    '/app/rooms/%',
    '/app/rooms/%20',
    '/app/people/',
    '/app/people/%',
    '/app/x/y',
  ]) {
    test(`treats ${path} as the list of rooms`, () => {
      assert.deepEqual(parseRoute(path), { kind: 'rooms' });
    });
  }
});
