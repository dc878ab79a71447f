/** Pings of sessions, and sessions that do not answer. The fake session acts as the package does. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { Heartbeats, type PingedConnection } from '../../../src/gateways/socketio/heartbeats.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const INTERVAL_MS = 25_000;
const TIMEOUT_MS = 20_000;
/** Pings may be this late. */
const TICK_MS = 1_000;

interface Refreshed {
  refresh(): void;
}

class Session implements PingedConnection {
  readonly readyState = 'open';
  readonly writeBuffer: { readonly data?: unknown }[] = [];
  pingIntervalTimer: unknown = setTimeout(() => {}, INTERVAL_MS).unref();
  pingTimeoutTimer: unknown = null;
  hasRefreshedPingTimeout = false;
  readonly frames: string[] = [];
  readonly packets: string[] = [];
  closedFor: string | undefined;
  fails = false;
  #onClose = (): void => {};
  readonly transport = {
    writable: true,
    socket: {
      bufferedAmount: 0,
      _sender: {
        sendFrame: ([frame]: readonly Uint8Array[]): void => {
          if (this.fails) throw new Error('cannot send');
          this.frames.push(Buffer.from(frame ?? []).toString('hex'));
        },
      },
    },
  };

  sendPacket(type: 'ping'): void {
    this.packets.push(type);
  }

  onClose(reason: string): void {
    this.closedFor = reason;
    this.#onClose();
  }

  once(_event: 'close', listener: () => void): void {
    this.#onClose = listener;
  }

  pong(): void {
    this.pingTimeoutTimer = null;
    (this.pingIntervalTimer as Refreshed).refresh();
  }

  /** Another packet while a ping waits for its pong. */
  otherPacket(): void {
    if (this.pingTimeoutTimer === null || this.hasRefreshedPingTimeout) return;
    (this.pingTimeoutTimer as Refreshed).refresh();
    this.hasRefreshedPingTimeout = true;
  }
}

describe('Heartbeats', () => {
  const errors: unknown[] = [];
  let clock: FakeClock;
  let heartbeats: Heartbeats;
  beforeEach(() => {
    errors.length = 0;
    clock = new FakeClock();
    heartbeats = new Heartbeats({
      clock,
      pingInterval: INTERVAL_MS,
      pingTimeout: TIMEOUT_MS,
      handleError: (error) => errors.push(error),
    });
  });
  const add = (): Session => {
    const session = new Session();
    heartbeats.add(session);
    return session;
  };

  test('pings the sessions that are due at the same tick, with one timer for all', () => {
    const first = add();
    clock.advance(TICK_MS / 2);
    const second = add();
    assert.equal(clock.timerCount, 1);
    clock.advance(INTERVAL_MS - TICK_MS);
    assert.deepEqual([first.frames, second.frames], [[], []]);
    clock.advance(TICK_MS + TICK_MS / 2);
    assert.deepEqual([first.frames, second.frames], [['810132'], ['810132']]);
  });

  test('pings again an interval after each pong', () => {
    const session = add();
    for (let round = 1; round <= 3; round += 1) {
      clock.advance(INTERVAL_MS + TICK_MS);
      assert.equal(session.frames.length, round);
      session.pong();
    }
    assert.equal(session.closedFor, undefined);
  });

  test('closes a session that does not answer', () => {
    const [silent, answering] = [add(), add()];
    clock.advance(INTERVAL_MS + TICK_MS);
    answering.pong();
    clock.advance(TIMEOUT_MS - 2 * TICK_MS);
    assert.equal(silent.closedFor, undefined);
    clock.advance(3 * TICK_MS);
    assert.deepEqual([silent.closedFor, answering.closedFor], ['ping timeout', undefined]);
  });

  test('waits once more for a session that sends other packets', () => {
    const session = add();
    clock.advance(INTERVAL_MS + TICK_MS);
    clock.advance(TIMEOUT_MS - 2 * TICK_MS);
    session.otherPacket();
    clock.advance(3 * TICK_MS);
    assert.equal(session.closedFor, undefined);
    session.otherPacket();
    clock.advance(TIMEOUT_MS);
    assert.equal(session.closedFor, 'ping timeout');
  });

  test('pings a session again whose ping was dropped by an upgrade', () => {
    const session = add();
    clock.advance(INTERVAL_MS + TICK_MS);
    session.pingTimeoutTimer = null;
    clock.advance(TIMEOUT_MS + INTERVAL_MS + 2 * TICK_MS);
    assert.deepEqual([session.frames.length, session.closedFor], [2, undefined]);
  });

  test('sends a ping behind the packets that Engine.IO has not sent', () => {
    const session = add();
    session.writeBuffer.push({ data: 'earlier' });
    clock.advance(INTERVAL_MS + TICK_MS);
    assert.deepEqual([session.frames, session.packets], [[], ['ping']]);
  });

  test('leaves closed sessions alone, and ends its timer with the last one', () => {
    const [closed, unanswered] = [add(), add()];
    closed.onClose('transport close');
    clock.advance(INTERVAL_MS + TICK_MS);
    unanswered.onClose('transport close');
    clock.advance(INTERVAL_MS + TIMEOUT_MS + TICK_MS);
    assert.deepEqual([closed.frames, unanswered.frames.length], [[], 1]);
    assert.equal(unanswered.closedFor, 'transport close');
    assert.equal(clock.timerCount, 0);
  });

  test('closes a session whose ping fails, and pings the others', () => {
    const [failing, other] = [add(), add()];
    failing.fails = true;
    clock.advance(INTERVAL_MS + TICK_MS);
    assert.deepEqual([failing.closedFor, other.frames.length], ['transport error', 1]);
    assert.equal(errors.length, 1);
  });
});
