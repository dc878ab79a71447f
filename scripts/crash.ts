/**
 * `npm run crash -- [--rounds N] [--seed S]`: kills of the real server under real
 * traffic, judged by the checker. `npm test` does ten rounds; this does 100.
 */
import { parseArgs } from 'node:util';
import { temporaryDirectory } from '../packages/server/test/support/temporary-directory.ts';
import { runCrashes } from '../tests/crash/crash-run.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const seed = Number(values.seed);
console.log(`seed ${seed}`);
const report = await runCrashes({
  rounds: Number(values.rounds),
  seed,
  dataDirectory: temporaryDirectory(),
  say: console.log,
});
for (const { kind, roomId, text } of report.faults) console.log(`${kind} in ${roomId}: ${text}`);
const { kills, acknowledged, faults } = report;
console.log(
  `${kills} kills, ${acknowledged} acknowledgements, ${faults.length} faults, seed ${seed}`,
);
process.exit(faults.length === 0 ? 0 : 1);
