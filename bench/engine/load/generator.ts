/** The program that loads a server; one load in its life. */
import { answerRequests } from '../../harness/part.ts';
import { mean, percentile } from '../../harness/statistics.ts';
import { readUsage, type Usage } from '../../harness/usage.ts';
import { startBroadcast } from './broadcast-load.ts';
import { startEcho } from './echo-load.ts';
import { startHandshakes } from './handshake-load.ts';
import { startIdle } from './idle-load.ts';
import type { Load, LoadStart, LoadTerms } from './load.ts';
import { startQuiet } from './quiet-load.ts';

export interface LoadReading extends Usage {
  readonly count: number;
  /** Of what was answered since the last reading. */
  readonly latencyMs?: { readonly mean: number; readonly p50: number; readonly p99: number };
  readonly openingMs?: { readonly mean: number; readonly max: number };
}

export type LoadRequests = {
  begin(terms: LoadTerms): Promise<void>;
  /** From here on less is compared: the measurement begins. */
  relax(): void;
  /** Fails if anything went wrong since the start. */
  read(): LoadReading;
};

const STARTS: Readonly<Record<LoadTerms['kind'], LoadStart>> = {
  echo: startEcho,
  broadcast: startBroadcast,
  handshakes: startHandshakes,
  idle: startIdle,
  quiet: startQuiet,
};

let load: Load | undefined;
let fault: Error | undefined;

answerRequests<LoadRequests>({
  begin: async (terms) => {
    load = await STARTS[terms.kind](terms, (error) => {
      fault ??= error;
    });
  },
  relax: () => load?.relax?.(),
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
