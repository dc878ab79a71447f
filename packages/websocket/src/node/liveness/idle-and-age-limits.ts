/** Closes connections that are idle or too old. Costs nothing if neither limit is set. */
import type { TimeLimits } from '../options/time-limits.ts';
import { SpreadSequence } from './spread-sequence.ts';
import { TimerWheel, type WheelItem } from './timer-wheel.ts';

type IdleAndAgeOptions = Pick<TimeLimits, 'idleTimeout' | 'maxLifetime'>;

export interface IdleAndAgePeer {
  readonly createdMs: number;
  readonly messageCount: number;
  /** Whether a message is on its way, or reading is paused. */
  readonly isOccupied: boolean;
  handleIdle(): void;
  handleLifetimeEnd(): void;
}

export interface IdleAndAgeStats {
  /** Connections closed for idleness, and for their age. */
  readonly idle: number;
  readonly aged: number;
}

interface TrackedPeer extends WheelItem {
  readonly peer: IdleAndAgePeer;
  /** The share of its lifetime's last tenth by which it is closed early. */
  readonly share: number;
  messageCount: number;
  /** When it was first seen with this many messages. */
  quietSinceMs: number;
}

/** Messages do not record the time; their count is checked this often within the limit. */
const LOOKS_PER_IDLE_TIMEOUT = 8;

/** The part of a lifetime over which the ends of connections of the same age are spread. */
const SPREAD = 0.1;

export class IdleAndAgeLimits {
  readonly #options: IdleAndAgeOptions;
  readonly #wheel: TimerWheel<TrackedPeer>;
  readonly #tracked = new Map<IdleAndAgePeer, TrackedPeer>();
  readonly #spread = new SpreadSequence();
  #stats: IdleAndAgeStats = { idle: 0, aged: 0 };

  /** @param options Read at each use; call `followEndpointOptions` after a change. */
  constructor(options: IdleAndAgeOptions, tickMs = 1_000) {
    this.#options = options;
    this.#wheel = new TimerWheel(tickMs);
  }

  get stats(): IdleAndAgeStats {
    return this.#stats;
  }

  add(peer: IdleAndAgePeer, nowMs: number): void {
    if (this.#isOff) return;
    if (this.#tracked.size === 0) this.#wheel.start(nowMs);
    const { messageCount } = peer;
    const share = this.#spread.next() * SPREAD;
    const tracked = { peer, share, messageCount, quietSinceMs: nowMs, slot: undefined };
    this.#tracked.set(peer, tracked);
    this.#put(tracked, nowMs);
  }

  remove(peer: IdleAndAgePeer): void {
    const tracked = this.#tracked.get(peer);
    if (tracked === undefined) return;
    this.#tracked.delete(peer);
    this.#wheel.remove(tracked);
  }

  /** The limits have changed for the open connections. */
  followEndpointOptions(
    connections: Iterable<{ readonly timeLimits: IdleAndAgePeer }>,
    nowMs: number,
  ): void {
    for (const { timeLimits: peer } of connections) {
      const tracked = this.#tracked.get(peer);
      if (tracked === undefined) {
        this.add(peer, nowMs);
      } else if (this.#isOff) {
        this.remove(peer);
      } else {
        this.#wheel.remove(tracked);
        this.#put(tracked, nowMs);
      }
    }
  }

  tick(nowMs: number): void {
    if (this.#tracked.size === 0) return;
    for (const tracked of this.#wheel.advance(nowMs)) {
      // Closing a connection may have ended others too.
      if (this.#tracked.has(tracked.peer)) this.#visit(tracked, nowMs);
    }
  }

  get #isOff(): boolean {
    return this.#options.idleTimeout === 0 && this.#options.maxLifetime === 0;
  }

  #visit(tracked: TrackedPeer, nowMs: number): void {
    const { peer } = tracked;
    const { idleTimeout } = this.#options;
    if (peer.messageCount !== tracked.messageCount || peer.isOccupied) {
      tracked.messageCount = peer.messageCount;
      tracked.quietSinceMs = nowMs;
    }
    if (nowMs >= this.#endMs(tracked)) {
      this.#stats = { ...this.#stats, aged: this.#stats.aged + 1 };
      this.remove(peer);
      peer.handleLifetimeEnd();
    } else if (idleTimeout > 0 && nowMs - tracked.quietSinceMs >= idleTimeout) {
      this.#stats = { ...this.#stats, idle: this.#stats.idle + 1 };
      this.remove(peer);
      peer.handleIdle();
    } else {
      this.#put(tracked, nowMs);
    }
  }

  #endMs({ peer, share }: TrackedPeer): number {
    const { maxLifetime } = this.#options;
    return maxLifetime === 0
      ? Number.POSITIVE_INFINITY
      : peer.createdMs + maxLifetime * (1 - share);
  }

  #put(tracked: TrackedPeer, nowMs: number): void {
    const { idleTimeout } = this.#options;
    const idleMs = idleTimeout === 0 ? Number.POSITIVE_INFINITY : idleTimeout;
    const lookMs = nowMs + idleMs / LOOKS_PER_IDLE_TIMEOUT;
    const dueMs = Math.min(this.#endMs(tracked), lookMs, tracked.quietSinceMs + idleMs);
    this.#wheel.put(tracked, dueMs);
  }
}
