/**
 * Monitors the resources that a server can run out of, and reports their pressure.
 *
 * It samples the given resources when it is called; a sample reads each resource once.
 */
import { isWithin, type PressureLevels, type ResourceType } from './overload-table.ts';
import {
  addValue,
  EMPTY_GAUGE,
  type Gauge,
  type GaugeRules,
  highestLevel,
  PRESSURE_LEVELS,
  type PressureLevel,
} from './resource-pressure.ts';

export interface ResourceSource extends GaugeRules {
  readonly type: ResourceType;
  read(): number;
  /** Value at which CRITICAL begins; 0 for a resource that is not monitored. */
  threshold(): number;
}

/** A resource has risen above a mark. */
export interface ResourceWarning {
  readonly type: ResourceType;
  readonly current: number;
  readonly threshold: number;
  readonly severity: 'WARNING' | 'CRITICAL';
}

/** The overall level has changed. */
export interface PressureChange {
  readonly level: PressureLevel;
  readonly previous: PressureLevel;
  /** The largest ratio of value to threshold. */
  readonly pressure: number;
  /** The resource with that ratio. */
  readonly cause: ResourceType | undefined;
}

export interface ResourceState extends Omit<Gauge, 'calmSinceMs'> {
  readonly type: ResourceType;
  readonly threshold: number;
}

export interface PressureState {
  readonly level: PressureLevel;
  readonly pressure: number;
  readonly resources: readonly ResourceState[];
}

export interface MonitorSink {
  handleWarning(warning: ResourceWarning): void;
  handleChange(change: PressureChange): void;
}

interface MonitoredResource {
  readonly source: ResourceSource;
  gauge: Gauge;
}

export class ResourceMonitor {
  readonly #sink: MonitorSink;
  readonly #monitored: readonly MonitoredResource[];
  #levels: PressureLevels = { time: 'NORMAL', load: 'NORMAL', all: 'NORMAL' };

  constructor(sources: readonly ResourceSource[], sink: MonitorSink) {
    this.#sink = sink;
    this.#monitored = sources.map((source) => ({ source, gauge: EMPTY_GAUGE }));
  }

  /** Of the last sample: each handshake reads them several times. */
  get levels(): PressureLevels {
    return this.#levels;
  }

  get level(): PressureLevel {
    return this.#levels.all;
  }

  get state(): PressureState {
    const resources = this.#monitored.map(({ source, gauge }) => {
      const { calmSinceMs: _, ...values } = gauge;
      return { type: source.type, threshold: source.threshold(), ...values };
    });
    const pressure = Math.max(0, ...resources.map((each) => each.pressure));
    return { level: this.level, pressure, resources };
  }

  sample(nowMs: number): void {
    for (const monitored of this.#monitored) this.#sampleOne(monitored, nowMs);
    this.#updateLevels();
  }

  /** Forgets all values: monitoring is off from now on. */
  reset(): void {
    for (const monitored of this.#monitored) monitored.gauge = EMPTY_GAUGE;
    this.#updateLevels();
  }

  #updateLevels(): void {
    const previous = this.level;
    const levelOf = (scope: keyof PressureLevels) => {
      const selected = this.#monitored.filter(({ source }) => isWithin(scope, source.type));
      return highestLevel(selected.map(({ gauge }) => gauge.level));
    };
    this.#levels = { time: levelOf('time'), load: levelOf('load'), all: levelOf('all') };
    if (this.level === previous) return;
    const top = this.#monitored.reduce((a, b) => (b.gauge.pressure > a.gauge.pressure ? b : a));
    const { pressure } = top.gauge;
    this.#sink.handleChange({ level: this.level, previous, pressure, cause: top.source.type });
  }

  #sampleOne(monitored: MonitoredResource, nowMs: number): void {
    const { source, gauge } = monitored;
    const threshold = source.threshold();
    if (threshold === 0) {
      // Monitoring may have been turned off while it ran: nothing of it may remain.
      monitored.gauge = EMPTY_GAUGE;
      return;
    }
    const current = readOrSkip(source);
    if (current === undefined) return;
    monitored.gauge = addValue(gauge, current, { ...source, threshold }, nowMs);
    const { level } = monitored.gauge;
    if (PRESSURE_LEVELS.indexOf(level) <= PRESSURE_LEVELS.indexOf(gauge.level)) return;
    const severity = level === 'CRITICAL' ? 'CRITICAL' : 'WARNING';
    this.#sink.handleWarning({ type: source.type, current, threshold, severity });
  }
}

/**
 * Undefined if the value is unavailable: it is read from files, and there may be no file descriptor
 * left.
 */
function readOrSkip(source: ResourceSource): number | undefined {
  try {
    return source.read();
  } catch {
    return undefined;
  }
}
