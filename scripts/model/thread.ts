/** A thread of `npm run model`: takes one seed after another from those of all threads. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadServer } from '../../tests/model/sources.ts';
import { runHistory, type ThreadInput } from './history.ts';

const { first, count, taken, options } = workerData as ThreadInput;
const server = await loadServer();
for (let index = next(); index < count; index = next()) {
  parentPort?.postMessage(await runHistory(server, first + index, options));
}

function next(): number {
  return Atomics.add(taken, 0, 1);
}
