/**
 * `npm run bench -- cassandra`: a server whose messages are in Cassandra (one node, every write
 * flushed) and whose other data is in PostgreSQL, beside the same server with PostgreSQL alone.
 * `PARLEY_BENCH_MESSAGES` sets the size of the room whose history is read.
 */
import { cassandraSkip } from '../../packages/server/test/support/cassandra-server.ts';
import { TestBed } from '../chat/test-bed.ts';
import { METRICS as DURABLE_METRICS, measureDurable, type Shape } from '../durable/bench.ts';
import type { Bench, Throttle, Work } from '../harness/bench.ts';
import { sizeOf } from '../harness/size.ts';
import {
  type FilledRoom,
  METRICS as HISTORY_METRICS,
  openRoom,
  readPages,
} from '../history/bench.ts';
import { newKeyspace, removeCassandra } from './shared-cassandra.ts';

const SUBJECTS = ['cassandra', 'postgres'];
const MESSAGES = Number(process.env['PARLEY_BENCH_MESSAGES'] ?? 100_000);
const PAGES = 3_000;
/**
 * Time under load before the first measurement: for about a minute, Java's compiler takes half of
 * the CPU time that Cassandra uses.
 */
const WARM_UP_MS = 60_000;

/** Messages in flight: 500 in one room, or 500 over all rooms. */
const SHAPES: Readonly<Record<string, Shape>> = {
  'hot-room': { rooms: 1, sendersPerRoom: 4, inFlight: 125 },
  'hot-room-two-nodes': { rooms: 1, sendersPerRoom: 4, inFlight: 125, nodes: 2 },
  '100-rooms': { rooms: 100, sendersPerRoom: 1, inFlight: 5 },
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
    const phaseMsMax = WARM_UP_MS / Object.keys(SHAPES).length;
    await measureDurable(await openBed('cassandra'), shape, { ...throttle, phaseMsMax });
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

export const cassandraBench: Bench = {
  name: 'cassandra',
  peer: 'postgres',
  works: [...writes, history],
  end: removeCassandra,
};

async function openBed(subject: string): Promise<TestBed> {
  return TestBed.open('postgres', subject === 'cassandra' ? await newKeyspace() : undefined);
}
