/**
 * `npm run bench -- engine`: compares our engine with `ws`, Socket.IO and Node's bare
 * sockets on the same work.
 */
import type { Bench, Work } from '../harness/bench.ts';
import { fairnessWork } from './fairness.ts';
import { idleMemoryWork } from './idle-memory.ts';
import { SUBJECTS } from './subjects.ts';
import { withTarget } from './targets.ts';
import { throughputWork } from './throughput.ts';

/** Modes of receiving and broadcasting are compared only in the works that they affect. */
const KEPT = 'parley (kept)';
const BROADCAST = 'parley (broadcast)';
const LEVEL_6 = 'parley (level 6)';
const SPECIAL = [KEPT, BROADCAST, LEVEL_6];
const ALL = Object.keys(SUBJECTS).filter((name) => !SPECIAL.includes(name));
/** Subjects that read a plain close frame, and subjects that compress on request. */
const PLAIN = ['parley', 'ws', 'ws + bufferutil', 'net'];
const DEFLATING = ['parley', KEPT, LEVEL_6, 'ws', 'ws + bufferutil'];

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
      subjects: [...ALL, KEPT],
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
      subjects: [...ALL, BROADCAST],
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
  subjects: DEFLATING,
  server: { mode: 'echo', deflate: true },
  load: { kind: 'echo', connections: 100, payloadBytes: KIB, inFlight: 1 },
  counted: 'Message',
});

/** Bare `tls` sockets (`net`) are the floor: encryption is most of the cost. */
const overTls = [
  ...[
    { name: '1 KiB', payloadBytes: KIB, inFlight: 1 },
    { name: '1 KiB', payloadBytes: KIB, inFlight: 16 },
    { name: '16 KiB', payloadBytes: 16 * KIB, inFlight: 1 },
  ].map(({ name, payloadBytes, inFlight }) =>
    throughputWork({
      name: `echo over TLS ${name} d${inFlight}`,
      subjects: PLAIN,
      server: { ...ECHO, tls: true },
      load: { kind: 'echo', connections: 100, payloadBytes, inFlight },
      counted: 'Message',
    }),
  ),
  throughputWork({
    name: 'broadcast over TLS 128 B to 1000 d16',
    subjects: [...PLAIN, BROADCAST],
    server: { mode: 'broadcast', deflate: false, tls: true },
    load: { kind: 'broadcast', connections: 1_000, payloadBytes: 128, inFlight: 16 },
    counted: 'Delivery',
  }),
];

const handshakes = throughputWork({
  name: 'handshake and close',
  subjects: PLAIN,
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
  idleMemoryWork(10_000, ALL),
  fairnessWork({ name: '64 B messages', payloadBytes: 64, inFlight: 4_096 }, PLAIN),
  fairnessWork({ name: '256 KiB messages', payloadBytes: 256 * KIB, inFlight: 16 }, PLAIN),
];

export const engineBench: Bench = { name: 'engine', peer: 'ws', works: works.map(withTarget) };
