import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ClientMessageId, RoomId } from '@parley/protocol';
import {
  failRoom,
  firstHoldEndMs,
  headOfRoom,
  type OutboxEntry,
  type OutboxEntryState,
  requeueEntry,
} from '../../../src/core/outbox/outbox-state.ts';
import { LOBBY, OPS } from '../../fakes/builders.ts';

function entry(id: string, over: Partial<OutboxEntry> = {}): OutboxEntry {
  return {
    clientMessageId: id as ClientMessageId,
    roomId: LOBBY,
    content: id,
    composedAtMs: 0,
    attempts: 0,
    mayBeStored: false,
    state: { kind: 'queued' },
    ...over,
  };
}

const FAILED = { kind: 'failed', code: 'FORBIDDEN', message: 'no' } as const;
const idsOf = (outbox: readonly OutboxEntry[]): string[] =>
  outbox.map(({ clientMessageId }) => clientMessageId);

function held(untilMs: number): OutboxEntryState {
  return { kind: 'held', untilMs, code: 'RATE_LIMITED', message: 'slowly' };
}

describe('outbox state', () => {
  test('has one next entry per room, and a failed entry does not block it', () => {
    const outbox = [entry('a', { state: FAILED }), entry('b', { roomId: OPS }), entry('c')];

    assert.equal(headOfRoom(outbox, LOBBY)?.clientMessageId, 'c');
    assert.equal(headOfRoom(outbox, OPS)?.clientMessageId, 'b');
    assert.equal(headOfRoom(outbox, 'r-none' as RoomId), undefined);
  });

  test('keeps a paused entry first: those behind it wait too', () => {
    const outbox = [entry('a', { state: held(9) }), entry('b')];

    assert.equal(headOfRoom(outbox, LOBBY)?.clientMessageId, 'a');
  });

  test('moves a retried entry to the end, with its id', () => {
    const outbox = [entry('a', { state: FAILED, attempts: 3 }), entry('b')];

    const requeued = requeueEntry(outbox, 'a' as ClientMessageId);

    assert.deepEqual(idsOf(requeued), ['b', 'a']);
    assert.deepEqual(requeued[1], entry('a'));
  });

  test('does not retry an entry that has not failed', () => {
    const outbox = [entry('a', { state: { kind: 'sending' } }), entry('b')];

    assert.equal(requeueEntry(outbox, 'a' as ClientMessageId), outbox);
  });

  test('fails the entries of a closed room only', () => {
    const outbox = [entry('a'), entry('b', { roomId: OPS })];

    const failed = failRoom(outbox, LOBBY, { code: 'NOT_FOUND', message: 'gone' });

    assert.deepEqual(
      failed.map(({ state }) => state.kind),
      ['failed', 'queued'],
    );
  });

  test('knows when the first pause ends', () => {
    assert.equal(
      firstHoldEndMs([entry('a', { state: held(9) }), entry('b', { state: held(4) }), entry('c')]),
      4,
    );
    assert.equal(firstHoldEndMs([entry('a')]), undefined);
  });
});
