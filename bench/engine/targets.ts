/**
 * Targets of the engine relative to `ws`: processor time of the server per
 * message, as a gain; memory of an idle connection, as a share.
 */
import type { Target, Work } from '../harness/bench.ts';

type Row = readonly [metric: string, atLeast: number, goal: number];

const TARGETS: Readonly<Record<string, Row>> = {
  'echo 64 B d1': ['cpuPerMessage', 1.1, 1.3],
  'echo 64 B d16': ['cpuPerMessage', 10, 14],
  'echo 1 KiB d1': ['cpuPerMessage', 1.25, 1.7],
  'echo 1 KiB d16': ['cpuPerMessage', 8, 15],
  'echo 16 KiB d1': ['cpuPerMessage', 2.5, 3.7],
  'echo 16 KiB d16': ['cpuPerMessage', 4, 5.5],
  'echo 256 KiB d1': ['cpuPerMessage', 2.2, 5],
  'echo 256 KiB d16': ['cpuPerMessage', 1.7, 3.7],
  'broadcast 128 B to 1000 d1': ['cpuPerDelivery', 1.1, 1.3],
  'broadcast 128 B to 1000 d16': ['cpuPerDelivery', 12, 17],
  'broadcast 128 B to 10000 d1': ['cpuPerDelivery', 1.1, 1.3],
  'broadcast 128 B to 10000 d16': ['cpuPerDelivery', 12, 17],
  'permessage-deflate echo of 1 KiB JSON': ['cpuPerMessage', 2.5, 4.5],
  'handshake and close': ['cpuPerHandshake', 1, 1.4],
  'memory of 10000 idle connections': ['residentPerConnection', 1, 0.75],
};

export function withTarget(work: Work): Work {
  const row = TARGETS[work.name];
  if (row === undefined) return work;
  const [metric, atLeast, goal] = row;
  const target: Target = { subject: 'parley', metric, atLeast, goal };
  return { ...work, target };
}
