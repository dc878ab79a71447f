/**
 * Targets of the engine relative to `ws`, with the options that an application gets by default:
 * processor time of the server per message, as a gain; memory of an idle connection, as a share.
 */
import type { Target, Work } from '../harness/bench.ts';

type Row = readonly [metric: string, atLeast: number, goal: number];

const TARGETS: Readonly<Record<string, Row>> = {
  'echo 64 B d1': ['cpuPerMessage', 1.4, 1.7],
  'echo 64 B d16': ['cpuPerMessage', 10, 14],
  'echo 1 KiB d1': ['cpuPerMessage', 1.6, 2],
  'echo 1 KiB d16': ['cpuPerMessage', 8, 15],
  'echo 16 KiB d1': ['cpuPerMessage', 3, 6],
  'echo 16 KiB d16': ['cpuPerMessage', 4, 6],
  'echo 256 KiB d1': ['cpuPerMessage', 2.2, 5],
  'echo 256 KiB d16': ['cpuPerMessage', 2, 4.2],
  'broadcast 128 B to 1000 d1': ['cpuPerDelivery', 1.12, 1.3],
  'broadcast 128 B to 1000 d16': ['cpuPerDelivery', 12, 20],
  'broadcast 128 B to 10000 d1': ['cpuPerDelivery', 1.12, 1.3],
  'broadcast 128 B to 10000 d16': ['cpuPerDelivery', 12, 20],
  'permessage-deflate echo of 1 KiB JSON': ['cpuPerMessage', 3, 4.5],
  // The goals over TLS are what bare sockets reach: encryption is most of the cost.
  'echo over TLS 1 KiB d1': ['cpuPerMessage', 1.1, 1.4],
  'echo over TLS 1 KiB d16': ['cpuPerMessage', 2, 2.8],
  'echo over TLS 16 KiB d1': ['cpuPerMessage', 1.3, 1.9],
  'broadcast over TLS 128 B to 1000 d16': ['cpuPerDelivery', 2, 2.5],
  'handshake and close': ['cpuPerHandshake', 1.2, 1.4],
  'memory of 10000 idle connections': ['residentPerConnection', 0.86, 0.75],
};

export function withTarget(work: Work): Work {
  const row = TARGETS[work.name];
  if (row === undefined) return work;
  const [metric, atLeast, goal] = row;
  const target: Target = { subject: 'parley', metric, atLeast, goal };
  return { ...work, target };
}
