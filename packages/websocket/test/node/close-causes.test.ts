/** Each way in which a connection ends: who decided it, why, and what logs and metrics get. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDebugLog, type DebugEntry } from '../../src/debug.ts';
import {
  CLOSE_CAUSES,
  type CloseCause,
  type Connection,
  formatPrometheus,
  type WebSocketServerOptions,
} from '../../src/index.ts';
import { close, text } from '../support/bytes.ts';
import { fill } from '../support/fill.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import { pass, startServerWithClock, type TestServer } from '../support/test-server.ts';
import { until } from '../support/wait.ts';

type Opened = Omit<Awaited<ReturnType<typeof startServerWithClock<User>>>, 'connect'> & {
  readonly peer: RawPeer;
  readonly connection: Connection<User>;
};

interface User {
  readonly user: string;
}

interface Case {
  readonly name: string;
  readonly cause: CloseCause;
  readonly options?: Partial<WebSocketServerOptions<User>>;
  end(on: Opened): unknown;
  /** Code and reason of the record, the code of the peer's close frame, and that of ours. */
  readonly expect: readonly [
    code: number,
    reason: string,
    peerCode: number | undefined,
    sentCode: number | undefined,
  ];
}

/** Answers our close frame with its code, as browsers do, and ends TCP. */
async function answer({ peer }: Opened, code?: number): Promise<void> {
  peer.socket.resume();
  let frame = await peer.nextFrame();
  while (frame.opcode !== 0x8) frame = await peer.nextFrame();
  peer.send(close(code ?? frame.payload.readUInt16BE(0)));
  peer.socket.end();
}

const CASES: readonly Case[] = [
  {
    name: 'the peer closes',
    cause: 'peerClose',
    end: ({ peer }) => peer.send(close(4_001, 'bye')) ?? peer.socket.end(),
    expect: [4_001, 'bye', 4_001, 4_001],
  },
  {
    name: 'the peer closes without a code',
    cause: 'peerClose',
    end: ({ peer }) => peer.send(close()) ?? peer.socket.end(),
    expect: [1_005, '', 1_005, 1_005],
  },
  {
    name: 'the peer ends TCP',
    cause: 'peerGone',
    end: ({ peer }) => peer.socket.end(),
    expect: [1_006, '', undefined, undefined],
  },
  {
    name: 'a reset',
    cause: 'connectionLost',
    end: ({ peer }) => peer.reset(),
    expect: [1_006, '', undefined, undefined],
  },
  {
    name: 'the application closes',
    cause: 'close',
    end: (on) => on.connection.close(4_000, 'logout') ?? answer(on),
    expect: [4_000, 'logout', 4_000, 4_000],
  },
  {
    name: 'the application closes, and the peer answers with another code',
    cause: 'close',
    end: (on) => on.connection.close(4_000, 'logout') ?? answer(on, 1_000),
    expect: [1_000, 'logout', 1_000, 4_000],
  },
  {
    name: 'the application closes, and the peer never answers',
    cause: 'close',
    end: ({ connection, clock }) => connection.close(4_000, 'logout') ?? pass(clock, 6_000),
    expect: [1_006, 'logout', undefined, 4_000],
  },
  {
    name: 'the manager closes',
    cause: 'close',
    end: (on) => on.server.manager.closeConnection(on.connection.id, 4_000) && answer(on),
    expect: [4_000, '', 4_000, 4_000],
  },
  {
    name: 'the application destroys',
    cause: 'destroy',
    end: ({ connection }) => connection.destroy(),
    expect: [1_006, '', undefined, undefined],
  },
  {
    name: 'a drain',
    cause: 'drain',
    end: (on) => Promise.all([on.server.drain({ overMs: 0 }), answer(on)]),
    expect: [1_012, 'Retry-After: ', 1_012, 1_012],
  },
  {
    name: 'a shutdown',
    cause: 'shutdown',
    end: (on) => Promise.all([on.server.shutdown(), answer(on)]),
    expect: [1_001, 'the server is shutting down', 1_001, 1_001],
  },
  {
    name: 'a listener that throws',
    cause: 'applicationError',
    end: (on) => {
      on.connection.on('message', () => {
        throw new Error('of the application');
      });
      on.peer.send(text('x'));
      return answer(on);
    },
    expect: [1_011, 'something went wrong', undefined, 1_011],
  },
  {
    name: 'a dead peer',
    cause: 'heartbeat',
    end: ({ clock }) => pass(clock, 55_000),
    expect: [1_006, 'no sign of life', undefined, 1_001],
  },
  {
    name: 'a violation',
    cause: 'protocolError',
    end: (on) => on.peer.send(Buffer.from([0x81, 0x00])) ?? answer(on),
    expect: [1_002, 'a client frame is not masked', undefined, 1_002],
  },
  {
    name: 'too many fragments',
    cause: 'messageLimit',
    options: { maxFragments: 1 },
    end: (on) => {
      on.peer.send(
        Buffer.concat([text('a', { isFinal: false }), Buffer.from([0x00, 0x80, 0, 0, 0, 0])]),
      );
      return answer(on);
    },
    expect: [1_008, 'the message has too many fragments', undefined, 1_008],
  },
  {
    name: 'a message that is not finished',
    cause: 'messageTimeout',
    options: { enableHeartbeat: false },
    end: async (on) => {
      on.peer.send(text('a', { isFinal: false }));
      await until(() => on.connection.counters.bytesReceived > 0);
      await pass(on.clock, 32_000);
      return answer(on);
    },
    expect: [1_008, 'a message was begun and not finished in time', undefined, 1_008],
  },
  {
    name: 'a peer above its rate',
    cause: 'rateLimit',
    options: { messageRate: 1, messageBurst: 1, rateLimitPolicy: 'close' },
    end: (on) => on.peer.send(Buffer.concat([text('a'), text('b'), text('c')])) ?? answer(on),
    expect: [1_008, 'too much came in too short a time', undefined, 1_008],
  },
  {
    name: 'unfinished messages above the total',
    cause: 'memoryLimit',
    options: { maxMessageSize: 100_000, maxUnfinishedBytes: 100_000 },
    end: async (on) => {
      const other = await on.open();
      for (const peer of [on.peer, other.peer]) {
        peer.send(text('x'.repeat(90_000)).subarray(0, 80_000));
      }
      await until(() => on.connections.some(({ state }) => state !== 'OPEN'));
      const [first] = on.connections;
      return answer(first?.state === 'OPEN' ? { ...on, peer: other.peer } : on);
    },
    expect: [1_013, 'the server is overloaded', undefined, 1_013],
  },
  {
    name: 'a slow peer',
    cause: 'slowConsumer',
    end: async (on) => {
      await fill(on.peer, on.connection);
      on.clock.advance(16_000);
      on.connection.sendText('one more');
      return answer(on);
    },
    expect: [1_013, 'the peer reads too slowly', undefined, 1_013],
  },
  {
    name: 'output without progress',
    cause: 'writeTimeout',
    options: { writeTimeout: 10_000, enableHeartbeat: false },
    end: async ({ peer, connection, clock }) => {
      await fill(peer, connection);
      await pass(clock, 12_000);
    },
    expect: [1_006, '', undefined, undefined],
  },
  {
    name: 'load shedding',
    cause: 'shed',
    options: { pressureInterval: 1_000, maxBufferedBytes: 1_000, shedPriority: 'normal' },
    end: async (on) => {
      on.peer.send(text('x'.repeat(9_000)).subarray(0, 5_000));
      await until(() => on.connection.unfinishedBytes > 1_000);
      await pass(on.clock, 2_000);
      return answer(on);
    },
    // The close frame of the peer is within its message.
    expect: [1_006, 'the server is overloaded', undefined, 1_013],
  },
  {
    name: 'an idle connection',
    cause: 'idle',
    options: { idleTimeout: 10_000 },
    end: async (on) => {
      await pass(on.clock, 13_000);
      return answer(on);
    },
    expect: [1_008, 'no message for too long', 1_008, 1_008],
  },
  {
    name: 'an old connection',
    cause: 'age',
    options: { maxLifetime: 10_000 },
    end: async (on) => {
      await pass(on.clock, 12_000);
      return answer(on);
    },
    expect: [1_001, 'maximum connection age reached', 1_001, 1_001],
  },
  {
    name: 'expired credentials',
    cause: 'expired',
    end: async (on) => {
      on.connection.expireIn(1_000);
      await pass(on.clock, 1_000);
      return answer(on);
    },
    expect: [1_008, 'the authentication has expired', 1_008, 1_008],
  },
];

