/**
 * Targets of the engine relative to `ws`, with the options that an application gets by default:
 * processor time of the server per message, as a gain; memory of an idle connection, as a share.
 */
import type { Target, Work } from '../harness/bench.ts';

type Row = readonly [subject: string, metric: string, atLeast: number, goal: number];

const KEPT = 'parley (kept)';
const BROADCAST = 'parley (broadcast)';

const TARGETS: Readonly<Record<string, Row>> = {
  'echo 64 B d1': [KEPT, 'cpuPerMessage', 1.4, 1.7],
  'echo 64 B d16': [KEPT, 'cpuPerMessage', 10, 14],
  'echo 1 KiB d1': [KEPT, 'cpuPerMessage', 1.6, 2],
  'echo 1 KiB d16': [KEPT, 'cpuPerMessage', 8, 15],
  'echo 16 KiB d1': [KEPT, 'cpuPerMessage', 3, 6],
  'echo 16 KiB d16': [KEPT, 'cpuPerMessage', 4, 6],
  'echo 256 KiB d1': [KEPT, 'cpuPerMessage', 2.2, 5],
  'echo 256 KiB d16': [KEPT, 'cpuPerMessage', 2, 4.2],
  'broadcast 128 B to 1000 d1': [BROADCAST, 'cpuPerDelivery', 1.12, 1.3],
  'broadcast 128 B to 1000 d16': [BROADCAST, 'cpuPerDelivery', 12, 20],
  'broadcast 128 B to 10000 d1': [BROADCAST, 'cpuPerDelivery', 1.12, 1.3],
  'broadcast 128 B to 10000 d16': [BROADCAST, 'cpuPerDelivery', 12, 20],
  'permessage-deflate echo of 1 KiB JSON': [KEPT, 'cpuPerMessage', 3, 4.5],
  // The goals over TLS are what bare sockets reach: encryption is most of the cost.
  'echo over TLS 1 KiB d1': ['parley', 'cpuPerMessage', 1.1, 1.4],
  'echo over TLS 1 KiB d16': ['parley', 'cpuPerMessage', 2, 2.8],
  'echo over TLS 16 KiB d1': ['parley', 'cpuPerMessage', 1.3, 1.9],
  'broadcast over TLS 128 B to 1000 d16': [BROADCAST, 'cpuPerDelivery', 2, 2.5],
  'handshake and close': ['parley', 'cpuPerHandshake', 1.2, 1.4],
  'memory of 10000 idle connections': ['parley', 'residentPerConnection', 0.86, 0.75],
};

export function withTarget(work: Work): Work {
  const row = TARGETS[work.name];
  if (row === undefined) return work;
  const [subject, metric, atLeast, goal] = row;
  const target: Target = { subject, metric, atLeast, goal };
  return { ...work, target };
}
