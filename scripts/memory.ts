/**
 * `npm run memory -- [--minutes N] [--from M] [--rate R] [--store sqlite|postgres] [--seed S]`:
 * measures the memory of a server under steady traffic. Users write, edit, react, load history,
 * lag, disconnect and reconnect; every minute the server collects garbage and reports its memory.
 * Exits with 1 if its resident memory has grown by 2 % or more from minute M
 * (10) to minute N (60), or if a client saw a gap.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PostgresServer } from '../packages/server/test/support/postgres-server.ts';
import { temporaryDirectory } from '../packages/server/test/support/temporary-directory.ts';
import { findFreePort } from '../tests/support/parley-process.ts';
import { readArguments, SEED_OPTION, STORE_OPTION } from './arguments.ts';
import { MemoryLoad } from './memory/memory-load.ts';
import type { MemorySample } from './memory/probe.ts';
import { stop } from './setup/say.mjs';

const GROWTH_MAX = 0.02;
const MINUTE_MS = 60_000;

const { values } = readArguments({
  name: 'memory',
  about:
    'Measures the memory of a server under steady traffic. Fails if it grows, or if a client sees a gap.',
  options: {
    minutes: { type: 'string', value: 'N', default: '60', about: 'Duration in minutes.' },
    from: { type: 'string', value: 'M', default: '10', about: 'First minute of the comparison.' },
    rate: { type: 'string', value: 'R', default: '200', about: 'Commands per second.' },
    store: STORE_OPTION,
    seed: SEED_OPTION,
  },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const minutes = Number(values.minutes);
const from = Number(values.from);
if (!(from >= 1 && from < minutes))
  stop('memory: --from must be at least 1 and less than --minutes.');

const postgres = values.store === 'postgres' ? await PostgresServer.start() : undefined;
const directory = temporaryDirectory();
const server = fork(join(import.meta.dirname, '../packages/server/bin/parley.mjs'), ['start'], {
  cwd: directory,
  // Inherited by the database threads.
  execArgv: [
    '--expose-gc',
    '--import',
    pathToFileURL(join(import.meta.dirname, 'memory/probe.ts')).href,
  ],
  env: {
    PATH: process.env['PATH'],
    PORT: await findFreePort(),
    DATA_DIR: directory,
    MESSAGE_RATE_MAX: '0',
    LOG_LEVEL: 'error',
    ...(postgres === undefined ? {} : { DATABASE_URL: postgres.url }),
  },
  stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
});
process.once('exit', () => server.kill('SIGKILL'));
const url = await readUrl();
const load = await MemoryLoad.open({ url, seed, perSecond: Number(values.rate) });
console.log(`seed ${seed}, ${values.rate} commands per second on ${values.store}`);

const beganMs = performance.now();
const resident = new Map<number, number>();
for (let minute = 1; minute <= minutes; minute += 1) {
  await load.live(beganMs + minute * MINUTE_MS - performance.now());
  const sample = await collect();
  resident.set(minute, sample.residentBytes);
  printSample(minute, sample);
}
load.close();
const growth = (resident.get(minutes) ?? 0) / (resident.get(from) ?? 1) - 1;
const hasGrown = growth >= GROWTH_MAX;
console.log(
  `${hasGrown ? 'FAILED: ' : ''}resident memory from minute ${from} to ${minutes}: ` +
    `${(growth * 100).toFixed(2)} % (less than ${GROWTH_MAX * 100} %), ${load.gaps} gaps, seed ${seed}`,
);
server.kill('SIGTERM');
await once(server, 'exit');
await postgres?.remove();
process.exit(hasGrown || load.gaps > 0 ? 1 : 0);

async function readUrl(): Promise<string> {
  let said = '';
  for await (const chunk of server.stderr ?? []) {
    said += String(chunk);
    const ready = /is ready: (http:\/\/\S+)/.exec(said)?.[1];
    if (ready !== undefined) return ready;
  }
  throw new Error(`The server ended before it was ready:\n${said}`);
}

async function collect(): Promise<MemorySample> {
  const answer = once(server, 'message');
  server.send('collect');
  // The probe answers each message with one message.
  const [sample] = (await answer) as [MemorySample];
  return sample;
}

function printSample(
  minute: number,
  { residentBytes, heapBytes, externalBytes }: MemorySample,
): void {
  const megabytes = (bytes: number) => (bytes / 1_048_576).toFixed(1);
  const { sent, acknowledged, received, connections, rejections } = load;
  console.log(
    `minute ${minute}: resident ${megabytes(residentBytes)} MiB, heap ${megabytes(heapBytes)}, ` +
      `external ${megabytes(externalBytes)}; ${sent} sent, ${acknowledged} acknowledged, ` +
      `${received} received, ${connections} connections made, ${rejections} rejected`,
  );
}
