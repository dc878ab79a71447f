import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RoomId } from '@parley/client';
import { parseRoute, roomPath } from '../src/route.ts';

const LOBBY = 'r-lobby' as RoomId;

describe('routes', () => {
  test('reads what it writes, whatever the id is made of', () => {
    for (const id of ['r-lobby', '01a1f851-223d-7acc-a5ef-ff3774675167', 'a/b c?d#e%']) {
      const roomId = id as RoomId;
      assert.deepEqual(parseRoute(roomPath(roomId)), { kind: 'room', roomId, panel: undefined });
      assert.deepEqual(parseRoute(roomPath(roomId, 'members')), {
        kind: 'room',
        roomId,
        panel: 'members',
      });
    }
  });

  test('takes a slash at the end', () => {
    assert.deepEqual(parseRoute('/app/rooms/r-lobby/'), {
      kind: 'room',
      roomId: LOBBY,
      panel: undefined,
    });
  });

  for (const path of [
    '/',
    '/app',
    '/app/',
    '/app/rooms',
    '/app/rooms/',
    '/app/rooms/%',
    '/app/x/y',
  ]) {
    test(`takes ${path} for the list of rooms`, () => {
      assert.deepEqual(parseRoute(path), { kind: 'rooms' });
    });
  }
});
