/** Closes connections that are idle or too old. Costs nothing if neither limit is set. */
import type { CloseCause } from '../../protocol/close-causes.ts';
import type { TimeLimits } from '../options/time-limits.ts';
import { SpreadSequence } from './spread-sequence.ts';
import { TimerWheel, type WheelItem } from './timer-wheel.ts';

type IdleAndAgeOptions = Pick<TimeLimits, 'idleTimeout' | 'maxLifetime'>;

export interface IdleAndAgePeer {
  readonly connection: {
    readonly createdMs: number;
    close(code: number, reason: string, cause: CloseCause): void;
  };
  readonly messageCount: number;
  /** Whether a message is on its way, or reading is paused. */
  readonly isOccupied: boolean;
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
  stats: IdleAndAgeStats = { idle: 0, aged: 0 };
  readonly #options: IdleAndAgeOptions;
  readonly #wheel = new TimerWheel<TrackedPeer>();
  readonly #tracked = new Map<IdleAndAgePeer, TrackedPeer>();
  readonly #spread = new SpreadSequence();

  /** @param options Read at each use; call `followEndpointOptions` after a change. */
  constructor(options: IdleAndAgeOptions) {
    this.#options = options;
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
  followEndpointOptions(connections: Iterable<{ timeLimits: IdleAndAgePeer }>, nowMs: number) {
    for (const { timeLimits: peer } of connections) {
      const tracked = this.#tracked.get(peer);
      if (tracked === undefined) this.add(peer, nowMs);
      else if (this.#isOff) this.remove(peer);
      else this.#put(tracked, nowMs);
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
    if (peer.messageCount !== tracked.messageCount || peer.isOccupied) {
      tracked.messageCount = peer.messageCount;
      tracked.quietSinceMs = nowMs;
    }
    if (nowMs >= this.#endMs(tracked)) {
      this.stats = { ...this.stats, aged: this.stats.aged + 1 };
      this.remove(peer);
      peer.connection.close(1001, 'maximum connection age reached', 'age');
    } else if (nowMs - tracked.quietSinceMs >= this.#idleMs) {
      this.stats = { ...this.stats, idle: this.stats.idle + 1 };
      this.remove(peer);
      peer.connection.close(1008, 'no message for too long', 'idle');
    } else {
      this.#put(tracked, nowMs);
    }
  }

  get #idleMs(): number {
    return this.#options.idleTimeout || Number.POSITIVE_INFINITY;
  }

  #endMs({ peer, share }: TrackedPeer): number {
    const lifetimeMs = this.#options.maxLifetime || Number.POSITIVE_INFINITY;
    return peer.connection.createdMs + lifetimeMs * (1 - share);
  }

  #put(tracked: TrackedPeer, nowMs: number): void {
    const lookMs = nowMs + this.#idleMs / LOOKS_PER_IDLE_TIMEOUT;
    const idleAtMs = tracked.quietSinceMs + this.#idleMs;
    this.#wheel.put(tracked, Math.min(this.#endMs(tracked), lookMs, idleAtMs));
  }
}
