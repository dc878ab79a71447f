/**
 * Protects a server from overload: joins admission, the resource monitor and shedding, and counts
 * what they do.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Connection } from '../connection/connection.ts';
import type { Backlog } from '../liveness/stall-watchlist.ts';
import type { WebSocketServerOptions } from '../options/server-options.ts';
import { type AddressMatcher, matchAddresses, readAddress } from './address.ts';
import { AdmissionControl, type ConnectionSlot, type SlotRejection } from './admission-control.ts';
import { clientAddress, FORWARDED_HEADERS } from './client-address.ts';
import {
  applies,
  type QualityChange,
  REDUCTIONS,
  RESOURCES,
  type Reduction,
  type ResourceType,
} from './overload-table.ts';
import { LoopDelay, LoopUsage, memoryPercent } from './process-resources.ts';
import { ProcessingTimeBaseline } from './processing-time-baseline.ts';
import {
  type MonitorSink,
  type PressureState,
  ResourceMonitor,
  type ResourceSource,
} from './resource-monitor.ts';
import { chooseForShedding } from './shedding-policy.ts';

export interface OverloadHost<M> extends MonitorSink {
  /** Read again at each use, because they may change. */
  readonly options: WebSocketServerOptions<M>;
  readonly connections: ReadonlyMap<string, Connection<M>>;
  /** Slots in use, by connections and handshakes. */
  readonly slotsInUse: number;
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
  #reduced: readonly Reduction[] = Object.freeze([]);
  readonly #loopDelay = new LoopDelay();
  readonly #responseTime = new ProcessingTimeBaseline();
  readonly #isTrusted: AddressMatcher;
  readonly #isUnlimited: AddressMatcher;
  #nextSampleMs = 0;
  #hasWarned = false;
  #shedding: SheddingTotals = {
    connectionsShed: 0,
    sheddingEvents: 0,
    lastSheddingTime: undefined,
  };

  constructor(host: OverloadHost<M>) {
    this.#host = host;
    this.#admission = new AdmissionControl(host.options);
    this.#monitor = new ResourceMonitor(sourcesOf(host, this.#loopDelay, this.#responseTime), host);
    const { trustedProxies, unlimitedAddresses } = host.options;
    this.#isTrusted = matchAddresses(trustedProxies);
    // A proxy's own address stands for all clients behind it.
    this.#isUnlimited = matchAddresses([...unlimitedAddresses, ...trustedProxies]);
    this.followOptions();
  }

  get pressure(): PressureState {
    return this.#monitor.state;
  }

  get shedding(): SheddingTotals {
    return this.#shedding;
  }

  /** The current reductions. */
  get reduced(): readonly Reduction[] {
    return this.#reduced;
  }

  /** Whether nothing needs to be monitored while there are no connections. */
  get isCalm(): boolean {
    return this.#host.options.pressureInterval === 0 || this.#monitor.level === 'NORMAL';
  }

  /** Call it when options have changed. */
  followOptions(): void {
    // Without checks, the end of the overload would go unnoticed.
    if (this.#host.options.pressureInterval === 0) this.#monitor.reset();
    this.#updateReductions();
  }

  /** The current result of `AdmissionControl.hasCapacity`. */
  get hasCapacity(): boolean {
    return this.#admission.hasCapacity(this.#situation);
  }

  /** Acquires a slot for an upgrade; return it with `release`. */
  acquire(request: IncomingMessage, socket: Duplex): ConnectionSlot | SlotRejection {
    const { headers } = request;
    // A stream within another connection has the address of that one.
    const { remoteAddress } = socket instanceof Socket ? socket : request.socket;
    const { forwardedHeader: header } = this.#host.options;
    const address = clientAddress(remoteAddress, headers, { isTrusted: this.#isTrusted, header });
    const isLimited = address !== undefined && !this.#isUnlimited(address);
    const slot = this.#admission.acquire(address, isLimited, this.#situation);
    if (remoteAddress !== undefined && 'reason' in slot && slot.reason.startsWith('address')) {
      if (address === readAddress(remoteAddress)) this.#warnOfProxy(headers, remoteAddress);
    }
    return slot;
  }

  /** Returns why the slot is rejected, if it is, now that its priority is known. */
  confirm(slot: ConnectionSlot): SlotRejection | undefined {
    return this.#admission.confirm(slot.priority, this.#situation);
  }

  /** Delay before the response to an accepted upgrade. */
  delayMs(slot: ConnectionSlot): number {
    const { handshakeTimeout } = this.#host.options;
    return Math.min(this.#admission.delayMs(slot.priority, this.#situation), handshakeTimeout / 2);
  }

  /** Counts a violation of the client; its address may have to wait before it may connect again. */
  noteViolation(slot: ConnectionSlot): void {
    this.#admission.noteViolation(slot, this.#host.options.clock.now());
  }

  /** Adds the time that handling one peer's data took. */
  noteRead(tookMs: number): void {
    this.#responseTime.observe(tookMs);
  }

  release(slot: ConnectionSlot): void {
    this.#admission.release(slot);
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

  /** Stops until the next tick. */
  rest(): void {
    this.#loopDelay.stop();
  }

  /** Clients behind a proxy that is not trusted share its address, and so its limits. */
  #warnOfProxy(headers: IncomingHttpHeaders, address: string): void {
    const name = FORWARDED_HEADERS.find((each) => headers[each] !== undefined);
    if (this.#hasWarned || name === undefined) return;
    this.#hasWarned = true;
    process.emitWarning(
      `a limit per address rejected ${address}, whose request has the header ${name}: if it is a proxy, list it in trustedProxies`,
      { code: 'PARLEY_UNTRUSTED_PROXY' },
    );
  }

  get #situation() {
    const { slotsInUse, options } = this.#host;
    return { slotsInUse, levels: this.#monitor.levels, nowMs: options.clock.now() };
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
    const { connections, options } = this.#host;
    const shedsNormal = applies('shedNormal', this.#monitor.levels);
    const upTo = shedsNormal ? options.shedPriority : lowAtMost(options);
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
  responseTime: ProcessingTimeBaseline,
): readonly ResourceSource[] {
  const { options } = host;
  const usage = new LoopUsage();
  const readers: Readonly<Record<ResourceType, () => number>> = {
    memory: memoryPercent,
    cpu: () => usage.readPercent(),
    loopDelay: () => loopDelay.readMs(),
    responseTime: () => responseTime.readRatio(),
    connections: () => (100 * host.slotsInUse) / options.maxConnections,
    bufferedBytes: () => host.backlog.bufferedBytes,
    blockedConnections: () => host.backlog.blockedConnections,
  };
  // The keys of the table are exactly the types.
  return (Object.keys(RESOURCES) as ResourceType[]).map((type) => ({
    ...RESOURCES[type],
    type,
    read: readers[type],
    threshold: () => options[RESOURCES[type].threshold],
  }));
}
