/** Samples the resources that a server can run out of, when called, and reports their pressure. */
import type { PressureLimits } from '../options/pressure-limits.ts';
import { isWithin, type PressureLevels, RESOURCES, type ResourceType } from './overload-table.ts';
import {
  addValue,
  EMPTY_GAUGE,
  type Gauge,
  highestLevel,
  PRESSURE_LEVELS,
  type PressureLevel,
} from './resource-pressure.ts';

export type ResourceReaders = Readonly<Record<ResourceType, () => number>>;

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

// The keys of the table are exactly the types.
const TYPES = Object.keys(RESOURCES) as readonly ResourceType[];

const EMPTY_GAUGES = new Map(TYPES.map((type) => [type, EMPTY_GAUGE]));

export class ResourceMonitor {
  readonly #readers: ResourceReaders;
  readonly #limits: PressureLimits;
  readonly #sink: MonitorSink;
  #gauges: ReadonlyMap<ResourceType, Gauge> = EMPTY_GAUGES;
  #levels: PressureLevels = { time: 'NORMAL', load: 'NORMAL', all: 'NORMAL' };

  constructor(readers: ResourceReaders, limits: PressureLimits, sink: MonitorSink) {
    this.#readers = readers;
    this.#limits = limits;
    this.#sink = sink;
  }

  /** Of the last sample: each handshake reads them several times. */
  get levels(): PressureLevels {
    return this.#levels;
  }

  get level(): PressureLevel {
    return this.#levels.all;
  }

  get state(): PressureState {
    const resources = [...this.#gauges].map(([type, { calmSinceMs: _, ...values }]) => ({
      type,
      threshold: this.#limits[RESOURCES[type].threshold],
      ...values,
    }));
    const pressure = Math.max(0, ...resources.map((each) => each.pressure));
    return { level: this.level, pressure, resources };
  }

  sample(nowMs: number): void {
    this.#gauges = new Map(TYPES.map((type) => [type, this.#sampleOne(type, nowMs)]));
    this.#updateLevels();
  }

  reset(): void {
    this.#gauges = EMPTY_GAUGES;
    this.#updateLevels();
  }

  #updateLevels(): void {
    const previous = this.level;
    const levelOf = (scope: keyof PressureLevels) => {
      const selected = [...this.#gauges].filter(([type]) => isWithin(scope, type));
      return highestLevel(selected.map(([, { level }]) => level));
    };
    this.#levels = { time: levelOf('time'), load: levelOf('load'), all: levelOf('all') };
    if (this.level === previous) return;
    const { pressure, resources } = this.state;
    const cause = resources.find((each) => each.pressure === pressure)?.type;
    this.#sink.handleChange({ level: this.level, previous, pressure, cause });
  }

  #sampleOne(type: ResourceType, nowMs: number): Gauge {
    const before = this.#gauges.get(type) ?? EMPTY_GAUGE;
    const row = RESOURCES[type];
    const threshold = this.#limits[row.threshold];
    const current = this.#readOrSkip(type);
    // Measured only. The check may have been turned off while it ran: no level may remain.
    if (threshold === 0) {
      const value = current ?? before.current;
      return { ...EMPTY_GAUGE, current: value, peak: Math.max(before.peak, value) };
    }
    if (current === undefined) return before;
    const gauge = addValue(before, current, { ...row, threshold }, nowMs);
    if (PRESSURE_LEVELS.indexOf(gauge.level) > PRESSURE_LEVELS.indexOf(before.level)) {
      const severity = gauge.level === 'CRITICAL' ? 'CRITICAL' : 'WARNING';
      this.#sink.handleWarning({ type, current, threshold, severity });
    }
    return gauge;
  }

  /** Values are read from files, and there may be no file descriptor left. */
  #readOrSkip(type: ResourceType): number | undefined {
    try {
      return this.#readers[type]();
    } catch {
      return undefined;
    }
  }
}