for (const { name, cause, options, end, expect } of CASES) {
  test(`${name}: ${cause}`, async (t) => {
    const entries: DebugEntry[] = [];
    const started = await startServerWithClock<User>(t, {
      authorize: () => ({ accept: true, metadata: { user: 'alice' } }),
      debugLog: createDebugLog((entry) => entries.push(entry)),
      ...options,
    });
    const seen: object[] = [];
    started.server.on('connection', (each) => each.on('close', (record) => seen.push(record)));
    const opened = await started.open();
    const { closes }: TestServer<User> = started;

    await end({ ...started, ...opened });
    await until(() => closes.length > 0, 'the end');

    const [{ id, ...closed } = { id: '', reason: '' }] = closes;
    const [code, prefix, peerCode, sentCode] = expect;
    // The number of seconds is spread.
    const reason = cause === 'drain' ? closed.reason : prefix;
    assert(reason.startsWith(prefix));
    const wasClean = peerCode !== undefined && sentCode !== undefined;
    const initiator = CLOSE_CAUSES[cause];
    const record = { initiator, cause, code, reason, wasClean, peerCode, sentCode };
    const whole = { ...record, address: '127.0.0.1', metadata: { user: 'alice' } };
    assert.deepEqual([closed, seen[0]], [whole, whole]);
    const logged = entries.find(({ kind }) => kind === 'end');
    assert.deepEqual(logged, { kind: 'end', connectionId: id, ...record, address: '127.0.0.1' });
    const label = cause === 'peerClose' && code > 3_000 ? '4xxx' : code;
    const line = `websocket_closes_total{cause="${cause}",code="${label}"} 1`;
    assert(formatPrometheus(started.server.metrics.collect()).includes(line), line);
  });
}

test('the table has every cause', () => {
  assert.deepEqual(new Set(CASES.map(({ cause }) => cause)), new Set(Object.keys(CLOSE_CAUSES)));
});
