/** The text that Prometheus scrapes, of `Content-Type: text/plain; version=0.0.4`. */
import type { MetricSample } from './metric-table.ts';
import type { MetricFamily } from './server-metrics.ts';

/** The text of the families that `server.metrics.collect()` returns. */
export function formatPrometheus(families: readonly MetricFamily[]): string {
  return families.map(formatFamily).join('');
}

function formatFamily({ name, kind, help, samples, histogram }: MetricFamily): string {
  const lines = samples.map(({ labels, value }) => `${name}${formatLabels(labels)} ${value}`);
  for (const { bound, count } of histogram?.buckets ?? []) {
    const le = Number.isFinite(bound) ? String(bound) : '+Inf';
    lines.push(`${name}_bucket${formatLabels({ le })} ${count}`);
  }
  if (histogram) lines.push(`${name}_sum ${histogram.sum}`, `${name}_count ${histogram.count}`);
  const head = [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${kind}`];
  return [...head, ...lines, ''].join('\n');
}

function formatLabels(labels: MetricSample['labels']): string {
  const pairs = Object.entries(labels).map(
    ([label, value]) => `${label}="${escapeHelp(value).replaceAll('"', '\\"')}"`,
  );
  return pairs.length > 0 ? `{${pairs.join()}}` : '';
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
