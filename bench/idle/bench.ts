/**
 * `npm run bench -- idle`: what idle connections of the native dialect cost, each with one room
 * open: as many as the descriptors of one process allow, and 15,000 on each of three nodes, of
 * which one is killed and started again. `--quick` opens a tenth.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { MemorySample } from '../../scripts/memory/probe.ts';
import { addMembers, type Member, TestBed } from '../chat/test-bed.ts';
import { withCluster } from '../cluster/bench-cluster.ts';
import type { LossRequests } from '../cluster/loss-load.ts';
import type { Bench, Sample, Throttle } from '../harness/bench.ts';
import { ChildProgram, withPrograms } from '../harness/child-program.ts';
import { boundCommand } from '../harness/cores.ts';
import { findDescriptorObstacle } from '../harness/descriptors.ts';
import { sizeOf } from '../harness/size.ts';
import { readProcess } from '../socketio/process-reading.ts';

/** Of 20,000 descriptors, 1,000 are left for the rest of the process. */
const CONNECTIONS = 19_000;
const NODES = 3;
const CONNECTIONS_PER_NODE = 15_000;
/** Small, so that the users who come are not announced to many others. */
const PER_ROOM = 10;
/** Connections before the first reading: what a process needs for the first client is not counted. */
const FIRST_CONNECTIONS = 100;
/** Connections of one request to the load, which has to be answered in time. */
const OPENED_PER_REQUEST = 250;
/** Time limit for the return of all clients of a node. */
const RETURN_MS_MAX = 10 * 60_000;
/** Time in which users who have come are announced, and the collector runs. */
const SETTLING_PHASES = 2;
const IDLE_PHASES = 10;

const METRICS = {
  rss_bytes_per_connection: { unit: 'B', ratio: 'share' },
  // A connection's pings are part of it.
  cpu_us_per_connection_s: { unit: 'us/s', ratio: 'share' },
  opened_per_s: { unit: '1/s', ratio: 'more-is-gain' },
} as const;

/** Read after a collection: garbage differs by a factor of three between two runs. */
const COLLECTED_METRICS = {
  collected_rss_bytes_per_connection: { unit: 'B', ratio: 'share' },
  heap_bytes_per_connection: { unit: 'B', ratio: 'share' },
} as const;

const PROBE = join(import.meta.dirname, '../../scripts/memory/probe.ts');
const SETTINGS = { MAX_CONNECTIONS: String(CONNECTIONS) };

interface Node {
  readonly url: string;
  readonly pid: number;
}

type Load = ChildProgram<LossRequests>;

export const idleBench: Bench = {
  name: 'idle',
  peer: 'parley',
  works: [
    {
      name: `${CONNECTIONS}-connections`,
      subjects: ['parley'],
      metrics: { ...METRICS, ...COLLECTED_METRICS },
      findObstacle: () => findDescriptorObstacle(CONNECTIONS),
      run: (_, throttle) => measureOneProcess(throttle),
    },
    {
      name: `${NODES}-nodes-of-${CONNECTIONS_PER_NODE}`,
      subjects: ['parley'],
      metrics: {
        ...METRICS,
        // Part of the time until all are back.
        start_s: { unit: 's', ratio: 'less-is-gain' },
        back_s: { unit: 's', ratio: 'less-is-gain' },
      },
      findObstacle: () => findDescriptorObstacle(CONNECTIONS_PER_NODE),
      run: (_, throttle) => measureNodes(throttle),
    },
  ],
};

async function measureOneProcess(throttle: Throttle): Promise<Sample> {
  const bed = await TestBed.open('sqlite');
  try {
    const count = sizeOf(CONNECTIONS, throttle);
    const members = await bed.fill((store) => addMembers(store, count, count / PER_ROOM));
    const url = await bed.serve(SETTINGS, {
      launcher: boundCommand('server', []),
      nodeOptions: ['--expose-gc', '--import', pathToFileURL(PROBE).href],
      hasChannel: true,
    });
    const nodes = [{ url, pid: bed.pid }];
    // The probe answers with a sample: the cast is safe.
    const collect = async () => (await bed.servers[0]?.ask('collect')) as MemorySample;
    return await withPrograms([startLoad()], async (...loads) => {
      const samples: MemorySample[] = [];
      const values = await measureIdle(nodes, loads, {
        ...{ members, throttle },
        onRead: async () => void samples.push(await collect()),
      });
      return { values: { ...values, ...growthOf(samples, members.length - FIRST_CONNECTIONS) } };
    });
  } finally {
    await bed.close();
  }
}

