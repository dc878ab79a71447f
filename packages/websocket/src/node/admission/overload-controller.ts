/** Samples the resources of a server; by their levels, reduces services and sheds connections. */
import type { ConnectionRegistry } from '../broadcast/connection-registry.ts';
import { toDate } from '../clock.ts';
import type { CompressionService } from '../deflate/compression-service.ts';
import type { StallWatchlist } from '../liveness/stall-watchlist.ts';
import type { Instrumentation } from '../metrics/instrumentation.ts';
import type { WebSocketServerOptions } from '../options/server-options.ts';
import {
  isWithin,
  type PressureLevels,
  type QualityChange,
  RESOURCES,
  type Reduction,
  type ResourceType,
  reductionsAt,
} from './overload-table.ts';
import { LoopDelay, LoopUsage, memoryPercent } from './process-resources.ts';
import {
  addValue,
  EMPTY_GAUGE,
  type Gauge,
  highestLevel,
  PRESSURE_LEVELS,
  type PressureLevel,
} from './resource-pressure.ts';
import { chooseForShedding } from './shedding-policy.ts';

interface OverloadHost<M> {
  readonly options: WebSocketServerOptions<M>;
  readonly registry: Pick<ConnectionRegistry<M>, 'size' | 'list'>;
  readonly stallWatchlist: Pick<StallWatchlist, 'backlog'>;
  readonly instrumentation: Pick<Instrumentation, 'parseTimer'>;
  readonly deflate: Pick<CompressionService, 'isSuspended'> | undefined;
  emit(name: 'resourceWarning', warning: ResourceWarning): void;
  emit(name: 'pressure', change: PressureChange): void;
  emit(name: 'shed', report: ShedReport): void;
  emit(name: 'quality', change: QualityChange): void;
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

export interface ShedReport {
  readonly count: number;
  readonly pressure: number;
  readonly time: Date;
}

export interface SheddingTotals {
  readonly connectionsShed: number;
  readonly sheddingEvents: number;
  /** `undefined` before the first. */
  readonly lastSheddingTime: Date | undefined;
}

// The keys of the table are exactly the types.
const TYPES = Object.keys(RESOURCES) as readonly ResourceType[];

const EMPTY_GAUGES = new Map(TYPES.map((type) => [type, EMPTY_GAUGE]));

export class OverloadController<M> {
  /** Of the last sample: each handshake reads them several times. */
  levels: PressureLevels = { time: 'NORMAL', load: 'NORMAL', all: 'NORMAL' };
  reduced: readonly Reduction[] = Object.freeze([]);
  shedding: SheddingTotals = { connectionsShed: 0, sheddingEvents: 0, lastSheddingTime: undefined };
  readonly loopDelay = new LoopDelay();
  readonly #host: OverloadHost<M>;
  readonly #readers: Readonly<Record<ResourceType, () => number>>;
  #gauges: ReadonlyMap<ResourceType, Gauge> = EMPTY_GAUGES;
  #nextSampleMs = 0;

  constructor(host: OverloadHost<M>) {
    this.#host = host;
    const { options, registry, stallWatchlist, instrumentation } = host;
    const usage = new LoopUsage();
    this.#readers = {
      memory: memoryPercent,
      cpu: () => usage.readPercent(),
      loopDelay: () => this.loopDelay.readMs(),
      responseTime: () => instrumentation.parseTimer.processingTime.readRatio(),
      connections: () => (100 * registry.size) / options.maxConnections,
      bufferedBytes: () => stallWatchlist.backlog.bufferedBytes,
      blockedConnections: () => stallWatchlist.backlog.blockedConnections,
    };
    this.followOptions();
  }

