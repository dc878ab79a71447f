/** The program that puts load on a server; it runs a single load. */
import { answerRequests, waitForWake } from '../../harness/child-program.ts';
import { mean, percentile } from '../../harness/statistics.ts';
import { readUsage, type Usage } from '../../harness/usage.ts';
import { startBroadcast } from './broadcast-load.ts';
import { startEcho } from './echo-load.ts';
import { startHandshakes } from './handshake-load.ts';
import { startIdle } from './idle-load.ts';
import type { Load, LoadOptions, LoadStart } from './load.ts';
import { startQuiet } from './quiet-load.ts';

export interface LoadReading extends Usage {
  readonly count: number;
  /** Latencies since the last reading. */
  readonly latencyMs?: { readonly mean: number; readonly p50: number; readonly p99: number };
  readonly openingMs?: { readonly mean: number; readonly max: number };
}

export type LoadRequests = {
  begin(options: LoadOptions): Promise<void>;
  /** Starts the measurement: fewer answers are compared from now on. */
  relax(): void;
  /** Fails if anything went wrong since the start. */
  read(): LoadReading;
  /** Neither sends nor reads until it is woken; answers then. */
  sleep(): void;
};

const STARTS: Readonly<Record<LoadOptions['kind'], LoadStart>> = {
  echo: startEcho,
  broadcast: startBroadcast,
  handshakes: startHandshakes,
  idle: startIdle,
  quiet: startQuiet,
};

let load: Load | undefined;
let fault: Error | undefined;

answerRequests<LoadRequests>({
  begin: async (options) => {
    load = await STARTS[options.kind](options, (error) => {
      fault ??= error;
    });
  },
  relax: () => load?.relax?.(),
  sleep: waitForWake,
  read: () => {
    if (fault !== undefined) throw fault;
    const reading = { ...readUsage(), count: load?.count ?? 0 };
    const latencies = load?.takeLatencies?.();
    const openings = load?.openingsMs;
    return {
      ...reading,
      ...(latencies && {
        latencyMs: {
          mean: mean(latencies),
          p50: percentile(latencies, 0.5),
          p99: percentile(latencies, 0.99),
        },
      }),
      ...(openings && { openingMs: { mean: mean(openings), max: Math.max(...openings) } }),
    };
  },
});