function measureNodes(throttle: Throttle): Promise<Sample> {
  return withCluster(async (cluster) => {
    const count = sizeOf(CONNECTIONS_PER_NODE, throttle);
    // Each user has one connection to every node.
    const members = await cluster.addMembers(count, count / PER_ROOM);
    const urls = await cluster.serve(NODES, SETTINGS);
    const nodes = urls.map((url, index) => ({ url, pid: cluster.pids[index] ?? 0 }));
    return withPrograms(nodes.map(startLoad), async (...loads) => {
      const values = await measureIdle(nodes, loads, { members, throttle });
      const within = { msMax: RETURN_MS_MAX };
      const returned = loads[0]?.ask('awaitReturn', within, 2 * RETURN_MS_MAX);
      const killedAtMs = performance.now();
      await cluster.restartNode(0);
      const startMs = performance.now() - killedAtMs;
      const { backMs = Number.NaN, moved } = (await returned) ?? {};
      if (moved !== count) throw new Error(`${moved} of ${count} clients were disconnected`);
      return { values: { ...values, start_s: startMs / 1_000, back_s: backMs / 1_000 } };
    });
  });
}

function startLoad(): Load {
  const file = join(import.meta.dirname, '../cluster/loss-load.ts');
  return new ChildProgram<LossRequests>({ side: 'load', file });
}

/** Growth per connection between the first and the last sample. */
function growthOf(
  samples: readonly MemorySample[],
  opened: number,
): Record<keyof typeof COLLECTED_METRICS, number> {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) throw new Error('The memory was not sampled');
  return {
    collected_rss_bytes_per_connection: (last.residentBytes - first.residentBytes) / opened,
    heap_bytes_per_connection:
      (last.heapBytes + last.externalBytes - first.heapBytes - first.externalBytes) / opened,
  };
}

interface IdleOptions {
  readonly members: readonly Member[];
  readonly throttle: Throttle;
  /** Called with the first connections, and with all. */
  readonly onRead?: () => Promise<void>;
}

/** Opens one connection of each member to each node, all nodes at the same time. */
async function measureIdle(
  nodes: readonly Node[],
  loads: readonly Load[],
  { members, throttle, onRead }: IdleOptions,
): Promise<Record<string, number>> {
  // Each load goes on by itself: a node that is slow for a moment does not delay the others.
  const open = (some: readonly Member[]) =>
    Promise.all(loads.map((load, node) => openEach(load, urlOf(nodes, node), some)));
  const settle = () => sleep(SETTLING_PHASES * throttle.phaseMsMax);
  await open(members.slice(0, FIRST_CONNECTIONS));
  await settle();
  await onRead?.();
  const empty = read(nodes);
  const openedFromMs = performance.now();
  await open(members.slice(FIRST_CONNECTIONS));
  const openingMs = performance.now() - openedFromMs;
  await settle();
  const before = read(nodes);
  const beganAtMs = performance.now();
  await sleep(IDLE_PHASES * throttle.phaseMsMax);
  const after = read(nodes);
  const idleSeconds = (performance.now() - beganAtMs) / 1_000;
  await onRead?.();
  const opened = (members.length - FIRST_CONNECTIONS) * nodes.length;
  return {
    rss_bytes_per_connection: (after.residentBytes - empty.residentBytes) / opened,
    cpu_us_per_connection_s:
      (after.cpuMicros - before.cpuMicros) / (members.length * nodes.length) / idleSeconds,
    opened_per_s: opened / (openingMs / 1_000),
  };
}

async function openEach(load: Load, url: string, members: readonly Member[]): Promise<void> {
  for (let from = 0; from < members.length; from += OPENED_PER_REQUEST) {
    await load.ask('open', { url, members: members.slice(from, from + OPENED_PER_REQUEST) });
  }
}

function urlOf(nodes: readonly Node[], index: number): string {
  const node = nodes[index];
  if (node === undefined) throw new Error(`There is no node ${index}`);
  return node.url;
}

/** Sums over the nodes. */
function read(nodes: readonly Node[]): {
  readonly cpuMicros: number;
  readonly residentBytes: number;
} {
  const all = nodes.map(({ pid }) => readProcess(pid));
  return {
    cpuMicros: all.reduce((sum, { cpuMicros }) => sum + cpuMicros, 0),
    residentBytes: all.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
  };
}