  get pressure(): PressureState {
    const resources = [...this.#gauges].map(([type, { calmSinceMs: _, ...values }]) => ({
      type,
      threshold: this.#host.options[RESOURCES[type].threshold],
      ...values,
    }));
    const pressure = Math.max(0, ...resources.map((each) => each.pressure));
    return { level: this.levels.all, pressure, resources };
  }

  /** Whether nothing needs to be monitored while there are no connections. */
  get isCalm(): boolean {
    return this.#host.options.pressureInterval === 0 || this.levels.all === 'NORMAL';
  }

  followOptions(): void {
    // Without checks, the end of the overload would go unnoticed.
    if (this.#host.options.pressureInterval === 0) this.#update(EMPTY_GAUGES);
    else this.#updateReductions();
  }

  tick(nowMs: number, periodMs: number): void {
    const { pressureInterval } = this.#host.options;
    this.loopDelay.tick(nowMs, periodMs);
    if (pressureInterval === 0 || nowMs < this.#nextSampleMs) return;
    // Timers are not exact: the tick that is due then may come a little early.
    this.#nextSampleMs = nowMs + pressureInterval - periodMs / 2;
    this.#update(new Map(TYPES.map((type) => [type, this.#sample(type, nowMs)])));
    if (this.#exceeds('all')) this.#shed(nowMs);
  }

  #update(gauges: ReadonlyMap<ResourceType, Gauge>): void {
    this.#gauges = gauges;
    const previous = this.levels.all;
    const levelOf = (scope: keyof PressureLevels) => {
      const selected = [...gauges].filter(([type]) => isWithin(scope, type));
      return highestLevel(selected.map(([, { level }]) => level));
    };
    this.levels = { time: levelOf('time'), load: levelOf('load'), all: levelOf('all') };
    const { level, pressure, resources } = this.pressure;
    if (level !== previous) {
      const cause = resources.find((each) => each.pressure === pressure)?.type;
      this.#host.emit('pressure', { level, previous, pressure, cause });
    }
    this.#updateReductions();
  }

  #sample(type: ResourceType, nowMs: number): Gauge {
    const before = this.#gauges.get(type) ?? EMPTY_GAUGE;
    const row = RESOURCES[type];
    const threshold = this.#host.options[row.threshold];
    let current: number;
    try {
      current = this.#readers[type]();
    } catch {
      // Some values are read from files, and there may be no file descriptor left.
      if (threshold > 0) return before;
      current = before.current;
    }
    // Measured only. The check may have been turned off while it ran: no level may remain.
    if (threshold === 0) {
      return { ...EMPTY_GAUGE, current, peak: Math.max(before.peak, current) };
    }
    const gauge = addValue(before, current, { ...row, threshold }, nowMs);
    if (PRESSURE_LEVELS.indexOf(gauge.level) > PRESSURE_LEVELS.indexOf(before.level)) {
      const severity = gauge.level === 'CRITICAL' ? 'CRITICAL' : 'WARNING';
      this.#host.emit('resourceWarning', { type, current, threshold, severity });
    }
    return gauge;
  }

  #updateReductions(): void {
    const previous = this.reduced;
    const { options, deflate } = this.#host;
    const reduced = reductionsAt(this.levels, options);
    if (reduced.join() === previous.join()) return;
    this.reduced = Object.freeze(reduced);
    if (deflate !== undefined) deflate.isSuspended = reduced.includes('compression');
    this.#host.emit('quality', { reduced, previous });
  }

  /** A level outlasts its cause, for admission; connections are shed only while the cause lasts. */
  #exceeds(scope: keyof PressureLevels): boolean {
    return [...this.#gauges].some(([type, { level, current }]) => {
      const threshold = this.#host.options[RESOURCES[type].threshold];
      return isWithin(scope, type) && level === 'CRITICAL' && current >= threshold;
    });
  }

  #shed(nowMs: number): void {
    const { registry, options } = this.#host;
    const { shedPriority } = options;
    const shedsAll = shedPriority === 'none' || this.#exceeds('load');
    const open = registry.list.filter(({ state }) => state === 'OPEN');
    const chosen = chooseForShedding(open, shedsAll ? shedPriority : 'low');
    if (chosen.length === 0) return;
    for (const connection of chosen) {
      connection.closeBecause('shed', 1013, 'the server is overloaded');
    }
    const { connectionsShed, sheddingEvents } = this.shedding;
    const time = toDate(options.clock, nowMs);
    this.shedding = {
      connectionsShed: connectionsShed + chosen.length,
      sheddingEvents: sheddingEvents + 1,
      lastSheddingTime: time,
    };
    this.#host.emit('shed', { count: chosen.length, pressure: this.pressure.pressure, time });
  }
}
