/**
 * Measures works in rounds: in each round every subject does the work once. The order is reversed
 * from round to round, and some works let subjects take turns, so that changes on the machine affect
 * all of them alike.
 */
import type { Bench, Sample, Throttle, Work } from './bench.ts';
import { Turns } from './turns.ts';

interface MeasureOptions {
  readonly throttle: Throttle;
  readonly rounds: number;
  /** Called after each measurement. */
  readonly note: (line: string) => void;
}

export interface Measured {
  readonly work: Work;
  /** Samples by subject, in the order of the rounds. */
  readonly samples: ReadonlyMap<string, readonly Sample[]>;
}

/** An error for the report; the run continues with the remaining measurements. */
export interface Fault {
  readonly work: string;
  readonly subject?: string;
  readonly reason: string;
}

export async function measure(
  bench: Bench,
  options: MeasureOptions,
): Promise<{ readonly measured: readonly Measured[]; readonly faults: readonly Fault[] }> {
  try {
    return await measureWorks(bench, options);
  } finally {
    await bench.end?.();
  }
}

async function measureWorks(
  { works }: Bench,
  options: MeasureOptions,
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
      measured.push(await measureWork(work, options, faults));
    } finally {
      await work.end?.();
    }
  }
  return { measured, faults };
}

async function measureWork(
  work: Work,
  { throttle, rounds, note }: MeasureOptions,
  faults: Fault[],
): Promise<Measured> {
  const samples = new Map<string, Sample[]>(work.subjects.map((subject) => [subject, []]));
  for (let round = 0; round < rounds; round += 1) {
    const turns = new Turns();
    const run = async (subject: string) => {
      try {
        const sample = await work.run(subject, throttle, turns);
        samples.get(subject)?.push(sample);
        note(`${work.name}: ${subject}, round ${round + 1}: ${formatSample(sample)}`);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        faults.push({ work: work.name, subject, reason });
        note(`${work.name}: ${subject}, round ${round + 1} failed: ${reason}`);
      }
    };
    const order = round % 2 === 0 ? work.subjects : work.subjects.toReversed();
    if (work.isInTurns === true) await Promise.all(order.map(run));
    else for (const subject of order) await run(subject);
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
