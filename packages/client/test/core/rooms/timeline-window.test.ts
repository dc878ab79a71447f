import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChatError } from '@parley/protocol';
import type { RequestCorrelator } from '../../../src/core/connection/request-correlator.ts';
import type { RoomEvent } from '../../../src/core/rooms/room-state.ts';
import { TimelineWindow } from '../../../src/core/rooms/timeline-window.ts';
import { LOBBY, message, messagePayload, range, snapshot } from '../../fakes/builders.ts';
import { settle } from '../../fakes/fake-environment.ts';

test('a listener that sees a page may load the next one at once', async () => {
  const { window, asked } = windowWith((n) => pageOf([n], { hasNewer: true }));
  await window.load();
  const unsubscribe = window.subscribe(() => {
    if (window.getSnapshot().status !== 'ready') return;
    unsubscribe();
    void window.loadNewer();
  });

  await window.loadNewer();

  assert.deepEqual(asked, [{ around: 1 }, { after: 1 }, { after: 2 }]);
});

test('a window that cannot be loaded again after a gap has no later messages before the missed ones', async () => {
  const { window, happen, sequences } = windowWith((n) => {
    if (n === 2) throw new ChatError('UNAVAILABLE');
    return pageOf(n === 1 ? [1, 2, 3] : range(4, 60), { hasNewer: false });
  });
  await window.load();
  happen({ kind: 'message', message: message(4) });
  happen({ kind: 'snapshot', snapshot: snapshot([59], { truncated: true }), isCatchUp: true });
  happen({ kind: 'message', message: message(60) });
  await settle();
  happen({ kind: 'message', message: message(61) });

  assert.deepEqual(sequences(), [1, 2, 3, 4]);
  await window.loadNewer();
  assert.deepEqual(sequences(), range(1, 60));
});

test('messages that were deleted for their age during an outage are not in the window', async () => {
  const { window, happen, sequences } = windowWith(() => pageOf([1, 2, 3], { hasNewer: true }));
  await window.load();
  const after = { ...snapshot([]), firstSequence: 3, headSequence: 9 };
  happen({ kind: 'snapshot', snapshot: after, isCatchUp: true });

  assert.deepEqual(sequences(), [3]);
});

test('a window whose messages were all deleted for their age shows the next ones', async () => {
  const { window, happen, sequences } = windowWith((n) =>
    pageOf(n === 1 ? [1, 2, 3] : [8, 9], { hasNewer: true }),
  );
  await window.load();
  happen({ kind: 'history_pruned', firstSequence: 8 });
  await settle();

  assert.deepEqual(sequences(), [8, 9]);
});

function pageOf(sequences: readonly number[], { hasNewer }: { readonly hasNewer: boolean }) {
  const messages = sequences.map((sequence) => messagePayload(sequence));
  return { messages, hasMore: hasNewer, hasNewer };
}

/** A window around sequence 1 whose requests, counted from 1, get these answers. */
function windowWith(answerTo: (n: number) => object) {
  const asked: object[] = [];
  const requests = {
    request: async (_type: string, { roomId: _, ...bounds }: Record<string, unknown>) =>
      answerTo(asked.push(bounds)),
  } as unknown as RequestCorrelator;
  let happen: (event: RoomEvent) => void = () => assert.fail();
  const window = new TimelineWindow({
    ...{ roomId: LOBBY, requests, center: { sequence: 1 } },
    observe: (listener) => {
      happen = listener;
      return () => {};
    },
  });
  const sequences = (): number[] => window.getSnapshot().messages.map(({ sequence }) => sequence);
  return { window, asked, sequences, happen: (event: RoomEvent) => happen(event) };
}
