/** The text that Prometheus scrapes, of `Content-Type: text/plain; version=0.0.4`. */

export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export type Labels = Readonly<Record<string, string>>;

export interface Distribution {
  /** Number of values that were at most `bound`; the last bound is Infinity. */
  readonly buckets: readonly { readonly bound: number; readonly count: number }[];
  readonly count: number;
  readonly sum: number;
}

export interface Sample {
  readonly labels: Labels;
  readonly value: number | Distribution;
}

export interface Family {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly samples: readonly Sample[];
}

export function toPrometheusText(families: readonly Family[]): string {
  return families
    .flatMap(({ name, kind, help, samples }) => [
      `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
      `# TYPE ${name} ${kind}`,
      ...samples.flatMap((sample) => linesOf(name, sample)),
      '',
    ])
    .join('\n');
}

function linesOf(name: string, { labels, value }: Sample): string[] {
  if (typeof value === 'number') return [`${name}${formatLabels(labels)} ${value}`];
  const buckets = value.buckets.map(({ bound, count }) => {
    const le = Number.isFinite(bound) ? String(bound) : '+Inf';
    return `${name}_bucket${formatLabels({ ...labels, le })} ${count}`;
  });
  const own = formatLabels(labels);
  return [...buckets, `${name}_sum${own} ${value.sum}`, `${name}_count${own} ${value.count}`];
}

function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escapeValue(value)}"`);
  return pairs.length > 0 ? `{${pairs.join()}}` : '';
}

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
