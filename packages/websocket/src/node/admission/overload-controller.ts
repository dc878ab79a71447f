/**
 * What stands between a server and more than it can carry: joins admission, the resource monitor
 * and shedding, and keeps count of them.
 */
import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Connection } from '../connection/connection.ts';
import type { Backlog } from '../liveness/stall-detector.ts';
import type { WebSocketServerOptions } from '../options/server-options.ts';
import { type AddressMatcher, matchAddresses } from './address.ts';
import { AdmissionControl, type Place, type SlotRejection } from './admission-control.ts';
import { clientAddress } from './client-address.ts';
import { Degradation, type QualityChange, type Reduction } from './degradation.ts';
import { LatencyBaseline } from './latency-baseline.ts';
import { chooseForShedding } from './load-shedder.ts';
import type { PressureLevel } from './pressure-gauge.ts';
import {
  type MonitorSink,
  type PressureState,
  ResourceMonitor,
  type ResourceSource,
} from './resource-monitor.ts';
import { LoopDelay, LoopUsage, memoryPercent } from './system-resources.ts';

export interface OverloadHost<M> extends MonitorSink {
  /** Followed as they change. */
  readonly options: WebSocketServerOptions<M>;
  readonly connections: ReadonlyMap<string, Connection<M>>;
  /** Places that are taken, by connections and handshakes. */
  readonly taken: number;
  readonly backlog: Backlog;
  handleShed(report: ShedReport): void;
  handleQuality(change: QualityChange): void;
}

/** One step of shedding. */
export interface ShedReport {
  readonly count: number;
  readonly pressure: number;
  /** By the server's monotonic clock. */
  readonly timeMs: number;
}

export interface SheddingTotals {
  readonly connectionsShed: number;
  readonly sheddingEvents: number;
  /** By the server's monotonic clock; undefined before the first. */
  readonly lastSheddingTime: number | undefined;
}

