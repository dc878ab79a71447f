import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ConnectionState } from '@parley/client';
import {
  CAUGHT_UP_SHOWN_MS,
  connectionNotice,
  isLossShown,
  type NoticeInput,
  QUIET_MS,
} from '../../src/connection/connection-notice.ts';

const LOST_AT_MS = 1_000_000;
const OPEN: ConnectionState = { kind: 'open' };
const CONNECTING: ConnectionState = {
  kind: 'connecting',
  outage: { cause: 'unreachable', sinceMs: LOST_AT_MS, attempt: 0 },
};

function waiting(retryAtMs: number): ConnectionState {
  return { kind: 'waiting', retryAtMs, outage: { cause: 'lost', sinceMs: LOST_AT_MS, attempt: 0 } };
}

function noticeOf(over: Partial<NoticeInput>) {
  return connectionNotice({
    connection: OPEN,
    caughtUp: undefined,
    nowMs: LOST_AT_MS,
    outageShownAtMs: undefined,
    ...over,
  });
}

describe('connectionNotice', () => {
  test('is empty for the first 1.5 s of an outage', () => {
    const connection = waiting(LOST_AT_MS + 5_000);

    assert.equal(noticeOf({ connection, nowMs: LOST_AT_MS + QUIET_MS - 1 }).kind, 'none');
    assert.equal(noticeOf({ connection, nowMs: LOST_AT_MS + QUIET_MS }).kind, 'outage');
  });

  test('counts down to the next attempt, in whole seconds, and not below zero', () => {
    const secondsAt = (nowMs: number): number | undefined => {
      const notice = noticeOf({ connection: waiting(LOST_AT_MS + 10_000), nowMs });
      assert(notice.kind === 'outage');
      return notice.retrySeconds;
    };

    assert.equal(secondsAt(LOST_AT_MS + 5_000), 5);
    assert.equal(secondsAt(LOST_AT_MS + 5_001), 5);
    assert.equal(secondsAt(LOST_AT_MS + 10_000), 0);
    assert.equal(secondsAt(LOST_AT_MS + 11_000), 0);
  });

  test('shows the cause during an attempt, without a countdown', () => {
    assert.deepEqual(noticeOf({ connection: CONNECTING, nowMs: LOST_AT_MS + 60_000 }), {
      kind: 'outage',
      cause: 'unreachable',
      retrySeconds: undefined,
    });
  });

  test('shows the catch-up for 3 s, after an outage that was shown', () => {
    const caughtUp = { atMs: LOST_AT_MS + 9_000, newMessages: 14, isAtLeast: true };
    const outageShownAtMs = LOST_AT_MS + QUIET_MS;
    const at = (nowMs: number) => noticeOf({ caughtUp, outageShownAtMs, nowMs });

    assert.deepEqual(at(caughtUp.atMs), { kind: 'caught_up', newMessages: 14, isAtLeast: true });
    assert.equal(at(caughtUp.atMs + CAUGHT_UP_SHOWN_MS - 1).kind, 'caught_up');
    assert.equal(at(caughtUp.atMs + CAUGHT_UP_SHOWN_MS).kind, 'none');
  });

  test('shows no catch-up after an outage that was not shown', () => {
    const caughtUp = { atMs: LOST_AT_MS, newMessages: 3, isAtLeast: false };

    assert.equal(noticeOf({ caughtUp }).kind, 'none');
  });

  test('takes a slow start for no loss: the user was not connected before', () => {
    const shown = (cause: 'starting' | 'lost') =>
      isLossShown({ kind: 'outage', cause, retrySeconds: undefined });

    assert.equal(shown('starting'), false);
    assert.equal(shown('lost'), true);
    assert.equal(isLossShown({ kind: 'none' }), false);
  });

  test('does not show the catch-up of an earlier outage', () => {
    const caughtUp = { atMs: LOST_AT_MS - 10, newMessages: 3, isAtLeast: false };

    assert.equal(noticeOf({ caughtUp, outageShownAtMs: LOST_AT_MS }).kind, 'none');
  });

  test('asks for a reload if the server rejects the frames of this page', () => {
    const closed = (reason: 'incompatible' | 'left'): string =>
      noticeOf({ connection: { kind: 'closed', reason } }).kind;

    assert.equal(closed('incompatible'), 'incompatible');
    assert.equal(closed('left'), 'none');
    assert.equal(noticeOf({ connection: { kind: 'unauthorized' } }).kind, 'none');
  });
});
