import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RoomId } from '@parley/protocol';
import { loadLinkPreviews } from '../../../src/core/messages/link-previews.ts';

test('previews of links are loaded by a page of messages', async () => {
  const calls: unknown[] = [];
  const previews = [{ url: 'https://a.example', title: 'A page' }];
  const call = async (...request: unknown[]): Promise<unknown> => {
    calls.push(request);
    const messages = [{ messageId: 'm1', previews }];
    return { roomId: 'r/1', enabled: true, messages, lastSequence: 9 };
  };
  const page = await loadLinkPreviews({ http: { call } }, 'r/1' as RoomId, { after: 3, limit: 6 });
  assert.deepEqual(calls, [['GET', '/api/rooms/r%2F1/link-previews?after=3&limit=6']]);
  assert.deepEqual(
    [page.enabled, page.lastSequence, [...page.previews]],
    [...[true, 9], [['m1', previews]]],
  );
});
