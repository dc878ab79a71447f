/**
 * `npm run bench -- engine`: compares our engine with `ws`, Socket.IO and Node's bare
 * sockets on the same work.
 */
import type { Bench, Work } from '../harness/bench.ts';
import { fairnessWork } from './fairness.ts';
import { idleMemoryWork } from './idle-memory.ts';
import { withTarget } from './targets.ts';
import { throughputWork } from './throughput.ts';

const PAIR = ['parley', 'ws'];
const TRIO = ['parley', 'parley-pooled', 'ws'];
/** Bare sockets and `bufferutil`; and the transports of Socket.IO, which do not speak plain WebSocket. */
const PLAIN_PEERS = ['net', 'ws + bufferutil'];
const PEERS = [...PLAIN_PEERS, 'socket.io on ws', 'socket.io on parley'];

const KIB = 1_024;
const SIZES = [
  { name: '64 B', payloadBytes: 64 },
  { name: '1 KiB', payloadBytes: KIB },
  { name: '16 KiB', payloadBytes: 16 * KIB },
  { name: '256 KiB', payloadBytes: 256 * KIB },
];
/** Messages in flight, per connection or per broadcast. */
const DEPTHS = [1, 16];
const ECHO = { mode: 'echo', deflate: false } as const;

const echoes = SIZES.flatMap(({ name, payloadBytes }) =>
  DEPTHS.map((inFlight) =>
    throughputWork({
      name: `echo ${name} d${inFlight}`,
      subjects: TRIO,
      optionalSubjects: [...PEERS, 'net-lent'],
      server: ECHO,
      load: { kind: 'echo', connections: 100, payloadBytes, inFlight },
      counted: 'Message',
    }),
  ),
);

const broadcasts = [1_000, 10_000].flatMap((connections) =>
  DEPTHS.map((inFlight) =>
    throughputWork({
      name: `broadcast 128 B to ${connections} d${inFlight}`,
      subjects: PAIR,
      optionalSubjects: ['parley-loop', ...PEERS],
      // A minute per server and round.
      isOptional: connections > 1_000,
      server: { mode: 'broadcast', deflate: false },
      load: { kind: 'broadcast', connections, payloadBytes: 128, inFlight },
      counted: 'Delivery',
      // Per turn, a server delivers one message to each connection, or sixteen.
      windows: connections / 1_000,
    }),
  ),
);

const deflated = throughputWork({
  name: 'permessage-deflate echo of 1 KiB JSON',
  subjects: TRIO,
  optionalSubjects: ['parley-level-6', 'ws + bufferutil'],
  server: { mode: 'echo', deflate: true },
  load: { kind: 'echo', connections: 100, payloadBytes: KIB, inFlight: 1 },
  counted: 'Message',
});

/** Bare `tls` sockets are the floor: encryption is most of the cost. */
const OVER_TLS = [...TRIO, 'net'];
const overTls = [
  ...[
    { name: '1 KiB', payloadBytes: KIB, inFlight: 1 },
    { name: '1 KiB', payloadBytes: KIB, inFlight: 16 },
    { name: '16 KiB', payloadBytes: 16 * KIB, inFlight: 1 },
  ].map(({ name, payloadBytes, inFlight }) =>
    throughputWork({
      name: `echo over TLS ${name} d${inFlight}`,
      subjects: OVER_TLS,
      server: { ...ECHO, tls: true },
      load: { kind: 'echo', connections: 100, payloadBytes, inFlight },
      counted: 'Message',
    }),
  ),
  throughputWork({
    name: 'broadcast over TLS 128 B to 1000 d16',
    subjects: [...PAIR, 'net'],
    optionalSubjects: ['parley-loop'],
    server: { mode: 'broadcast', deflate: false, tls: true },
    load: { kind: 'broadcast', connections: 1_000, payloadBytes: 128, inFlight: 16 },
    counted: 'Delivery',
  }),
];

const handshakes = throughputWork({
  name: 'handshake and close',
  subjects: PAIR,
  optionalSubjects: PLAIN_PEERS,
  server: ECHO,
  load: { kind: 'handshakes', connections: 64, payloadBytes: 0, inFlight: 64 },
  counted: 'Handshake',
  warmUpCount: 20_000,
});

const works: readonly Work[] = [
  ...echoes,
  ...broadcasts,
  deflated,
  ...overTls,
  handshakes,
  idleMemoryWork(10_000, { subjects: PAIR, optionalSubjects: PEERS }),
  ...[
    { name: '64 B messages', payloadBytes: 64, inFlight: 4_096 },
    { name: '256 KiB messages', payloadBytes: 256 * KIB, inFlight: 16 },
  ].map((flood) => fairnessWork(flood, { subjects: PAIR, optionalSubjects: PLAIN_PEERS })),
];

export const engineBench: Bench = { name: 'engine', peer: 'ws', works: works.map(withTarget) };
