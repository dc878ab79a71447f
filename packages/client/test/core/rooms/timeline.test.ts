import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ClientMessageId } from '@parley/protocol';
import type { OutboxEntry } from '../../../src/core/outbox/outbox-state.ts';
import { timelineOf, waitingCount } from '../../../src/core/rooms/timeline.ts';
import { ALICE_ID, LOBBY, message, OPS, openRoom, ownMessage } from '../../fakes/builders.ts';
import { ALICE } from '../../fakes/scripted-server.ts';

function entry(id: string, over: Partial<OutboxEntry> = {}): OutboxEntry {
  return {
    clientMessageId: id as ClientMessageId,
    roomId: LOBBY,
    content: `text ${id}`,
    composedAtMs: 1_000,
    attempts: 0,
    mayBeStored: false,
    state: { kind: 'queued' },
    ...over,
  };
}

const OPTIONS = { self: ALICE, clockOffsetMs: 500 };

describe('timelineOf', () => {
  test('shows outgoing messages after the log, in the order of writing, in server time', () => {
    const timeline = timelineOf(
      openRoom([1, 2]),
      [entry('a'), entry('elsewhere', { roomId: OPS }), entry('b')],
      OPTIONS,
    );

    assert.deepEqual(
      timeline.map(({ content }) => content),
      ['message 1', 'message 2', 'text a', 'text b'],
    );
    assert.equal(timeline[2]?.sentAtMs, 1_500);
    assert.equal(timeline[2]?.sender, 'alice');
    assert.equal(timeline[2]?.userId, ALICE_ID);
    assert.equal(timeline[2]?.delivery.kind, 'pending');
  });

  test('shows a message that is in the log and in the outbox once, as sent', () => {
    const base = openRoom([1]);
    const room = { ...base, log: { ...base.log, messages: [message(1), ownMessage(2, 'a')] } };

    const timeline = timelineOf(room, [entry('a')], OPTIONS);

    assert.deepEqual(
      timeline.map(({ delivery }) => delivery.kind),
      ['sent', 'sent'],
    );
  });

  test('shows the reason of a failed message', () => {
    const failure = { kind: 'failed', code: 'FORBIDDEN', message: 'No' } as const;

    const [shown] = timelineOf(openRoom([]), [entry('a', { state: failure })], OPTIONS);

    assert(shown?.delivery.kind === 'failed');
    assert.deepEqual(shown.delivery.failure, failure);
  });

  test('counts waiting messages, not failed ones', () => {
    const failure = { kind: 'failed', code: 'FORBIDDEN', message: 'No' } as const;

    assert.equal(waitingCount([entry('a'), entry('b', { state: failure }), entry('c')]), 2);
  });
});
