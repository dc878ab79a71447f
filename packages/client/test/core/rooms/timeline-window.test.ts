import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RoomId } from '@parley/protocol';
import type { RequestCorrelator } from '../../../src/core/connection/request-correlator.ts';
import { TimelineWindow } from '../../../src/core/rooms/timeline-window.ts';

test('a listener that sees a page may load the next one at once', async () => {
  const asked: object[] = [];
  const requests = {
    request: async (_type: string, bounds: object) => {
      asked.push(bounds);
      const sequence = asked.length;
      const message = { id: `m${sequence}`, sequence, content: '', reactions: [] };
      return { messages: [message], hasMore: true, hasNewer: true };
    },
  } as unknown as RequestCorrelator;
  const roomId = 'room' as RoomId;
  const window = new TimelineWindow({
    ...{ roomId, requests, center: { sequence: 1 }, observe: () => () => {} },
  });
  await window.load();
  const unsubscribe = window.subscribe(() => {
    if (window.getSnapshot().status !== 'ready') return;
    unsubscribe();
    void window.loadNewer();
  });

  await window.loadNewer();

  assert.deepEqual(asked, [
    { roomId, around: 1 },
    { roomId, after: 1 },
    { roomId, after: 2 },
  ]);
});
