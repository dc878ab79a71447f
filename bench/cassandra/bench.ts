/**
 * `npm run bench -- cassandra`: a server whose messages are in Cassandra (one node, every write
 * flushed) and whose other data is in PostgreSQL, beside the same server with PostgreSQL alone.
 * `three-nodes` kills one of three Cassandra nodes under load.
 * `PARLEY_BENCH_MESSAGES` sets the size of the room whose history is read.
 */
import { cassandraSkip } from '../../packages/server/test/support/cassandra-server.ts';
import { TestBed } from '../chat/test-bed.ts';
import {
  addSenders,
  METRICS as DURABLE_METRICS,
  measureDurable,
  type Shape,
  withLoad,
} from '../durable/bench.ts';
import type { Bench, Sample, Throttle, Work } from '../harness/bench.ts';
import { sizeOf } from '../harness/size.ts';
import {
  type FilledRoom,
  METRICS as HISTORY_METRICS,
  openRoom,
  readPages,
} from '../history/bench.ts';
import { newKeyspace, removeCassandra, startCassandra } from './shared-cassandra.ts';

const SUBJECTS = ['cassandra', 'postgres'];
const MESSAGES = Number(process.env['PARLEY_BENCH_MESSAGES'] ?? 100_000);
const PAGES = 3_000;
/**
 * Time under load before the first measurement: in the first minute, Java's compiler takes a third
 * of the CPU time that Cassandra uses, in the second a tenth, and after three next to nothing.
 */
const WARM_UP_MS = 180_000;

const HUNDRED_ROOMS: Shape = { rooms: 100, sendersPerRoom: 1, inFlight: 5 };
/** Messages in flight: 500 in one room, or 500 over all rooms. */
const SHAPES: Readonly<Record<string, Shape>> = {
  'hot-room': { rooms: 1, sendersPerRoom: 4, inFlight: 125 },
  'hot-room-two-nodes': { rooms: 1, sendersPerRoom: 4, inFlight: 125, nodes: 2 },
  '100-rooms': HUNDRED_ROOMS,
};

const findObstacle = (): string | undefined => cassandraSkip() || undefined;

const writes: readonly Work[] = Object.entries(SHAPES).map(([name, shape]) => ({
  name,
  subjects: SUBJECTS,
  metrics: DURABLE_METRICS,
  findObstacle,
  async run(subject, throttle) {
    if (subject === 'cassandra') {
      warmUp ??= warmUpCassandra(throttle);
      await warmUp;
    }
    return measureDurable(await openBed(subject), shape, throttle);
  },
}));

let warmUp: Promise<unknown> | undefined;

async function warmUpCassandra(throttle: Throttle): Promise<void> {
  for (const shape of Object.values(SHAPES)) {
    // `measureDurable` runs the load for a third longer than it measures.
    const phaseMsMax = (WARM_UP_MS / Object.keys(SHAPES).length) * 0.75;
    await measureDurable(await openBed('cassandra'), shape, { ...throttle, phaseMsMax });
  }
}

async function measureThreeNodes({ phaseMsMax }: Throttle): Promise<Sample> {
  const cluster = await startCassandra(3);
  const bed = await TestBed.open('postgres', cluster.url('parley_bench'));
  try {
    const senders = await addSenders(bed, HUNDRED_ROOMS);
    const urls = [await bed.serve()];
    const { inFlight } = HUNDRED_ROOMS;
    return await withLoad(
      { dialect: 'native-retrying', urls, senders, inFlight },
      async (generator) => {
        await generator.ask('measure', WARM_UP_MS, 2 * WARM_UP_MS);
        const before = await generator.ask('measure', phaseMsMax);
        const afterKill = generator.ask('measure', phaseMsMax);
        await cluster.node(1).kill();
        const after = await afterKill;
        return {
          values: {
            acked_per_s: before.ackedPerSecond,
            p99_ms: before.p99Ms,
            acked_per_s_after_kill: after.ackedPerSecond,
            p99_ms_after_kill: after.p99Ms,
            longest_ms_after_kill: after.longestMs,
          },
        };
      },
    );
  } finally {
    await bed.close();
    await cluster.remove();
  }
}

/** Filled once for all rounds: that takes longer than reading. */
const rooms = new Map<string, FilledRoom>();

const history: Work = {
  name: 'history',
  subjects: SUBJECTS,
  metrics: HISTORY_METRICS,
  findObstacle,
  async run(subject, throttle) {
    const filled = rooms.get(subject);
    const room = filled ?? (await openRoom(await openBed(subject), sizeOf(MESSAGES, throttle)));
    rooms.set(subject, room);
    return readPages(room, sizeOf(PAGES, throttle));
  },
  async end() {
    await Promise.all([...rooms.values()].map(({ bed }) => bed.close()));
    rooms.clear();
  },
};

/** Three nodes with three copies of everything, of which one is killed under load. */
const threeNodes: Work = {
  name: 'three-nodes',
  subjects: ['cassandra'],
  metrics: {
    ...DURABLE_METRICS,
    acked_per_s_after_kill: { unit: '1/s', ratio: 'more-is-gain' },
    p99_ms_after_kill: { unit: 'ms', ratio: 'less-is-gain' },
    longest_ms_after_kill: { unit: 'ms', ratio: 'less-is-gain' },
  },
  findObstacle,
  run: (_, throttle) => measureThreeNodes(throttle),
};

export const cassandraBench: Bench = {
  name: 'cassandra',
  peer: 'postgres',
  works: [...writes, history, threeNodes],
  end: removeCassandra,
};

async function openBed(subject: string): Promise<TestBed> {
  return TestBed.open('postgres', subject === 'cassandra' ? await newKeyspace() : undefined);
}
