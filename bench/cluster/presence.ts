/** Bytes per second through Redis while users are online on two nodes and send nothing. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sample, Throttle } from '../harness/bench.ts';
import { ChildProgram, withPrograms } from '../harness/child-program.ts';
import { sizeOf } from '../harness/size.ts';
import type { LoadRequests } from '../socketio/load.ts';
import { withCluster } from './bench-cluster.ts';

export const CONNECTIONS = 10_000;
const PER_ROOM = 100;
const NODES = 2;
/** Two intervals at which nodes renew their presence records. */
const SETTLING_MS = 10_000;
const PHASES = 5;

export function measurePresence(throttle: Throttle): Promise<Sample> {
  return withCluster(async (cluster) => {
    const connections = sizeOf(CONNECTIONS, throttle);
    const members = await cluster.addMembers(connections, connections / PER_ROOM);
    const urls = await cluster.serve(NODES);
    const file = join(import.meta.dirname, '../socketio/load.ts');
    const load = new ChildProgram<LoadRequests>({ side: 'load', file });
    return await withPrograms([load], async (generator) => {
      await generator.ask('open', { urls, members });
      await sleep(SETTLING_MS);
      const before = await cluster.redis.read();
      const beganAtMs = performance.now();
      await sleep(PHASES * throttle.phaseMsMax);
      const after = await cluster.redis.read();
      const seconds = (performance.now() - beganAtMs) / 1_000;
      return { values: { bus_bytes_per_s: (after.bytes - before.bytes) / seconds } };
    });
  });
}
