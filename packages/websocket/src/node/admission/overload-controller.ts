/** Reduces services and sheds connections by the levels of the resource monitor. */

import type { ConnectionManager } from '../broadcast/connection-manager.ts';
import { toDate } from '../clock.ts';
import type { StallWatchlist } from '../liveness/stall-watchlist.ts';
import type { WebSocketServerOptions } from '../options/server-options.ts';
import {
  applies,
  type PressureLevels,
  type QualityChange,
  REDUCTIONS,
  type Reduction,
} from './overload-table.ts';
import { LoopDelay, LoopUsage, memoryPercent } from './process-resources.ts';
import { ProcessingTimeBaseline } from './processing-time-baseline.ts';
import { type MonitorSink, type PressureState, ResourceMonitor } from './resource-monitor.ts';
import { chooseForShedding } from './shedding-policy.ts';

export interface OverloadHost<M> extends MonitorSink {
  readonly options: WebSocketServerOptions<M>;
  readonly manager: ConnectionManager<M>;
  readonly stallWatchlist: StallWatchlist;
  handleShed(report: ShedReport): void;
  handleQuality(change: QualityChange): void;
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

export class OverloadController<M> {
  readonly #host: OverloadHost<M>;
  readonly #monitor: ResourceMonitor;
  #reduced: readonly Reduction[] = Object.freeze([]);
  readonly #loopDelay = new LoopDelay();
  readonly #responseTime = new ProcessingTimeBaseline();
  #nextSampleMs = 0;
  #shedding: SheddingTotals = {
    connectionsShed: 0,
    sheddingEvents: 0,
    lastSheddingTime: undefined,
  };

  constructor(host: OverloadHost<M>) {
    this.#host = host;
    const { options, manager, stallWatchlist } = host;
    const usage = new LoopUsage();
    const readers = {
      memory: memoryPercent,
      cpu: () => usage.readPercent(),
      loopDelay: () => this.#loopDelay.readMs(),
      responseTime: () => this.#responseTime.readRatio(),
      connections: () => (100 * manager.size) / options.maxConnections,
      bufferedBytes: () => stallWatchlist.backlog.bufferedBytes,
      blockedConnections: () => stallWatchlist.backlog.blockedConnections,
    };
    this.#monitor = new ResourceMonitor(readers, options, host);
    this.followOptions();
  }

  get pressure(): PressureState {
    return this.#monitor.state;
  }

  get levels(): PressureLevels {
    return this.#monitor.levels;
  }

  get shedding(): SheddingTotals {
    return this.#shedding;
  }

  get reduced(): readonly Reduction[] {
    return this.#reduced;
  }

  /** Whether nothing needs to be monitored while there are no connections. */
  get isCalm(): boolean {
    return this.#host.options.pressureInterval === 0 || this.#monitor.level === 'NORMAL';
  }

  followOptions(): void {
    // Without checks, the end of the overload would go unnoticed.
    if (this.#host.options.pressureInterval === 0) this.#monitor.reset();
    this.#updateReductions();
  }

  noteRead(tookMs: number): void {
    this.#responseTime.observe(tookMs);
  }

  tick(nowMs: number, periodMs: number): void {
    const { pressureInterval } = this.#host.options;
    this.#loopDelay.tick(nowMs, periodMs);
    if (pressureInterval === 0 || nowMs < this.#nextSampleMs) return;
    this.#nextSampleMs = nowMs + pressureInterval;
    this.#monitor.sample(nowMs);
    this.#updateReductions();
    if (applies('shedLow', this.#monitor.levels)) this.#shed(nowMs);
  }

  rest(): void {
    this.#loopDelay.stop();
  }

  #updateReductions(): void {
    const previous = this.#reduced;
    const { levels } = this.#monitor;
    const { options } = this.#host;
    const reduced = REDUCTIONS.filter((each) => applies(each, levels, options));
    if (reduced.join() === previous.join()) return;
    this.#reduced = Object.freeze(reduced);
    this.#host.handleQuality({ reduced, previous });
  }

  #shed(nowMs: number): void {
    const { manager, options } = this.#host;
    const { shedPriority } = options;
    const shedsAll = shedPriority === 'none' || applies('shedNormal', this.#monitor.levels);
    const open = manager.getAllConnections().filter(({ state }) => state === 'OPEN');
    const chosen = chooseForShedding(open, shedsAll ? shedPriority : 'low');
    if (chosen.length === 0) return;
    for (const connection of chosen) connection.close(1013, 'the server is overloaded');
    const { connectionsShed, sheddingEvents } = this.#shedding;
    const time = toDate(options.clock, nowMs);
    this.#shedding = {
      connectionsShed: connectionsShed + chosen.length,
      sheddingEvents: sheddingEvents + 1,
      lastSheddingTime: time,
    };
    const { pressure } = this.#monitor.state;
    this.#host.handleShed({ count: chosen.length, pressure, time });
  }
}
