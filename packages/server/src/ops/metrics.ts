/**
 * The metrics of `GET /metrics`: commands, commits, connections, store, bus, the process, and those
 * of the WebSocket engines by dialect.
 */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { BusDrop } from '../ports/bus.ts';
import type { CommandMetrics, EndedCommand } from '../ports/command-metrics.ts';
import type { EventLog } from '../ports/event-log.ts';
import {
  type Distribution,
  type Family,
  type Labels,
  type Sample,
  toPrometheusText,
} from './prometheus-text.ts';

/** Values that are read at each scrape. */
export interface MetricSources {
  readonly dialectsOfConnections: () => Iterable<string>;
  readonly userCount: () => number;
  readonly isStoreUp: () => Promise<boolean>;
  /** Undefined without other nodes. */
  readonly isBusUp: () => boolean | undefined;
  /** Undefined without a measurement. */
  readonly clockAheadMs: () => number | undefined;
  readonly engines: () => readonly EngineMetrics[];
}

export interface EngineMetrics {
  readonly dialect: string;
  readonly families: readonly EngineFamily[];
}

/** As the engine collects it. */
interface EngineFamily extends Family {
  readonly samples: readonly { readonly labels: Labels; readonly value: number }[];
  readonly histogram?: Distribution;
}

/** Label of commands with another name, which may be any text. */
const UNKNOWN = 'unknown';
/** Seconds: from an answer out of memory to one that waits for a store that is down. */
const DURATION_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const SECOND_MS = 1000;
const SECOND_US = 1e6;
const SECOND_NS = 1e9;

export class Metrics implements CommandMetrics {
  readonly #commands = new Counts();
  readonly #commandDurations = new Distributions();
  readonly #commitDurations = new Distributions();
  readonly #committed = new Counts();
  readonly #droppedMessages = new Counts();
  readonly #loopDelay = monitorEventLoopDelay({ resolution: 100 });
  readonly #commandNames: () => ReadonlySet<string>;

  /** @param commandNames Returns the names of commands that may be labels. */
  constructor(commandNames: () => ReadonlySet<string>) {
    this.#commandNames = commandNames;
  }

  noteCommand({ dialect, command, outcome, durationMs }: EndedCommand): void {
    const isKnown = command !== null && (dialect === 'http' || this.#commandNames().has(command));
    const name = isKnown ? command : UNKNOWN;
    this.#commands.add({ dialect, command: name, outcome });
    this.#commandDurations.observe({ dialect, command: name }, durationMs / SECOND_MS);
  }

  noteDroppedMessage(reason: BusDrop, count = 1): void {
    this.#droppedMessages.add({ reason }, count);
  }

  /** Measures the commits of a log. */
  measure<Log extends Pick<EventLog, 'commit'>>(log: Log): Log {
    return {
      ...log,
      commit: async (...args) => {
        const beganAtMs = performance.now();
        const end = (outcome: 'ok' | 'failed'): void => {
          const durationMs = performance.now() - beganAtMs;
          this.#commitDurations.observe({ outcome }, durationMs / SECOND_MS);
        };
        try {
          const results = await log.commit(...args);
          end('ok');
          this.#committed.add({}, args[0].length);
          return results;
        } catch (error) {
          end('failed');
          throw error;
        }
      },
    };
  }

  open(): void {
    this.#loopDelay.enable();
  }

  close(): void {
    this.#loopDelay.disable();
  }

  async text(sources: MetricSources): Promise<string> {
    const isBusUp = sources.isBusUp();
    const clockAheadMs = sources.clockAheadMs();
    return toPrometheusText([
      gauge(
        'parley_connections',
        'Open connections by dialect; each stream of a shared WebSocket is one.',
        countBy('dialect', sources.dialectsOfConnections()),
      ),
      gauge('parley_users', 'Users with a connection to this process.', sources.userCount()),
      {
        name: 'parley_commands_total',
        kind: 'counter',
        help: 'Commands of clients by dialect, name and outcome: ok, or the error code.',
        samples: this.#commands.samples,
      },
      {
        name: 'parley_command_duration_seconds',
        kind: 'histogram',
        help: 'Time from the begin of a command to its answer.',
        samples: this.#commandDurations.samples,
      },
      {
        name: 'parley_commit_duration_seconds',
        kind: 'histogram',
        help: 'Time in which the store commits a batch of commands.',
        samples: this.#commitDurations.samples,
      },
      {
        name: 'parley_committed_commands_total',
        kind: 'counter',
        help: 'Commands in batches that the store has committed.',
        samples: this.#committed.samples,
      },
      gauge(
        'parley_store_up',
        '1 if the store answers a write, 0 if not.',
        Number(await sources.isStoreUp()),
      ),
      ...(isBusUp === undefined
        ? []
        : [
            gauge(
              'parley_bus_up',
              '1 if the other nodes can be reached, 0 if not.',
              Number(isBusUp),
            ),
            {
              name: 'parley_bus_dropped_messages_total',
              kind: 'counter' as const,
              help: 'Messages of the bus that were lost, by reason.',
              samples: this.#droppedMessages.samples,
            },
          ]),
      ...(clockAheadMs === undefined
        ? []
        : [
            gauge(
              'parley_clock_ahead_seconds',
              'How far the clock of this machine is ahead of the database; negative if it is behind.',
              clockAheadMs / SECOND_MS,
            ),
          ]),
      ...this.#process(),
      ...engineFamilies(sources.engines()),
    ]);
  }

  #process(): Family[] {
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    const delay = this.#loopDelay.percentile(99) / SECOND_NS;
    this.#loopDelay.reset();
    const startedAt = (performance.timeOrigin / SECOND_MS).toFixed(0);
    return [
      gauge(
        'parley_event_loop_delay_seconds',
        '99th percentile of the delay of the event loop since the last scrape.',
        delay,
      ),
      gauge('process_resident_memory_bytes', 'Memory of the process.', rss),
      gauge('nodejs_heap_size_used_bytes', 'Memory of JavaScript objects.', heapUsed),
      {
        name: 'process_cpu_seconds_total',
        kind: 'counter',
        help: 'Processor time of the process.',
        samples: [{ labels: {}, value: (user + system) / SECOND_US }],
      },
      gauge('process_start_time_seconds', 'Start of the process, Unix time.', Number(startedAt)),
    ];
  }
}

