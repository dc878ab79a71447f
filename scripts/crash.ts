/**
 * `npm run crash -- [--fault kill|disk-full|cluster] [--rounds N] [--seed S]`: injects faults into the real
 * server under real traffic, judged by the checker. `npm test` runs some rounds; this runs 100.
 *
 * - `kill` (`--store sqlite|postgres`): kills the server, SQLite's writer thread and
 *   PostgreSQL, and starts from copies.
 * - `disk-full` (`--disk file-system|file-size`, default: what the machine supports): the disk
 *   fills up under SQLite; space is freed, and the server is killed meanwhile and restarted.
 * - `cluster` (`--minutes N`, `--cassandra`): kills, stops and disconnects three nodes, PostgreSQL and
 *   Redis, perhaps Cassandra, and promotes the standby of PostgreSQL, while members are removed, rooms are
 *   archived, restored and deleted, and an account is disabled.
 */
import type { Fault } from '../tests/checker/check.ts';
import { runFaults } from '../tests/cluster/faults-run.ts';
import { runCrashes } from '../tests/crash/crash-run.ts';
import { runFullDisk } from '../tests/crash/disk-run.ts';
import { diskKinds, NO_SMALL_DISK } from '../tests/support/small-disk.ts';
import { readArguments, SEED_OPTION, STORE_OPTION } from './arguments.ts';
import { findOrInstallRedis } from './setup/redis.ts';
import { stop } from './setup/say.mjs';

const { values } = readArguments({
  name: 'crash',
  about: 'Injects faults into the real server under real traffic; the checker judges the result.',
  options: {
    fault: {
      type: 'string',
      value: 'kill|disk-full|cluster',
      default: 'kill',
      about: 'Fault to inject.',
    },
    minutes: {
      type: 'string',
      value: 'N',
      default: '10',
      about: 'With cluster: no round begins after this time.',
    },
    cassandra: {
      type: 'boolean',
      default: false,
      about: 'With cluster: messages are in Cassandra, which fails too.',
    },
    rounds: { type: 'string', value: 'N', default: '100', about: 'Number of rounds.' },
    store: { ...STORE_OPTION, about: 'With kill: store of the server.' },
    disk: {
      type: 'string',
      value: 'file-system|file-size',
      about: 'With disk-full: limit to use (default: what the machine supports).',
    },
    seed: SEED_OPTION,
  },
});
const runOptions = {
  rounds: Number(values.rounds),
  seed: Number(values.seed ?? Date.now() % 1_000_000),
  say: console.log,
};
const FAULTS: Readonly<Record<string, () => Promise<Outcome>>> = {
  kill,
  'disk-full': fillDisk,
  cluster: breakCluster,
};

interface Outcome {
  readonly faults: readonly Fault[];
  /** The figures of the run. */
  readonly text: string;
  /** If it is not the number that was asked for. */
  readonly rounds?: number;
}

const run = FAULTS[values.fault];
if (run === undefined) stop(`crash: Unknown fault '${values.fault}'.`);
console.log(`seed ${runOptions.seed}`);
const beganMs = performance.now();
const { faults, text, rounds = runOptions.rounds } = await run();
for (const { kind, roomId, text: found } of faults) console.log(`${kind} in ${roomId}: ${found}`);
const seconds = Math.round((performance.now() - beganMs) / 1000);
console.log(
  `${rounds} rounds ${text}, ${faults.length} faults, in ${seconds} s, seed ${runOptions.seed}`,
);
process.exit(faults.length === 0 ? 0 : 1);

async function kill(): Promise<Outcome> {
  const { store } = values;
  if (store !== 'sqlite' && store !== 'postgres') stop(`crash: Unknown store '${store}'.`);
  const report = await runCrashes({ ...runOptions, store });
  const text =
    `on ${store}: ${report.kills} kills, ${report.writerDeaths} deaths of the writer, ` +
    `${report.restores} restored copies, ${report.acknowledged} acknowledgements`;
  return { faults: report.faults, text };
}

async function breakCluster(): Promise<Outcome> {
  const redis = await findOrInstallRedis();
  if (redis.kind !== 'found') stop(`crash: ${redis.reason}`);
  process.env['PARLEY_TEST_REDIS'] = redis.path;
  const durationMs = Number(values.minutes) * 60_000;
  const withCassandra = values.cassandra;
  const options = { ...runOptions, durationMs, withCassandra };
  const { faults, rounds, injected, acknowledged, acts } = await runFaults(options);
  const text = `of a cluster: ${injected} faults injected, ${acts} acts on rooms and accounts, ${acknowledged} acknowledgements`;
  return { faults, text, rounds };
}

async function fillDisk(): Promise<Outcome> {
  const kinds = diskKinds();
  const disk = kinds.find((kind) => kind === (values.disk ?? kinds[0]));
  if (disk === undefined) stop(`crash: Disk not available: this ${NO_SMALL_DISK}`);
  const report = await runFullDisk({ ...runOptions, disk });
  const text =
    `on a full disk (${disk}): ${report.rejections} rejections, ${report.rejectedStarts} rejected starts, ` +
    `${report.acknowledged} acknowledgements`;
  return { faults: report.faults, text };
}
