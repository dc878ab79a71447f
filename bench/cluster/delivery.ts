/**
 * Delivery in rooms of a hundred over Socket.IO, one message per second in each. With two nodes,
 * half of every room is connected to each.
 */
import { join } from 'node:path';
import type { Member } from '../chat/test-bed.ts';
import type { Sample, Throttle } from '../harness/bench.ts';
import { ChildProgram, withPrograms } from '../harness/child-program.ts';
import type { LoadRequests } from '../socketio/load.ts';
import type { PlainRequests } from '../socketio/plain-server.ts';
import { readProcess } from '../socketio/process-reading.ts';
import { type ClusterCpu, withCluster } from './bench-cluster.ts';
import { BenchRedis } from './bench-redis.ts';

export const CONNECTIONS = 2_000;
const PER_ROOM = 100;
/** In the first ten seconds of load, threads of V8 take 15 % of the nodes' CPU time, later 3 %. */
const WARM_UP_SECONDS = 15;
/** Phases of the throttle that are measured: 15 s, or 5 s with `--quick`. */
const PHASES = 2.5;

interface Servers {
  readonly urls: readonly string[];
  readonly members: readonly Member[];
  readonly readCpu: () => Promise<ClusterCpu>;
}

export function measureDelivery(
  subject: string,
  nodeCount: number,
  throttle: Throttle,
): Promise<Sample> {
  return subject === 'parley'
    ? measureParley(nodeCount, throttle)
    : measurePlain(nodeCount, throttle);
}

function measureParley(nodeCount: number, throttle: Throttle): Promise<Sample> {
  return withCluster(async (cluster) => {
    const members = await cluster.addMembers(CONNECTIONS, CONNECTIONS / PER_ROOM);
    const urls = await cluster.serve(nodeCount);
    return load({ urls, members, readCpu: () => cluster.readCpu() }, throttle);
  });
}

async function measurePlain(nodeCount: number, throttle: Throttle): Promise<Sample> {
  const redis = await BenchRedis.start();
  const file = join(import.meta.dirname, '../socketio/plain-server.ts');
  const start = () => new ChildProgram<PlainRequests>({ side: 'server', file });
  try {
    return await withPrograms(Array.from({ length: nodeCount }, start), async (...programs) => {
      const servers = await Promise.all(
        programs.map((program) => program.ask('start', { redisUrl: redis.url })),
      );
      const members = Array.from({ length: CONNECTIONS }, (_, index) => ({
        token: 'unused',
        roomId: `room-${Math.floor(index / PER_ROOM)}`,
      }));
      const readCpu = async (): Promise<ClusterCpu> => ({
        nodes: servers.reduce((sum, { pid }) => sum + readProcess(pid).cpuMicros, 0),
        bus: (await redis.read()).cpuMicros,
      });
      return load({ urls: servers.map(({ url }) => url), members, readCpu }, throttle);
    });
  } finally {
    await redis.remove();
  }
}

function load({ urls, members, readCpu }: Servers, { phaseMsMax }: Throttle): Promise<Sample> {
  const file = join(import.meta.dirname, '../socketio/load.ts');
  return withPrograms(
    [new ChildProgram<LoadRequests>({ side: 'load', file })],
    async (generator) => {
      await generator.ask('open', { urls, members });
      await generator.ask('measure', { seconds: WARM_UP_SECONDS });
      const before = await readCpu();
      const seconds = Math.round((PHASES * phaseMsMax) / 1_000);
      const measured = await generator.ask('measure', { seconds });
      const after = await readCpu();
      const { delivered, lost, p50Ms, p99Ms, addedP50Ms } = measured;
      if (delivered === 0) throw new Error('nothing was delivered');
      return {
        values: {
          p50_ms: p50Ms,
          p99_ms: p99Ms,
          ...(urls.length > 1 && { added_p50_ms: addedP50Ms }),
          lost,
          cpu_us_per_message: (after.nodes - before.nodes) / delivered,
          ...(after.store !== undefined && {
            store_cpu_us_per_message: (after.store - (before.store ?? 0)) / delivered,
          }),
          bus_cpu_us_per_message: (after.bus - before.bus) / delivered,
        },
      };
    },
  );
}
