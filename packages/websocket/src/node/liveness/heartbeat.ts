/**
 * Pings all connections from one shared tick, and reports dead ones. A tick that comes late judges
 * no peer: answers may be waiting in sockets that the process has not read yet.
 */
import { Histogram, ROUND_TRIP_BOUNDS } from '../metrics/histogram.ts';
import { ConnectionHealth, type HealthOptions, type HeartbeatPeer } from './connection-health.ts';
import { SpreadSequence } from './spread-sequence.ts';
import { TimerWheel } from './timer-wheel.ts';

export interface HeartbeatStats {
  readonly monitored: number;
  /** Monitored connections whose last ping waits for a sign of life. */
  readonly pinged: number;
  readonly pingsSent: number;
  /** Pongs that answered the last ping; other signs of life are not counted. */
  readonly pongsReceived: number;
  readonly missedPongs: number;
  readonly dead: number;
  /** Over all round trips so far; `undefined` before the first. */
  readonly meanRttMs: number | undefined;
}

const SPREAD = 1 / 3;

export class Heartbeat {
  readonly roundTrips = new Histogram(ROUND_TRIP_BOUNDS);
  readonly #options: HealthOptions;
  readonly #wheel = new TimerWheel<ConnectionHealth>();
  #lastTickMs = 0;
  /** Of the latest tick if it was late and judged nobody, otherwise 0. */
  #lateMs = 0;
  readonly #spread = new SpreadSequence();
  readonly #totals = { monitored: 0, pingsSent: 0, missedPongs: 0, dead: 0 };

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  /** Visits each connection. */
  get stats(): HeartbeatStats {
    let pinged = 0;
    for (const { isPinged } of this.#wheel.items()) pinged += isPinged ? 1 : 0;
    const { count: pongsReceived, mean: meanRttMs } = this.roundTrips;
    return { ...this.#totals, pinged, pongsReceived, meanRttMs };
  }

  start(nowMs: number, tickMs: number): void {
    this.#wheel.start(nowMs, tickMs);
    this.#lastTickMs = nowMs;
    this.#lateMs = 0;
  }

  /** First pings are sent at different times in the last third of an interval. */
  add(peer: HeartbeatPeer, nowMs: number): ConnectionHealth {
    const firstPingMs = this.#planFirstPing(nowMs);
    const monitored = new ConnectionHealth(this.#options, peer, nowMs, firstPingMs);
    this.#totals.monitored += 1;
    this.#wheel.put(monitored, monitored.nextCheckMs);
    return monitored;
  }

  remove(monitored: ConnectionHealth): void {
    if (monitored.peer === undefined) return;
    // Outgrown lists keep their content for a while, and must not keep the connection.
    monitored.peer = undefined;
    this.#totals.monitored -= 1;
    this.#wheel.remove(monitored);
  }

  followEndpointOptions(nowMs: number): void {
    for (const monitored of [...this.#wheel.items()]) {
      monitored.followEndpointOptions(nowMs, this.#planFirstPing(nowMs));
      this.#wheel.put(monitored, monitored.nextCheckMs);
    }
  }

  recordPong(monitored: ConnectionHealth, payload: Uint8Array, nowMs: number): void {
    const rttMs = monitored.recordPong(payload, nowMs);
    if (rttMs !== undefined) this.roundTrips.observe(rttMs);
  }

  /** Returns whether peers may be judged, by other time limits too: the tick is not late. */
  tick(nowMs: number): boolean {
    const lateMs = nowMs - this.#lastTickMs - this.#wheel.tickMs;
    this.#lastTickMs = nowMs;
    // Only once: a process that is always late must still judge.
    this.#lateMs = lateMs > this.#wheel.tickMs && this.#lateMs === 0 ? lateMs : 0;
    if (this.#lateMs > 0) for (const monitored of this.#wheel.items()) monitored.excuse(lateMs);
    else for (const monitored of this.#wheel.advance(nowMs)) this.#visit(monitored, nowMs);
    return this.#lateMs === 0;
  }

  /** For how long this process did not run before the latest tick, or since; 0 if it did. */
  stoodStillMs(nowMs: number): number {
    const overdueMs = nowMs - this.#lastTickMs - this.#wheel.tickMs;
    return overdueMs > this.#wheel.tickMs ? overdueMs : this.#lateMs;
  }

  #planFirstPing(nowMs: number): number {
    return nowMs + this.#options.heartbeatInterval * (1 - this.#spread.next() * SPREAD);
  }

  #visit(monitored: ConnectionHealth, nowMs: number): void {
    const { peer } = monitored;
    // Another peer's death may have ended this connection too.
    if (peer === undefined) return;
    if (peer.isExcused) monitored.recordLife(nowMs);
    const verdict = monitored.check(nowMs);
    if (verdict === 'CONNECTION_DEAD') {
      this.#totals.dead += 1;
      this.remove(monitored);
      peer.connection.handleDeath();
      return;
    }
    if (verdict === 'MISSED_PONG') this.#totals.missedPongs += 1;
    if (verdict !== 'HEALTHY') {
      this.#totals.pingsSent += 1;
      peer.sendHeartbeat(monitored.recordPing(nowMs));
    }
    this.#wheel.put(monitored, monitored.nextCheckMs);
  }
}
