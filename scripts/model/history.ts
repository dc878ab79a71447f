/** One history of `npm run model`, and the threads that run many. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Simulation, type SimulationOptions } from '../../tests/model/simulation.ts';
import type { ServerModules } from '../../tests/model/sources.ts';

export interface HistoryResult {
  readonly seed: number;
  /** Descriptions of what the checker found; none for a correct history. */
  readonly faults: readonly string[];
  readonly acknowledged: number;
  readonly restarts: number;
}

/** The input of a thread. */
export interface ThreadInput {
  readonly first: number;
  readonly count: number;
  /** One number: how many of the seeds were taken by all threads. */
  readonly taken: Int32Array;
  readonly options: SimulationOptions;
}

export async function runHistory(
  server: ServerModules,
  seed: number,
  options: SimulationOptions,
): Promise<HistoryResult> {
  try {
    const { faults, acknowledged, restarts } = await new Simulation(server, seed, options).run();
    const texts = faults.map(({ kind, roomId, text }) => `${kind} in ${roomId}: ${text}`);
    return { seed, faults: texts, acknowledged, restarts };
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { seed, faults: [text], acknowledged: 0, restarts: 0 };
  }
}

/**
 * Runs a history for each seed from `first` on, on all processors.
 *
 * @param handle Called with each result; returns whether to take further seeds.
 */
export async function runOnThreads(
  input: Pick<ThreadInput, 'first' | 'count' | 'options'>,
  handle: (result: HistoryResult) => boolean,
): Promise<void> {
  const taken = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const workerData: ThreadInput = { ...input, taken };
  const runOne = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData });
      worker.on('message', (result: HistoryResult) => {
        if (!handle(result)) Atomics.store(taken, 0, input.count);
      });
      worker.once('error', reject);
      worker.once('exit', () => resolve());
    });
  const threads = Math.min(availableParallelism(), input.count);
  await Promise.all(Array.from({ length: threads }, runOne));
}
