/**
 * `npm run bench -- durable`: acknowledged messages per second, each on disk before
 * it is acknowledged and delivered; compared with a plain Socket.IO server that stores
 * nothing. Limits on the number of messages are off (`MESSAGE_RATE_MAX=0`).
 */
import { join } from 'node:path';
import { addPeople, addRoom, TestBed } from '../chat/test-bed.ts';
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
    const senders = await bed.fill(async (store) => {
      const people = await addPeople(store, shape.rooms * shape.sendersPerRoom);
      const rooms = Array.from({ length: shape.rooms }, (_, room) =>
        people.slice(room * shape.sendersPerRoom, (room + 1) * shape.sendersPerRoom),
      );
      const placed = await Promise.all(
        rooms.map(async (members, room) => {
          const roomId = await addRoom(store, `room-${room}`, members);
          return members.map(({ token }) => ({ token, roomId: roomId as string }));
        }),
      );
      return placed.flat();
    });
    const urls =
      shape.nodes === undefined ? [await bed.serve()] : await bed.serveNodes(shape.nodes);
    return await load({ dialect: 'native', urls, senders, inFlight: shape.inFlight }, throttle);
  } finally {
    await bed.close();
  }
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
  const file = join(import.meta.dirname, 'load.ts');
  return withPrograms(
    [new ChildProgram<LoadRequests>({ side: 'load', file })],
    async (generator) => {
      await generator.ask('begin', options);
      await generator.ask('measure', phaseMsMax / 3);
      const { acknowledged, seconds, p99Ms } = await generator.ask('measure', phaseMsMax);
      if (acknowledged === 0) throw new Error('nothing was acknowledged');
      await generator.ask('verify');
      return {
        values: { acked_per_s: acknowledged / seconds, p99_ms: p99Ms },
      };
    },
  );
}
