/** The results of a run, as data for machines and as tables for readers. */
import type { Metric, Target } from './bench.ts';
import { type Fault, type Measured, percent } from './measure.ts';
import { median } from './statistics.ts';

export interface Report {
  readonly bench: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly results: readonly Result[];
  readonly ratios: readonly Ratio[];
  /** Failed measurements, with the reason. */
  readonly faults: readonly Fault[];
}

interface Result {
  readonly work: string;
  readonly subject: string;
  readonly metric: string;
  readonly unit: string;
  /** The median of the runs. */
  readonly value: number;
  readonly runs: readonly number[];
  /** The side that was busy all the time, by the median shares of a core. */
  readonly saturated?: string;
}

interface Ratio {
  readonly work: string;
  readonly metric: string;
  readonly subject: string;
  readonly peer: string;
  /** `gain`: above 1 the subject is better. `share`: its consumption divided by the peer's. */
  readonly kind: 'gain' | 'share';
  readonly ratio: number;
  /** The target, if there is one; an upper limit for a `share`. */
  readonly atLeast?: number;
  readonly goal?: number;
}

/** From this share on, a core counts as busy all the time. */
const SATURATED_SHARE_MIN = 0.9;

export function makeReport(
  bench: { readonly name: string; readonly peer: string },
  environment: Report['environment'],
  found: { readonly measured: readonly Measured[]; readonly faults: readonly Fault[] },
): Report {
  const results = found.measured.flatMap(resultsOf);
  const works = new Map(found.measured.map(({ work }) => [work.name, work]));
  const ratios = results.flatMap((result): Ratio[] => {
    const { work, metric, subject } = result;
    const base = results.find(
      (each) => each.work === work && each.metric === metric && each.subject === bench.peer,
    );
    const meaning = works.get(work)?.metrics[metric];
    if (base === undefined || base === result || meaning === undefined) return [];
    const kind = meaning.ratio === 'share' ? 'share' : 'gain';
    const ratio = ratioOf(meaning, result, base);
    const target = targetOf(works.get(work)?.target, result);
    return [{ work, metric, subject, peer: bench.peer, kind, ratio, ...target }];
  });
  return { bench: bench.name, environment, results, ratios, faults: found.faults };
}

function resultsOf({ work, samples }: Measured): Result[] {
  return [...samples].flatMap(([subject, runs]) =>
    Object.entries(work.metrics).flatMap(([metric, { unit }]): Result[] => {
      const values = runs.map((run) => run.values[metric]).filter((value) => value !== undefined);
      if (values.length === 0) return [];
      const loads = runs.flatMap(({ load }) => (load === undefined ? [] : [load]));
      const side = loads.length === 0 ? {} : { saturated: saturatedSide(loads) };
      const value = median(values);
      return [{ work: work.name, subject, metric, unit, value, runs: values, ...side }];
    }),
  );
}

/** The median of the ratios in each round; of the values, if one side lacks a round. */
function ratioOf({ ratio }: Metric, subject: Result, peer: Result): number {
  const isPaired = subject.runs.length === peer.runs.length;
  const [own, others] = isPaired ? [subject.runs, peer.runs] : [[subject.value], [peer.value]];
  return median(
    own.map((value, round) => {
      const other = others[round] ?? Number.NaN;
      if (value === other) return 1; // Both may be 0, as for lost messages.
      return ratio === 'less-is-gain' ? other / value : value / other;
    }),
  );
}

function targetOf(
  target: Target | undefined,
  { subject, metric }: Result,
): Pick<Ratio, 'atLeast' | 'goal'> {
  if (target?.subject !== subject || target.metric !== metric) return {};
  return { atLeast: target.atLeast, goal: target.goal };
}

function saturatedSide(
  loads: readonly { readonly server: number; readonly generator: number }[],
): string {
  const server = median(loads.map((load) => load.server));
  const generator = median(loads.map((load) => load.generator));
  const shares = `server ${percent(server)}, generator ${percent(generator)}`;
  if (server >= SATURATED_SHARE_MIN) return `server (${shares})`;
  return generator >= SATURATED_SHARE_MIN ? `generator (${shares})` : `neither (${shares})`;
}

/** The targets, and a row for each result, as Markdown. */
export function formatReport({ bench, environment, results, ratios, faults }: Report): string {
  const lines = [`# ${bench}`, ''];
  for (const [name, value] of Object.entries(environment)) lines.push(`- ${name}: ${value}`);
  lines.push(...targetTable(ratios), ...resultTable(results, ratios));
  if (faults.length > 0) lines.push('', '## Not measured', '');
  for (const { work, subject, reason } of faults) {
    lines.push(`- ${work}${subject === undefined ? '' : `, ${subject}`}: ${reason}`);
  }
  return `${lines.join('\n')}\n`;
}

/** The targets and the measured ratios. */
function targetTable(ratios: readonly Ratio[]): readonly string[] {
  const rows = ratios.flatMap(({ work, metric, subject, kind, ratio, atLeast, goal }) => {
    if (atLeast === undefined || goal === undefined) return [];
    const reaches = (wanted: number) => (kind === 'share' ? ratio <= wanted : ratio >= wanted);
    const verdict = reaches(goal) ? 'goal' : reaches(atLeast) ? 'yes' : 'no';
    return [[work, metric, subject, ratio.toFixed(2), atLeast, goal, verdict]];
  });
  return table(['work', 'metric', 'subject', 'ratio', 'at least', 'goal', 'reached'], rows);
}

function resultTable(results: readonly Result[], ratios: readonly Ratio[]): readonly string[] {
  const rows = results.map(({ work, subject, metric, value, unit, saturated = '-' }) => {
    const ratio = ratios.find(
      (each) => each.work === work && each.subject === subject && each.metric === metric,
    );
    const toPeer = ratio === undefined ? '-' : ratio.ratio.toFixed(2);
    return [work, subject, metric, formatNumber(value), unit, toPeer, saturated];
  });
  return table(['work', 'subject', 'metric', 'value', 'unit', 'ratio', 'saturated'], rows);
}

function table(
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): readonly string[] {
  if (rows.length === 0) return [];
  return ['', ...[header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`)];
}

function formatNumber(value: number): string {
  return value >= 1_000 ? String(Math.round(value)) : value.toPrecision(3);
}
