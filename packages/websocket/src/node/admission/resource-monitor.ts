/**
 * Monitors the resources that a server can run out of, and reports their pressure.
 *
 * It samples the given resources when it is called; a sample reads each resource once.
 */
import {
  isWithin,
  type PressureLevels,
  type ResourceRow,
  type ResourceType,
} from './overload-table.ts';
import {
  highestLevel,
  PRESSURE_LEVELS,
  type PressureLevel,
  ResourcePressure,
} from './resource-pressure.ts';

export interface ResourceSource extends Pick<ResourceRow, 'sustained' | 'warningShare'> {
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

export interface ResourceState {
  readonly type: ResourceType;
  readonly level: PressureLevel;
  readonly pressure: number;
  readonly threshold: number;
  readonly current: number;
  readonly peak: number;
  /** Up to ten values, oldest first. */
  readonly recent: readonly number[];
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
  gauge: ResourcePressure;
}

export class ResourceMonitor {
  readonly #sink: MonitorSink;
  readonly #monitored: readonly MonitoredResource[];
  #levels: PressureLevels = { time: 'NORMAL', load: 'NORMAL', all: 'NORMAL' };

  constructor(sources: readonly ResourceSource[], sink: MonitorSink) {
    this.#sink = sink;
    this.#monitored = sources.map((source) => ({ source, gauge: newGauge(source) }));
  }

  /** Of the last sample: each handshake reads them several times. */
  get levels(): PressureLevels {
    return this.#levels;
  }

  get level(): PressureLevel {
    return this.#levels.all;
  }

  get state(): PressureState {
    const resources = this.#monitored.map(({ source, gauge }) => ({
      type: source.type,
      level: gauge.level,
      pressure: gauge.pressure,
      threshold: source.threshold(),
      current: gauge.current,
      peak: gauge.peak,
      recent: gauge.recent,
    }));
    const pressure = Math.max(0, ...resources.map((each) => each.pressure));
    return { level: this.level, pressure, resources };
  }

  sample(nowMs: number): void {
    for (const monitored of this.#monitored) this.#sampleOne(monitored, nowMs);
    this.#follow();
  }

  /** Forgets all values: monitoring is off from now on. */
  reset(): void {
    for (const monitored of this.#monitored) monitored.gauge = newGauge(monitored.source);
    this.#follow();
  }

  #follow(): void {
    const previous = this.level;
    this.#levels = {
      time: this.#levelWhere((type) => isWithin('time', type)),
      load: this.#levelWhere((type) => isWithin('load', type)),
      all: this.#levelWhere(() => true),
    };
    if (this.level === previous) return;
    const top = this.#monitored.reduce((a, b) => (b.gauge.pressure > a.gauge.pressure ? b : a));
    this.#sink.handleChange({
      level: this.level,
      previous,
      pressure: top.gauge.pressure,
      cause: top.source.type,
    });
  }

  #levelWhere(isSelected: (type: ResourceType) => boolean): PressureLevel {
    const selected = this.#monitored.filter(({ source }) => isSelected(source.type));
    return highestLevel(selected.map(({ gauge }) => gauge.level));
  }

  #sampleOne(monitored: MonitoredResource, nowMs: number): void {
    const { source } = monitored;
    const threshold = source.threshold();
    if (threshold === 0) {
      // Monitoring was turned off while it ran: nothing of it may remain.
      if (monitored.gauge.level !== 'NORMAL') monitored.gauge = newGauge(source);
      return;
    }
    const value = readOrSkip(source);
    if (value === undefined) return;
    const before = PRESSURE_LEVELS.indexOf(monitored.gauge.level);
    monitored.gauge.add(value, threshold, nowMs);
    const { level, current } = monitored.gauge;
    if (PRESSURE_LEVELS.indexOf(level) <= before) return;
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

function newGauge({ sustained, warningShare }: ResourceSource): ResourcePressure {
  return new ResourcePressure(sustained, warningShare);
}
