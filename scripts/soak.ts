/**
 * `npm run soak -- [--tls] [--minutes N] [--visitors N] [--steady N] [--seed S]`: connections open
 * and close with mixed traffic, 40 at a time and for 30 minutes by default, beside a thousand permanent
 * connections that send now and then. Every answer must equal what was sent; from time to time all
 * visitors leave, and the server must hold no more memory than at the start. Exits with 1
 * otherwise. Also prints the longest pause for garbage collection.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { SeededRandom } from '../packages/websocket/test/fuzz/seeded-random.ts';
import { readArguments } from './arguments.ts';
import type { Sample } from './soak/server.ts';
import { stay, visit } from './soak/visitor.ts';

/** Time between two samples. */
const ROUND_MS = 30_000;

/** Rounds before the first sample. */
const WARM_UP_ROUNDS = 4;

/** Allows for late compilation, and pools; a leak of 1 KiB per visit is far more. */
const GROWTH_BYTES_MAX = 4 * 1_048_576;

const { values } = readArguments({
  name: 'soak',
  about:
    'Opens and closes connections with mixed traffic. Fails if the memory of the server grows.',
  options: {
    minutes: { type: 'string', value: 'N', default: '30', about: 'Duration in minutes.' },
    visitors: {
      type: 'string',
      value: 'N',
      default: '40',
      about: 'Number of connections that open and close at a time.',
    },
    steady: {
      type: 'string',
      value: 'N',
      default: '1000',
      about: 'Number of permanent connections.',
    },
    tls: { type: 'boolean', default: false, about: 'Over TLS.' },
    seed: { type: 'string', value: 'S', default: '1', about: 'Random seed.' },
  },
});
const endMs = performance.now() + Number(values.minutes) * 60_000;
const totals = { visits: 0, messages: 0, bytes: 0 };
const steadyCount = Number(values.steady);

const server = fork(join(import.meta.dirname, 'soak/server.ts'), values.tls ? ['--tls'] : [], {
  execArgv: ['--expose-gc'],
});
const [{ port }] = (await once(server, 'message')) as [{ port: number }];
const url = `${values.tls ? 'wss' : 'ws'}://127.0.0.1:${port}`;
const end = new AbortController();
try {
  const steady = await openSteady();
  // Objects that permanent connections create on first use, such as inflaters, are not growth.
  for (let count = 0; count < WARM_UP_ROUNDS; count += 1) await round();
  const first = await sample();
  broadcast('warm', first);
  let last = first;
  while (performance.now() < endMs) {
    await round();
    last = await sample();
    broadcast('after', last);
  }
  end.abort();
  await Promise.all(steady);
  const faults = compare(first, last);
  for (const fault of faults) console.log(`FAILED: ${fault}`);
  if (faults.length === 0) console.log('No memory or connection was left behind.');
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  server.disconnect();
}

/** The permanent connections; each promise lasts until the end, and rejects on a wrong answer. */
async function openSteady(): Promise<Promise<void>[]> {
  const steady: Promise<void>[] = [];
  for (let index = 0; index < steadyCount; index += 1) {
    // Seeds that no visit uses.
    const random = SeededRandom.forPart(Number(values.seed), -1 - index);
    const { ended } = await stay(url, random, end.signal);
    // An error ends the run at once, instead of when all promises are awaited.
    ended.catch((error: unknown) => {
      console.error(error);
      process.exit(1);
    });
    steady.push(ended);
  }
  return steady;
}

/** All visitors connect and disconnect until the round is over. */
async function round(): Promise<void> {
  const roundEndMs = performance.now() + ROUND_MS;
  const come = async (): Promise<void> => {
    while (performance.now() < roundEndMs) {
      const index = totals.visits;
      totals.visits += 1;
      const { messages, bytes } = await visit(
        url,
        SeededRandom.forPart(Number(values.seed), index),
      );
      totals.messages += messages;
      totals.bytes += bytes;
    }
  };
  await Promise.all(Array.from({ length: Number(values.visitors) }, come));
}

async function sample(): Promise<Sample> {
  const answer = once(server, 'message');
  server.send(steadyCount);
  // The server answers each message with one message.
  const [found] = (await answer) as [Sample];
  return found;
}

function compare(first: Sample, last: Sample): string[] {
  const faults: string[] = [];
  const growth = last.heapBytes - first.heapBytes;
  const left = last.connections - steadyCount;
  if (left !== 0) faults.push(`${left} connections more than those that stay`);
  if (growth > GROWTH_BYTES_MAX) faults.push(`the heap grew by ${growth} bytes`);
  for (const name of ['descriptors', 'timers'] as const) {
    if (last[name] > first[name]) faults.push(`${name}: ${first[name]}, now ${last[name]}`);
  }
  return faults;
}

function broadcast(
  when: string,
  { heapBytes, residentBytes, descriptors, timers, pauses }: Sample,
): void {
  const megabytes = (bytes: number) => `${(bytes / 1_048_576).toFixed(1)} MiB`;
  console.log(
    `${when} ${totals.visits} visits, ${totals.messages} messages, ${megabytes(totals.bytes)}: ` +
      `heap ${megabytes(heapBytes)}, resident ${megabytes(residentBytes)}, ` +
      `${descriptors} descriptors, ${timers} timers, ` +
      `${pauses.count} collections, the longest ${pauses.longestMs.toFixed(1)} ms`,
  );
}