/** Counters by their labels, which have few values. */
class Counts {
  readonly #values = new Map<string, { readonly labels: Labels; value: number }>();

  get samples(): readonly Sample[] {
    return [...this.#values.values()];
  }

  add(labels: Labels, count = 1): void {
    const key = keyOf(labels);
    const counter = this.#values.get(key);
    if (counter === undefined) this.#values.set(key, { labels, value: count });
    else counter.value += count;
  }
}

/** Distributions by their labels, over the same bounds. */
class Distributions {
  readonly #values = new Map<string, { readonly labels: Labels; counts: number[]; sum: number }>();

  get samples(): readonly Sample[] {
    return [...this.#values.values()].map(({ labels, counts, sum }) => {
      let count = 0;
      const buckets = counts.map((each, index) => {
        count += each;
        return { bound: DURATION_BOUNDS[index] ?? Number.POSITIVE_INFINITY, count };
      });
      return { labels, value: { buckets, sum, count } };
    });
  }

  observe(labels: Labels, value: number): void {
    const key = keyOf(labels);
    let entry = this.#values.get(key);
    if (entry === undefined) {
      entry = { labels, counts: new Array(DURATION_BOUNDS.length + 1).fill(0), sum: 0 };
      this.#values.set(key, entry);
    }
    const found = DURATION_BOUNDS.findIndex((bound) => value <= bound);
    const index = found < 0 ? DURATION_BOUNDS.length : found;
    entry.counts[index] = (entry.counts[index] ?? 0) + 1;
    entry.sum += value;
  }
}

function keyOf(labels: Labels): string {
  let key = '';
  for (const label in labels) key += `${labels[label]}\n`;
  return key;
}

function gauge(name: string, help: string, value: number | readonly Sample[]): Family {
  const samples = typeof value === 'number' ? [{ labels: {}, value }] : value;
  return { name, kind: 'gauge', help, samples };
}

function countBy(label: string, values: Iterable<string>): readonly Sample[] {
  const counts = new Counts();
  for (const value of values) counts.add({ [label]: value });
  return counts.samples;
}

/** The families of several engines as one set, each sample with the dialect of its engine. */
function engineFamilies(engines: readonly EngineMetrics[]): Family[] {
  const merged = new Map<string, Family & { readonly samples: Sample[] }>();
  for (const { dialect, families } of engines) {
    for (const { name, kind, help, samples, histogram } of families) {
      const family = merged.get(name) ?? { name, kind, help, samples: [] };
      merged.set(name, family);
      for (const { labels, value } of samples) {
        family.samples.push({ labels: { dialect, ...labels }, value });
      }
      if (histogram !== undefined) family.samples.push({ labels: { dialect }, value: histogram });
    }
  }
  return [...merged.values()];
}
