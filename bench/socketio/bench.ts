/**
 * `npm run bench -- socketio`: ten thousand Socket.IO clients over WebSocket in 100
 * rooms of 100, 100 messages a second in all, each to a hundred users. Parley stores
 * every message before it is delivered, once in SQLite and once in PostgreSQL; the peer, a plain
 * Socket.IO server on `ws`, stores nothing.
 */
import { join } from 'node:path';
import { addMembers, type Member, type StoreKind, TestBed } from '../chat/test-bed.ts';
import type { Bench, Sample } from '../harness/bench.ts';
import { ChildProgram, withPrograms } from '../harness/child-program.ts';
import { findDescriptorObstacle } from '../harness/descriptors.ts';
import type { LoadRequests } from './load.ts';
import type { PlainRequests } from './plain-server.ts';
import { readProcess } from './process-reading.ts';

const CONNECTIONS = 10_000;
const ROOMS = 100;
/** Connections that are opened and closed before the memory is measured: one room. */
const FIRST_CONNECTIONS = 100;
const WARM_UP_SECONDS = 3;
const SECONDS = 15;

const RUNS: Readonly<Record<string, () => Promise<Sample>>> = {
  parley: () => runParley('sqlite'),
  'parley (postgres)': () => runParley('postgres'),
  'socketio-ws': runPlain,
};

export const socketIoBench: Bench = {
  name: 'socketio',
  peer: 'socketio-ws',
  works: [
    {
      name: '10000-connections',
      subjects: Object.keys(RUNS),
      metrics: {
        p99_ms: { unit: 'ms', ratio: 'less-is-gain' },
        lost: { unit: 'deliveries', ratio: 'share' },
        rss_bytes_per_connection: { unit: 'bytes', ratio: 'share' },
        cpu_us_per_message: { unit: 'us', ratio: 'share' },
      },
      findObstacle: () => findDescriptorObstacle(CONNECTIONS),
      run: (subject) => RUNS[subject]?.() ?? Promise.reject(new Error(`there is no '${subject}'`)),
    },
  ],
};

async function runParley(store: StoreKind): Promise<Sample> {
  const bed = await TestBed.open(store);
  try {
    const members = await bed.fill((opened) => addMembers(opened, CONNECTIONS, ROOMS));
    const url = await bed.serve();
    return await load({ url, pid: bed.pid, members });
  } finally {
    await bed.close();
  }
}

function runPlain(): Promise<Sample> {
  const file = join(import.meta.dirname, 'plain-server.ts');
  return withPrograms(
    [new ChildProgram<PlainRequests>({ side: 'server', file })],
    async (server) => {
      const members = Array.from({ length: CONNECTIONS }, (_, index) => ({
        token: 'unused',
        roomId: `room-${index % ROOMS}`,
      }));
      return load({ ...(await server.ask('start')), members });
    },
  );
}

function load(options: {
  readonly url: string;
  readonly pid: number;
  readonly members: readonly Member[];
}): Promise<Sample> {
  const { url, pid, members } = options;
  const file = join(import.meta.dirname, 'load.ts');
  return withPrograms(
    [new ChildProgram<LoadRequests>({ side: 'load', file })],
    async (generator) => {
      // Memory for the first client, such as compiled code, is not counted for any connection.
      await generator.ask('open', { urls: [url], members: members.slice(0, FIRST_CONNECTIONS) });
      await generator.ask('measure', { seconds: WARM_UP_SECONDS });
      await generator.ask('leave');
      const empty = readProcess(pid);
      await generator.ask('open', { urls: [url], members });
      await generator.ask('measure', { seconds: WARM_UP_SECONDS });
      const before = readProcess(pid);
      const { sent, lost, p99Ms } = await generator.ask('measure', { seconds: SECONDS });
      const after = readProcess(pid);
      return {
        values: {
          p99_ms: p99Ms,
          lost,
          rss_bytes_per_connection: (after.residentBytes - empty.residentBytes) / CONNECTIONS,
          cpu_us_per_message: (after.cpuMicros - before.cpuMicros) / sent,
        },
      };
    },
  );
}
