/**
 * `npm run crash -- [--fault kill|disk-full] [--rounds N] [--seed S]`: faults of the real
 * server under real traffic, judged by the checker. `npm test` does some rounds; this 100.
 *
 * - `kill` (`--store sqlite|postgres`): kills of the server, of SQLite's writing thread and
 *   of PostgreSQL, and starts from copies.
 * - `disk-full` (`--disk file-system|file-size`, else what the machine offers): the disk runs
 *   full under SQLite; room is made, and the server is killed meanwhile and started again.
 */
import type { Fault } from '../tests/checker/check.ts';
import { runCrashes } from '../tests/crash/crash-run.ts';
import { runFullDisk } from '../tests/crash/disk-run.ts';
import { diskKinds, NO_SMALL_DISK } from '../tests/support/small-disk.ts';
import { readArguments, SEED_OPTION, STORE_OPTION } from './arguments.ts';
import { stop } from './setup/say.mjs';

const { values } = readArguments({
  name: 'crash',
  about: 'Faults of the real server under real traffic, judged by the checker.',
  options: {
    fault: { type: 'string', value: 'kill|disk-full', default: 'kill', about: 'What happens.' },
    rounds: { type: 'string', value: 'N', default: '100', about: 'How often.' },
    store: { ...STORE_OPTION, about: 'With kill: what is stored in.' },
    disk: {
      type: 'string',
      value: 'file-system|file-size',
      about: 'With disk-full: what is full; else what the machine offers.',
    },
    seed: SEED_OPTION,
  },
});
const terms = {
  rounds: Number(values.rounds),
  seed: Number(values.seed ?? Date.now() % 1_000_000),
  say: console.log,
};
const FAULTS: Readonly<Record<string, () => Promise<Outcome>>> = {
  kill,
  'disk-full': fillDisk,
};

interface Outcome {
  readonly faults: readonly Fault[];
  /** What was done, in numbers. */
  readonly text: string;
}

const run = FAULTS[values.fault];
if (run === undefined) stop(`crash: There is no fault '${values.fault}'.`);
console.log(`seed ${terms.seed}`);
const beganMs = performance.now();
const { faults, text } = await run();
for (const { kind, roomId, text: found } of faults) console.log(`${kind} in ${roomId}: ${found}`);
const seconds = Math.round((performance.now() - beganMs) / 1000);
console.log(
  `${terms.rounds} rounds ${text}, ${faults.length} faults, in ${seconds} s, seed ${terms.seed}`,
);
process.exit(faults.length === 0 ? 0 : 1);

async function kill(): Promise<Outcome> {
  const { store } = values;
  if (store !== 'sqlite' && store !== 'postgres') stop(`crash: There is no store '${store}'.`);
  const report = await runCrashes({ ...terms, store });
  const text =
    `on ${store}: ${report.kills} kills, ${report.writerDeaths} deaths of the writer, ` +
    `${report.restores} restored copies, ${report.acknowledged} acknowledgements`;
  return { faults: report.faults, text };
}

async function fillDisk(): Promise<Outcome> {
  const kinds = diskKinds();
  const disk = kinds.find((kind) => kind === (values.disk ?? kinds[0]));
  if (disk === undefined) stop(`crash: There is no such disk: this ${NO_SMALL_DISK}`);
  const report = await runFullDisk({ ...terms, disk });
  const text =
    `on a full disk (${disk}): ${report.rejections} refusals, ${report.rejectedStarts} refused starts, ` +
    `${report.acknowledged} acknowledgements`;
  return { faults: report.faults, text };
}