export class OverloadController<M> {
  readonly #host: OverloadHost<M>;
  readonly #admission: AdmissionControl;
  readonly #monitor: ResourceMonitor;
  readonly #quality: Degradation;
  readonly #loopDelay = new LoopDelay();
  readonly #responseTime = new LatencyBaseline();
  #isTrusted: AddressMatcher = () => false;
  #isUnlimited: AddressMatcher = () => false;
  #nextSampleMs = 0;
  #shedding: SheddingTotals = {
    connectionsShed: 0,
    sheddingEvents: 0,
    lastSheddingTime: undefined,
  };

  constructor(host: OverloadHost<M>) {
    this.#host = host;
    this.#admission = new AdmissionControl(host.options);
    this.#monitor = new ResourceMonitor(sourcesOf(host, this.#loopDelay, this.#responseTime), host);
    this.#quality = new Degradation(host.options);
    this.followOptions();
  }

  get pressure(): PressureState {
    return this.#monitor.state;
  }

  get shedding(): SheddingTotals {
    return this.#shedding;
  }

  /** How scarce things are that run out by being used; a server may be full and at ease. */
  get scarcity(): PressureLevel {
    return this.#monitor.scarcity;
  }

  /** What there is less of at the moment. */
  get reduced(): readonly Reduction[] {
    return this.#quality.reduced;
  }

  /** Whether nothing has to be watched while nobody is connected. */
  get isCalm(): boolean {
    return this.#host.options.pressureInterval === 0 || this.#monitor.level === 'NORMAL';
  }

  /** To be called when options have changed. */
  followOptions(): void {
    const { trustedProxies, unlimitedAddresses, pressureInterval } = this.#host.options;
    this.#isTrusted = matchAddresses(trustedProxies);
    // A proxy's own address stands for all who come through it.
    this.#isUnlimited = matchAddresses([...unlimitedAddresses, ...trustedProxies]);
    // Nobody would see that a need has ended.
    if (pressureInterval === 0) this.#monitor.reset();
    this.#followNeeds();
  }

  /** As `AdmissionControl.hasRoom`, now. */
  get hasCapacity(): boolean {
    return this.#admission.hasCapacity(this.#situation);
  }

  /** Takes a place for an upgrade; to be handed back with `release`. */
  hold({ headers }: IncomingMessage, socket: Duplex): Place | SlotRejection {
    const remoteAddress = socket instanceof Socket ? socket.remoteAddress : undefined;
    const { forwardedHeader: header } = this.#host.options;
    const address = clientAddress(remoteAddress, headers, { isTrusted: this.#isTrusted, header });
    const isLimited = address !== undefined && !this.#isUnlimited(address);
    return this.#admission.hold(address, isLimited, this.#situation);
  }

  /** What stands against a place, now that its priority is known. */
  confirm(place: Place): SlotRejection | undefined {
    return this.#admission.confirm(place.priority, this.#situation);
  }

  /** How long the answer to an accepted upgrade is to be held back. */
  delayMs(place: Place): number {
    const { handshakeTimeout } = this.#host.options;
    return Math.min(this.#admission.delayMs(place.priority, this.#situation), handshakeTimeout / 2);
  }

  /** The client broke a rule; its address may have to wait before it comes again (WS-182). */
  noteViolation(place: Place): void {
    this.#admission.noteViolation(place, this.#host.options.clock.now());
  }

  /** What one of its peers sent took so long to handle. */
  noteRead(tookMs: number): void {
    this.#responseTime.observe(tookMs);
  }

  release(place: Place): void {
    this.#admission.release(place);
  }

  tick(nowMs: number, periodMs: number): void {
    const { pressureInterval } = this.#host.options;
    this.#loopDelay.tick(nowMs, periodMs);
    if (pressureInterval === 0 || nowMs < this.#nextSampleMs) return;
    this.#nextSampleMs = nowMs + pressureInterval;
    this.#monitor.sample(nowMs);
    this.#followNeeds();
    if (this.#monitor.level === 'CRITICAL') this.#shed(nowMs);
  }

  /** No more ticks for a while. */
  rest(): void {
    this.#loopDelay.stop();
  }

  get #situation() {
    const { taken, options } = this.#host;
    const { level } = this.#monitor;
    return { taken, level, scarcity: this.scarcity, nowMs: options.clock.now() };
  }

  #followNeeds(): void {
    const change = this.#quality.update({ loop: this.#monitor.haste, any: this.scarcity });
    if (change !== undefined) this.#host.handleQuality(change);
  }

  #shed(nowMs: number): void {
    const { connections, options } = this.#host;
    // Being full harms nobody who is in; it only makes room for whoever matters more.
    const upTo = this.scarcity === 'CRITICAL' ? options.shedPriority : lowAtMost(options);
    const open = [...connections.values()].filter(({ state }) => state === 'OPEN');
    const chosen = chooseForShedding(open, upTo);
    if (chosen.length === 0) return;
    for (const connection of chosen) connection.close(1013, 'the server is overloaded');
    const { connectionsShed, sheddingEvents } = this.#shedding;
    this.#shedding = {
      connectionsShed: connectionsShed + chosen.length,
      sheddingEvents: sheddingEvents + 1,
      lastSheddingTime: nowMs,
    };
    const { pressure } = this.#monitor.state;
    this.#host.handleShed({ count: chosen.length, pressure, timeMs: nowMs });
  }
}

function lowAtMost<M>({ shedPriority }: WebSocketServerOptions<M>) {
  return shedPriority === 'normal' ? 'low' : shedPriority;
}

function sourcesOf<M>(
  host: OverloadHost<M>,
  loopDelay: LoopDelay,
  responseTime: LatencyBaseline,
): readonly ResourceSource[] {
  const { options } = host;
  const usage = new LoopUsage();
  return [
    { type: 'memory', read: memoryPercent, threshold: () => options.memoryThreshold },
    {
      // Half a minute, at the default interval (WS-228).
      type: 'cpu',
      sustained: 6,
      // 70 of 90 %, and below 80 of 95 %: section 5.6 of the requirements.
      warningShare: 7 / 9,
      read: () => usage.readPercent(),
      threshold: () => options.cpuThreshold,
    },
    {
      type: 'loopDelay',
      sustained: 2,
      // 10 of 50 ms.
      warningShare: 1 / 5,
      read: () => loopDelay.readMs(),
      threshold: () => options.loopDelayThreshold,
    },
    {
      type: 'responseTime',
      sustained: 2,
      read: () => responseTime.readRatio(),
      threshold: () => options.responseTimeThreshold,
    },
    {
      type: 'connections',
      warningShare: 16 / 19,
      read: () => (100 * host.taken) / options.maxConnections,
      threshold: () => options.connectionThreshold,
    },
    {
      type: 'bufferedBytes',
      read: () => host.backlog.bufferedBytes,
      threshold: () => options.maxBufferedBytes,
    },
    {
      type: 'blockedConnections',
      read: () => host.backlog.blockedConnections,
      threshold: () => options.maxBlockedConnections,
    },
  ];
}
