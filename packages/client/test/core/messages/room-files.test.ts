import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RoomId } from '@parley/protocol';
import { loadRoomFiles } from '../../../src/core/messages/room-files.ts';

test('a page of the files of a room is asked for by its kind, words and cursor', async () => {
  const calls: unknown[] = [];
  const answer = { files: [], cursor: '7.f1' };
  const call = async (...request: unknown[]): Promise<unknown> => {
    calls.push(request);
    return answer;
  };
  const page = { kind: 'document', q: 'año & más', cursor: undefined } as const;
  assert.equal(await loadRoomFiles({ http: { call } }, 'r/1' as RoomId, page), answer);
  assert.deepEqual(calls, [
    ['GET', '/api/rooms/r%2F1/files?kind=document&q=a%C3%B1o%20%26%20m%C3%A1s'],
  ]);
});
