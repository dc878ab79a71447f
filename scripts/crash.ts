/**
 * `npm run crash -- [--rounds N] [--seed S] [--store sqlite|postgres]`: kills of the
 * real server, of SQLite's writing thread and of PostgreSQL, and starts from copies,
 * under real traffic, judged by the checker. `npm test` does ten rounds; this does 100.
 */
import { parseArgs } from 'node:util';
import { runCrashes } from '../tests/crash/crash-run.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    store: { type: 'string', default: 'sqlite' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const { store } = values;
if (store !== 'sqlite' && store !== 'postgres') throw new Error(`No such store: ${store}`);
const seed = Number(values.seed);
console.log(`seed ${seed}`);
const beganMs = performance.now();
const report = await runCrashes({
  rounds: Number(values.rounds),
  seed,
  store,
  say: console.log,
});
for (const { kind, roomId, text } of report.faults) console.log(`${kind} in ${roomId}: ${text}`);
const { kills, writerDeaths, restores, acknowledged, faults } = report;
const seconds = Math.round((performance.now() - beganMs) / 1000);
console.log(
  `${values.rounds} rounds on ${store} in ${seconds} s: ${kills} kills, ${writerDeaths} deaths of the writer, ` +
    `${restores} restored copies, ${acknowledged} acknowledgements, ${faults.length} faults, seed ${seed}`,
);
process.exit(faults.length === 0 ? 0 : 1);
