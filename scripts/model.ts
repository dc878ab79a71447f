/**
 * `npm run model -- [--histories N] [--seed S] [--nodes N] [--no-owners]`: random histories of users, their
 * connections, and one to four nodes that crash, stop, are drained, and lose the bus or the store,
 * against the real domain, each with its own seed, on all processors, judged by the checker. A failing
 * seed is printed; `--histories 1 --seed S` repeats it, and writes its steps to a file.
 */
import { writeFileSync } from 'node:fs';
import { loadServer } from '../tests/model/sources.ts';
import { readArguments } from './arguments.ts';
import { type HistoryResult, runHistory, runOnThreads } from './model/history.ts';

const FAILURES_MAX = 10;
const FAULTS_SHOWN_MAX = 3;
const STEPS_FILE = 'model-steps.log';
const NODES_MAX = 4;

const { values } = readArguments({
  name: 'model',
  about:
    'Runs random histories of users and of one to four nodes that crash, stop, are drained, and lose the bus or the store, against the real domain, each with its own seed.',
  options: {
    histories: {
      type: 'string',
      value: 'N',
      default: '10000',
      about: 'Number of histories; the steps of a single history are written to a file.',
    },
    seed: {
      type: 'string',
      value: 'S',
      about: 'Seed of the first history; chosen and printed if absent.',
    },
    nodes: {
      type: 'string',
      value: 'N',
      about: `Number of nodes in each history, from 1 to ${NODES_MAX}; chosen by the seed if absent.`,
    },
    'no-owners': {
      type: 'boolean',
      about: 'Nodes do not hand messages over to the owner of their room, as with SQL stores.',
    },
  },
});
const first = Number(values.seed ?? Date.now() % 1_000_000);
const count = Number(values.histories);
const nodeCount = readNodeCount(values.nodes);
const steps: string[] = [];
const options = {
  ...(nodeCount === undefined ? {} : { nodeCount }),
  ...(values['no-owners'] === true ? { doNodesCollide: false } : {}),
};
const totals = { acknowledged: 0, restarts: 0, failed: 0 };
console.log(`${count} histories from seed ${first}`);
const beganMs = performance.now();
if (count === 1) {
  const onStep = (text: string) => void steps.push(`${text}\n`);
  handle(await runHistory(await loadServer(), first, { ...options, onStep }));
  writeFileSync(STEPS_FILE, steps.join(''));
  console.log(`${steps.length} steps written to ${STEPS_FILE}`);
} else {
  await runOnThreads({ first, count, options }, handle);
}
const { acknowledged, restarts, failed } = totals;
const seconds = Math.round((performance.now() - beganMs) / 1000);
console.log(
  `${count} histories in ${seconds} s: ${acknowledged} acknowledgements, ${restarts} restarts, ` +
    `${failed} histories failed, from seed ${first}`,
);
process.exit(failed === 0 ? 0 : 1);

function readNodeCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= NODES_MAX) return number;
  console.error(`--nodes is a number from 1 to ${NODES_MAX}, not ${text}`);
  process.exit(1);
}

/** Counts and prints a result. Returns whether there are few enough failures to go on. */
function handle(result: HistoryResult): boolean {
  totals.acknowledged += result.acknowledged;
  totals.restarts += result.restarts;
  if (result.faults.length > 0) {
    totals.failed += 1;
    console.log(`seed ${result.seed}:`);
    for (const fault of result.faults.slice(0, FAULTS_SHOWN_MAX)) console.log(`  ${fault}`);
  }
  return totals.failed < FAILURES_MAX;
}
