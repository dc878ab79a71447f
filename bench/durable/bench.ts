/**
 * `npm run bench -- durable`: acknowledged messages per second, each on disk before
 * it is acknowledged and delivered; compared with a plain Socket.IO server that stores
 * nothing. Limits on the number of messages are off (`MESSAGE_RATE_MAX=0`).
 */
import { join } from 'node:path';
import { addMembers, type Member, TestBed } from '../chat/test-bed.ts';
import type { Bench, Sample, Throttle, Work } from '../harness/bench.ts';
import { ChildProgram, withPrograms } from '../harness/child-program.ts';
import type { DurableLoad, LoadRequests } from './load.ts';
import type { PlainRequests } from './plain-socketio.ts';

export interface Shape {
  readonly rooms: number;
  readonly sendersPerRoom: number;
  readonly inFlight: number;
  /** Nodes over which the senders are spread; a single server if absent. */
  readonly nodes?: number;
}

/** Messages in flight: 500 over all rooms, or 500 in one room. */
const SHAPES: Readonly<Record<string, Shape>> = {
  'sqlite-100-rooms': { rooms: 100, sendersPerRoom: 1, inFlight: 5 },
  'sqlite-1-room': { rooms: 1, sendersPerRoom: 4, inFlight: 125 },
};

export const METRICS = {
  acked_per_s: { unit: '1/s', ratio: 'more-is-gain' },
  p99_ms: { unit: 'ms', ratio: 'less-is-gain' },
} as const;

const works: readonly Work[] = Object.entries(SHAPES).map(([name, shape]) => ({
  name,
  subjects: ['parley', 'socketio'],
  metrics: METRICS,
  run: async (subject, throttle) =>
    subject === 'parley'
      ? measureDurable(await TestBed.open('sqlite'), shape, throttle)
      : runSocketIo(shape, throttle),
}));

export const durableBench: Bench = { name: 'durable', peer: 'socketio', works };

/** Measures over an empty store, and closes it. */
export async function measureDurable(
  bed: TestBed,
  shape: Shape,
  throttle: Throttle,
): Promise<Sample> {
  try {
    const senders = await addSenders(bed, shape);
    const urls =
      shape.nodes === undefined ? [await bed.serve()] : await bed.serveNodes(shape.nodes);
    return await load({ dialect: 'native', urls, senders, inFlight: shape.inFlight }, throttle);
  } finally {
    await bed.close();
  }
}

/** Adds the senders and their rooms to an empty store. */
export function addSenders(bed: TestBed, shape: Shape): Promise<Member[]> {
  return bed.fill((store) => addMembers(store, shape.rooms * shape.sendersPerRoom, shape.rooms));
}

function runSocketIo(shape: Shape, throttle: Throttle): Promise<Sample> {
  const file = join(import.meta.dirname, 'plain-socketio.ts');
  return withPrograms(
    [new ChildProgram<PlainRequests>({ side: 'server', file })],
    async (server) => {
      const url = await server.ask('start');
      const senders = Array.from({ length: shape.rooms * shape.sendersPerRoom }, (_, index) => ({
        token: '',
        roomId: `room-${Math.floor(index / shape.sendersPerRoom)}`,
      }));
      const { inFlight } = shape;
      return load({ dialect: 'socketio', urls: [url], senders, inFlight }, throttle);
    },
  );
}

function load(options: DurableLoad, { phaseMsMax }: Throttle): Promise<Sample> {
  return withLoad(options, async (generator) => {
    await generator.ask('measure', phaseMsMax / 3);
    const { ackedPerSecond, p99Ms } = await generator.ask('measure', phaseMsMax);
    return { values: { acked_per_s: ackedPerSecond, p99_ms: p99Ms } };
  });
}

/** Runs the load during `use`, then checks that all acknowledged messages can be read. */
export function withLoad<T>(
  options: DurableLoad,
  use: (generator: ChildProgram<LoadRequests>) => Promise<T>,
): Promise<T> {
  const file = join(import.meta.dirname, 'load.ts');
  return withPrograms(
    [new ChildProgram<LoadRequests>({ side: 'load', file })],
    async (generator) => {
      await generator.ask('begin', options);
      const measured = await use(generator);
      await generator.ask('verify');
      return measured;
    },
  );
}
