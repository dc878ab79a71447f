/**
 * Measures works in rounds: each round lets every subject do the work once, in an
 * order that turns around from round to round, so that whatever drifts on the
 * machine hits all of them alike.
 */
import type { Bench, Sample, Throttle, Work } from './bench.ts';

export interface MeasureTerms {
  readonly throttle: Throttle;
  readonly rounds: number;
  /** Told after each measurement. */
  readonly note: (line: string) => void;
}

export interface Measured {
  readonly work: Work;
  /** By subject, in the order of the rounds. */
  readonly samples: ReadonlyMap<string, readonly Sample[]>;
}

/** An error for the report; the run continues with the remaining measurements. */
export interface Fault {
  readonly work: string;
  readonly subject?: string;
  readonly reason: string;
}

export async function measure(
  { works }: Bench,
  terms: MeasureTerms,
): Promise<{ readonly measured: readonly Measured[]; readonly faults: readonly Fault[] }> {
  const measured: Measured[] = [];
  const faults: Fault[] = [];
  for (const work of works) {
    const obstacle = work.findObstacle?.();
    if (obstacle !== undefined) {
      faults.push({ work: work.name, reason: obstacle });
      continue;
    }
    try {
      measured.push(await measureWork(work, terms, faults));
    } finally {
      await work.end?.();
    }
  }
  return { measured, faults };
}

async function measureWork(
  work: Work,
  { throttle, rounds, note }: MeasureTerms,
  faults: Fault[],
): Promise<Measured> {
  const samples = new Map<string, Sample[]>(work.subjects.map((subject) => [subject, []]));
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? work.subjects : work.subjects.toReversed();
    for (const subject of order) {
      try {
        const sample = await work.run(subject, throttle);
        samples.get(subject)?.push(sample);
        note(`${work.name}: ${subject}, round ${round + 1}: ${formatSample(sample)}`);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        faults.push({ work: work.name, subject, reason });
        note(`${work.name}: ${subject}, round ${round + 1} failed: ${reason}`);
      }
    }
  }
  return { work, samples };
}

function formatSample({ values, load }: Sample): string {
  const parts = Object.entries(values).map(
    ([metric, value]) => `${metric} ${value.toPrecision(4)}`,
  );
  if (load !== undefined) {
    const { server, generator } = load;
    parts.push(`server ${percent(server)}, generator ${percent(generator)} of a core`);
  }
  return parts.join(', ');
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
