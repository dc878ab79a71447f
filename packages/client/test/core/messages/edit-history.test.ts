import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageId, RoomId } from '@parley/protocol';
import { loadEditHistory } from '../../../src/core/messages/edit-history.ts';

test('earlier texts are loaded with the times at which they were written', async () => {
  const calls: unknown[] = [];
  const call = async (...request: unknown[]): Promise<unknown> => {
    calls.push(request);
    return { versions: [{ content: 'before', editedAt: '2026-01-31T09:00:00.000Z' }] };
  };
  const target = { roomId: 'r/1' as RoomId, messageId: 'm?1' as MessageId };
  const versions = await loadEditHistory({ http: { call } }, target);
  assert.deepEqual(calls, [['GET', '/api/rooms/r%2F1/messages/m%3F1/history']]);
  assert.deepEqual(versions, [{ content: 'before', writtenAtMs: Date.UTC(2026, 0, 31, 9) }]);
});
