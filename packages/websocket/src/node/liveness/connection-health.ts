/** Whether one peer is alive; any sign of life answers a ping. Pure: times are arguments. */
import type { TimeLimits } from '../options/time-limits.ts';
import type { WheelItem } from './timer-wheel.ts';

export type HealthOptions = Pick<
  TimeLimits,
  'heartbeatInterval' | 'heartbeatTimeout' | 'maxMissedPongs' | 'maxIdleTime'
>;

export interface HeartbeatPeer {
  /** Whether no sign of life can arrive, through no fault of the peer. */
  readonly isExcused: boolean;
  sendHeartbeat(payload: Uint8Array): void;
  readonly connection: {
    /** Bytes from the peer so far, and when the latest arrived; read when a limit is checked. */
    readonly inbound: { readonly bytesReceived: number; readonly lastActivityMs: number };
    /** Notified if the peer is dead, after it was removed from the heartbeat. */
    handleDeath(): void;
  };
}

const PING_PAYLOAD_BYTES = 12;
const RTT_SAMPLES_MAX = 10;

/** The health, and its position in the wheel, in one object, because there are so many. */
export class ConnectionHealth implements WheelItem {
  readonly #options: HealthOptions;
  /** Undefined once it is no longer monitored. */
  peer: HeartbeatPeer | undefined;
  slot: number | undefined;
  #bytesSeen: number;
  // Whole milliseconds: V8 keeps a number with a fraction in an object of its own.
  #lastLifeMs: number;
  #nextPingMs: number;
  #deadlineMs: number | undefined;
  #missedPongs = 0;
  #sequence = 0;
  #answeredSequence = 0;
  lastPingMs: number | undefined;
  /** Before the first pong: when monitoring began. */
  lastPongMs: number;
  #rttSamples: number[] | undefined;

  constructor(options: HealthOptions, peer: HeartbeatPeer, nowMs: number, firstPingMs: number) {
    this.#options = options;
    this.peer = peer;
    this.#bytesSeen = peer.connection.inbound.bytesReceived;
    this.#lastLifeMs = Math.trunc(nowMs);
    this.lastPongMs = this.#lastLifeMs;
    this.#nextPingMs = Math.trunc(firstPingMs);
  }

  get isPinged(): boolean {
    this.#noteArrivals();
    return this.#deadlineMs !== undefined;
  }

  /** Earliest time when `check` may have something to report, as far as is known now. */
  get nextCheckMs(): number {
    const pingDueMs = this.#deadlineMs ?? this.#nextPingMs;
    return Math.min(pingDueMs, this.#lastLifeMs + this.#options.maxIdleTime);
  }

  /** The mean of the last ten round trips; `undefined` before the first. */
  get averageRttMs(): number | undefined {
    const samples = this.#rttSamples;
    return samples && samples.reduce((sum, each) => sum + each, 0) / samples.length;
  }

  recordLife(nowMs: number): void {
    this.#lastLifeMs = Math.trunc(nowMs);
    this.#deadlineMs = undefined;
    this.#missedPongs = 0;
  }

  /** The process did not run for this long: nothing was read, and no ping was sent. */
  excuse(lateMs: number): void {
    this.#noteArrivals();
    this.#lastLifeMs += Math.trunc(lateMs);
    if (this.#deadlineMs !== undefined) this.#deadlineMs += lateMs;
  }

  /** Counts a ping as sent; returns its payload: microseconds and sequence, both big-endian. */
  recordPing(nowMs: number): Uint8Array {
    this.#sequence = (this.#sequence + 1) >>> 0;
    this.lastPingMs = nowMs;
    this.#deadlineMs = nowMs + this.#options.heartbeatTimeout;
    const payload = new Uint8Array(PING_PAYLOAD_BYTES);
    const view = new DataView(payload.buffer);
    view.setBigUint64(0, BigInt(Math.round(nowMs * 1_000)));
    view.setUint32(8, this.#sequence);
    return payload;
  }

  /** Returns the last ping's round trip in milliseconds; none for any other pong. */
  recordPong(payload: Uint8Array, nowMs: number): number | undefined {
    this.lastPongMs = Math.trunc(nowMs);
    if (payload.length !== PING_PAYLOAD_BYTES || this.#answeredSequence === this.#sequence) return;
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    if (view.getUint32(8) !== this.#sequence) return;
    this.#answeredSequence = this.#sequence;
    const rttMs = nowMs - (this.lastPingMs ?? nowMs);
    this.#rttSamples = [...(this.#rttSamples ?? []), rttMs].slice(-RTT_SAMPLES_MAX);
    return rttMs;
  }

  /**
   * The limits have changed. A ping that would be later than they allow is sent at `firstPingMs`; a
   * peer that was silent within the old limits is pinged before the new ones are applied to it.
   */
  followEndpointOptions(nowMs: number, firstPingMs: number): void {
    const { heartbeatInterval } = this.#options;
    this.#noteArrivals();
    if (this.#nextPingMs > nowMs + heartbeatInterval) this.#nextPingMs = Math.trunc(firstPingMs);
    this.#lastLifeMs = Math.max(this.#lastLifeMs, this.#nextPingMs - heartbeatInterval);
  }

  /** Returns what is due now. A requested ping is sent at once, through `recordPing`. */
  check(nowMs: number): 'HEALTHY' | 'NEEDS_PING' | 'MISSED_PONG' | 'CONNECTION_DEAD' {
    this.#noteArrivals();
    if (nowMs - this.#lastLifeMs >= this.#options.maxIdleTime) return 'CONNECTION_DEAD';
    if (this.#deadlineMs !== undefined) {
      if (nowMs < this.#deadlineMs) return 'HEALTHY';
      this.#missedPongs += 1;
      return this.#missedPongs < this.#options.maxMissedPongs ? 'MISSED_PONG' : 'CONNECTION_DEAD';
    }
    if (nowMs < this.#nextPingMs) return 'HEALTHY';
    // Counted from the plan, so that pings keep their position; but never in a burst.
    const planned = this.#nextPingMs + this.#options.heartbeatInterval;
    const isLate = planned <= nowMs;
    this.#nextPingMs = isLate ? Math.trunc(nowMs) + this.#options.heartbeatInterval : planned;
    return 'NEEDS_PING';
  }

  #noteArrivals(): void {
    if (this.peer === undefined) return;
    const { bytesReceived, lastActivityMs } = this.peer.connection.inbound;
    if (bytesReceived === this.#bytesSeen) return;
    this.#bytesSeen = bytesReceived;
    // Never back: life that was recorded otherwise may be later.
    this.recordLife(Math.max(lastActivityMs, this.#lastLifeMs));
  }
}
