/**
 * `npm run model -- [--histories N] [--seed S]`: random histories of users, their
 * connections, crashes, a failing store and, for odd seeds, a second node behind a failing
 * bus, against the real domain, each with its own seed, judged by the checker. A failing seed is printed; `--histories 1 --seed S`
 * repeats it, and writes its history to a file.
 */
import { writeFileSync } from 'node:fs';
import { Simulation } from '../tests/model/simulation.ts';
import { loadServer } from '../tests/model/sources.ts';
import { readArguments } from './arguments.ts';

const FAILURES_MAX = 10;
const HISTORY_FILE = 'model-history.log';

const { values } = readArguments({
  name: 'model',
  about:
    'Runs random histories of users, crashes, a failing store and a failing bus against the real domain, each with its own seed.',
  options: {
    histories: {
      type: 'string',
      value: 'N',
      default: '10000',
      about: 'Number of histories; a single failing history is written to a file.',
    },
    seed: {
      type: 'string',
      value: 'S',
      about: 'Seed of the first history; chosen and printed if absent.',
    },
  },
});
const first = Number(values.seed ?? Date.now() % 1_000_000);
const count = Number(values.histories);
const server = await loadServer();
const totals = { acknowledged: 0, restarts: 0, failed: 0 };
console.log(`${count} histories from seed ${first}`);
const beganMs = performance.now();
for (let seed = first; seed < first + count && totals.failed < FAILURES_MAX; seed += 1) {
  const simulation = new Simulation(server, seed);
  const faults = await runOne(simulation);
  if (faults.length === 0) continue;
  totals.failed += 1;
  console.log(`seed ${seed}:`);
  for (const fault of faults) console.log(`  ${fault}`);
  if (count === 1) {
    const lines = simulation.history.map((entry) => `${JSON.stringify(entry)}\n`);
    writeFileSync(HISTORY_FILE, lines.join(''));
    console.log(`history written to ${HISTORY_FILE}`);
  }
}
const { acknowledged, restarts, failed } = totals;
const seconds = Math.round((performance.now() - beganMs) / 1000);
console.log(
  `${count} histories in ${seconds} s: ${acknowledged} acknowledgements, ${restarts} restarts, ` +
    `${failed} histories failed, from seed ${first}`,
);
process.exit(failed === 0 ? 0 : 1);

async function runOne(simulation: Simulation): Promise<string[]> {
  try {
    const report = await simulation.run();
    totals.acknowledged += report.acknowledged;
    totals.restarts += report.restarts;
    return report.faults.map(({ kind, roomId, text }) => `${kind} in ${roomId}: ${text}`);
  } catch (error) {
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  }
}
