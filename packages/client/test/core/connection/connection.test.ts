import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { ConnectionId, ServerFrame, ServerFrames } from '@parley/protocol';
import {
  Connection,
  OPEN_TIMEOUT_MS,
  STABLE_AFTER_MS,
} from '../../../src/core/connection/connection.ts';
import type { ConnectionState } from '../../../src/core/connection/connection-state.ts';
import {
  PROBE_INTERVAL_MS,
  PROBE_REPLY_FAST_MS,
  PROBE_REPLY_MS,
  PROBE_REPLY_OFFLINE_MS,
} from '../../../src/core/connection/heartbeat-probe.ts';
import { NATIVE_CODEC, type NativeFrames } from '../../../src/core/connection/native-dialect.ts';
import { FakeEnvironment, settle } from '../../fakes/fake-environment.ts';
import { ALICE } from '../../fakes/scripted-server.ts';

const WELCOME: ServerFrames['connection_established'] = {
  connectionId: 'c1' as ConnectionId,
  user: ALICE,
  serverTime: '2026-01-31T12:00:00.000Z',
  version: '0.2.0',
  capabilities: [],
  contentLengthMax: 10_000,
  hasMore: false,
  rooms: [],
};

describe('Connection', () => {
  let environment: FakeEnvironment;
  let states: ConnectionState[];
  let frames: ServerFrame[];
  let welcomes: number;
  let connection: Connection<NativeFrames>;

  beforeEach(() => {
    environment = new FakeEnvironment();
    states = [];
    frames = [];
    welcomes = 0;
    connection = new Connection(environment, {
      url: 'ws://server/ws',
      codec: NATIVE_CODEC,
      checkSession: () => Promise.resolve({ kind: environment.session }),
      isForOwner: () => true,
      onState: (state) => states.push(state),
      onEstablished: () => {
        welcomes += 1;
      },
      onFrame: (frame) => frames.push(frame),
    });
  });

  const state = (): ConnectionState => states.at(-1) ?? assert.fail('no state was told');

  function establish(): void {
    environment.socket.upgrade();
    environment.socket.deliver('connection_established', WELCOME);
  }

  function startOpen(): void {
    connection.start();
    establish();
  }

  test('is open only after the first frame of the server', () => {
    connection.start();
    environment.socket.upgrade();
    assert.equal(state().kind, 'connecting');

    environment.socket.deliver('connection_established', WELCOME);

    assert.equal(state().kind, 'open');
    assert.equal(welcomes, 1);
  });

  test('passes frames on, and ignores what is not a frame', () => {
    startOpen();

    environment.socket.text('not json');
    environment.socket.text('[]');
    environment.socket.text('{"type":"pong"}');
    environment.socket.deliver('pong', {});

    assert.deepEqual(
      frames.map(({ type }) => type),
      ['pong'],
    );
  });

  test('reconnects after a loss, with increasing delays up to 30 s', async () => {
    environment.session = 'unreachable';
    startOpen();
    environment.socket.end(1006);

    const delays: number[] = [];
    for (let tries = 0; tries < 7; tries += 1) {
      const waiting = state();
      assert(waiting.kind === 'waiting');
      delays.push(waiting.retryAtMs - environment.nowMs());
      environment.advance(waiting.retryAtMs - environment.nowMs());
      assert.equal(state().kind, 'connecting');
      environment.socket.end(1006);
      await settle();
    }

    // Half of 1, 2, 4, 8, 16, 30, 30 s: the fake's randomness is 0.5.
    assert.deepEqual(delays, [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  });

  test('resets the delay only after a connection that lasted', () => {
    startOpen();
    const waits: number[] = [];
    for (const openMs of [STABLE_AFTER_MS - 1, STABLE_AFTER_MS - 1, STABLE_AFTER_MS]) {
      environment.advance(openMs);
      environment.socket.end(1006);
      const waiting = state();
      assert(waiting.kind === 'waiting');
      waits.push(waiting.retryAtMs - environment.nowMs());
      connection.tryNow();
      establish();
    }

    assert.deepEqual(waits, [500, 1_000, 500]);
  });

  test('connects again at once if its session was replaced, with a connection that counts', () => {
    startOpen();
    const old = environment.socket;

    connection.renew();

    assert.notEqual(environment.socket, old);
    assert.equal(state().kind, 'connecting');
    old.end(4001);
    establish();
    assert.equal(state().kind, 'open');
    connection.stop();
    connection.renew();
    assert.deepEqual(state(), { kind: 'closed', reason: 'left' });
  });

  test('keeps the time of the loss through every attempt', async () => {
    environment.session = 'unreachable';
    startOpen();
    environment.socket.end(1006);
    const lostAtMs = environment.nowMs();
    environment.advance(500);
    environment.socket.end(1006);
    await settle();

    const waiting = state();
    assert(waiting.kind === 'waiting');
    assert.deepEqual(waiting.outage, { cause: 'unreachable', sinceMs: lostAtMs, attempt: 1 });
  });

  const causes: readonly [code: number, cause: string][] = [
    [1006, 'lost'],
    [1000, 'restarting'],
    [1001, 'restarting'],
    [1012, 'restarting'],
    [1013, 'restarting'],
  ];
  for (const [code, cause] of causes) {
    test(`reconnects after close ${code}, and reports ${cause}`, () => {
      startOpen();

      environment.socket.end(code);

      const waiting = state();
      assert(waiting.kind === 'waiting');
      assert.equal(waiting.outage.cause, cause);
    });
  }

  for (const code of [1002, 1003, 1007]) {
    test(`does not reconnect after close ${code}, which would be repeated`, () => {
      startOpen();

      environment.socket.end(code);
      environment.advance(60_000);

      assert.deepEqual(state(), { kind: 'closed', reason: 'incompatible' });
      assert.equal(environment.sockets.length, 1);
    });
  }

  test('requires a login after close 4001, and leaves no timer', async () => {
    startOpen();
    environment.session = 'ended';

    environment.socket.end(4001);
    await settle();

    assert.equal(state().kind, 'unauthorized');
    assert.equal(environment.timerCount, 0);
    assert.equal(environment.listenerCount, 0);
  });

  test('requires a login on session_expired, without waiting for the close', async () => {
    startOpen();
    environment.session = 'ended';

    environment.socket.deliver('session_expired', { reason: 'logout' });
    await settle();

    assert.equal(state().kind, 'unauthorized');
    assert(environment.socket.wasClosedByClient);
  });

  test('reconnects if the cookie belongs to another session of the user by then', async () => {
    startOpen();

    // As after a change of the password, whichever arrives first.
    environment.socket.deliver('session_expired', { reason: 'password_changed' });
    environment.socket.end(4001);
    await settle();

    assert.equal(state().kind, 'waiting');
    environment.advance(1000);
    establish();
    assert.equal(state().kind, 'open');
    assert.equal(environment.sockets.length, 2);
  });

  test('requires a login if a failed upgrade was a 401', async () => {
    environment.session = 'ended';
    connection.start();

    environment.socket.end(1006);
    await settle();

    assert.equal(state().kind, 'unauthorized');
  });

  test('waits when the upgrade failed although the session is valid', async () => {
    connection.start();

    environment.socket.end(1006);
    await settle();

    const waiting = state();
    assert(waiting.kind === 'waiting');
    assert.equal(waiting.outage.cause, 'refused');
  });

  test('reports the missing network as the cause if the machine knows it', () => {
    startOpen();
    environment.isOnline = false;

    environment.socket.end(1006);

    const waiting = state();
    assert(waiting.kind === 'waiting');
    assert.equal(waiting.outage.cause, 'offline');
  });

  test('ignores a session check that ends after it was stopped', async () => {
    environment.session = 'ended';
    connection.start();
    environment.socket.end(1006);

    connection.stop();
    await settle();

    assert.deepEqual(state(), { kind: 'closed', reason: 'left' });
  });

  test('abandons a handshake that never ends, and tries again', () => {
    connection.start();

    environment.advance(OPEN_TIMEOUT_MS - 1);
    assert.equal(state().kind, 'connecting');
    environment.advance(1);

    assert.equal(state().kind, 'waiting');
    assert(environment.sockets[0]?.wasClosedByClient);
  });

  test('tries immediately on demand, and only once', () => {
    startOpen();
    environment.socket.end(1006);

    connection.tryNow();
    assert.equal(environment.sockets.length, 2);
    establish();
    environment.advance(5_000);

    assert.equal(environment.sockets.length, 2);
    assert.equal(state().kind, 'open');
  });

  test('opens no second connection on demand while one is open or opening', () => {
    connection.start();
    connection.tryNow();
    connection.start();
    establish();
    connection.tryNow();

    assert.equal(environment.sockets.length, 1);
  });

  for (const signal of ['online', 'visible'] as const) {
    test(`tries immediately when the page becomes ${signal} while it waits`, () => {
      startOpen();
      environment.socket.end(1006);

      environment.signal(signal);

      assert.equal(state().kind, 'connecting');
    });
  }

  test('does not try when the network is lost while it waits', () => {
    startOpen();
    environment.socket.end(1006);

    environment.signal('offline');

    assert.equal(state().kind, 'waiting');
  });

  test('closes the connection itself and does not reconnect', () => {
    startOpen();

    connection.stop();
    environment.advance(120_000);

    assert(environment.socket.wasClosedByClient);
    assert.equal(environment.sockets.length, 1);
    assert.equal(environment.timerCount, 0);
    assert.equal(environment.listenerCount, 0);
  });

  test('ignores events of an abandoned socket', () => {
    startOpen();
    const old = environment.socket;
    environment.advance(PROBE_INTERVAL_MS + PROBE_REPLY_MS);
    connection.tryNow();

    old.deliver('pong', {});
    old.end(4001);

    assert.equal(state().kind, 'connecting');
    assert.deepEqual(frames, []);
  });

  test('can be started again after the session ended', async () => {
    startOpen();
    environment.session = 'ended';
    environment.socket.end(4001);
    await settle();

    connection.start();
    establish();

    assert.equal(state().kind, 'open');
    assert.equal(welcomes, 2);
  });

  test('treats a failed send as the loss of the connection', () => {
    startOpen();
    environment.socket.send = () => {
      throw new Error('broken pipe');
    };

    assert.equal(connection.send({ type: 'ping', payload: {} }), false);
    assert.equal(state().kind, 'waiting');
  });

  test('sends nothing while it is not open', () => {
    connection.start();

    assert.equal(connection.send({ type: 'ping', payload: {} }), false);
    assert.deepEqual(environment.socket.sent, []);
  });

  test('abandons a server that does not answer a probe', () => {
    startOpen();

    environment.advance(PROBE_INTERVAL_MS);
    assert.deepEqual(environment.socket.sentOf('heartbeat'), [
      { type: 'heartbeat', payload: { sequence: 1 } },
    ]);
    environment.advance(PROBE_REPLY_MS);

    const waiting = state();
    assert(waiting.kind === 'waiting');
    assert.equal(waiting.outage.cause, 'silent');
  });

  test('counts an outage from the time when the machine lost its network', () => {
    startOpen();
    environment.advance(5_000);
    const offlineAtMs = environment.nowMs();
    environment.isOnline = false;

    environment.signal('offline');
    environment.advance(PROBE_REPLY_OFFLINE_MS);

    const waiting = state();
    assert(waiting.kind === 'waiting');
    assert.deepEqual(waiting.outage, { cause: 'offline', sinceMs: offlineAtMs, attempt: 0 });
  });

  test('resets the network loss once a frame of the server arrives', () => {
    startOpen();
    environment.signal('offline');
    environment.advance(PROBE_REPLY_OFFLINE_MS - 1);
    environment.socket.deliver('heartbeat', { sequence: 1 });

    environment.advance(5_000);
    assert.equal(state().kind, 'open');
    environment.socket.end(1006);

    const waiting = state();
    assert(waiting.kind === 'waiting');
    assert.equal(waiting.outage.sinceMs, environment.nowMs());
  });

  for (const signal of ['online', 'visible'] as const) {
    test(`checks an open socket when the page becomes ${signal}`, () => {
      startOpen();

      environment.signal(signal);
      assert.equal(environment.socket.sentOf('heartbeat').length, 1);
      environment.advance(PROBE_REPLY_FAST_MS);

      assert.equal(state().kind, 'waiting');
    });
  }
});
