/** Closes connections that are idle or too old. Costs nothing if neither limit is set. */
import { SpreadSequence } from './spread-sequence.ts';
import { TimerWheel, type WheelItem } from './timer-wheel.ts';

export interface IdleAndAgeOptions {
  readonly idleTimeout: number;
  readonly maxLifetime: number;
}

export interface LivingPeer {
  readonly createdMs: number;
  /** Messages so far, in both directions. */
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

interface Watched extends WheelItem {
  readonly peer: LivingPeer;
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
  readonly #terms: IdleAndAgeOptions;
  readonly #tickMs: number;
  readonly #wheel = new TimerWheel<Watched>();
  readonly #watched = new Map<LivingPeer, Watched>();
  readonly #spread = new SpreadSequence();
  #wheelMs = 0;
  #stats: IdleAndAgeStats = { idle: 0, aged: 0 };

  /**
   * @param options Read again at each use, because they may change; call `followEndpointOptions`
   * after a change.
   */
  constructor(terms: IdleAndAgeOptions, tickMs = 1_000) {
    this.#terms = terms;
    this.#tickMs = tickMs;
  }

  get stats(): IdleAndAgeStats {
    return this.#stats;
  }

  add(peer: LivingPeer, nowMs: number): void {
    if (this.#isOff) return;
    if (this.#watched.size === 0) this.#wheelMs = nowMs;
    const { messageCount } = peer;
    const share = this.#spread.next() * SPREAD;
    const watched = { peer, share, messageCount, quietSinceMs: nowMs, slot: undefined };
    this.#watched.set(peer, watched);
    this.#put(watched, nowMs);
  }

  remove(peer: LivingPeer): void {
    const watched = this.#watched.get(peer);
    if (watched === undefined) return;
    this.#watched.delete(peer);
    this.#wheel.remove(watched);
  }

  /** The limits have changed; `peers` are those that are open. */
  followEndpointOptions(peers: Iterable<LivingPeer>, nowMs: number): void {
    for (const peer of peers) {
      const watched = this.#watched.get(peer);
      if (watched === undefined) {
        this.add(peer, nowMs);
      } else if (this.#isOff) {
        this.remove(peer);
      } else {
        this.#wheel.remove(watched);
        this.#put(watched, nowMs);
      }
    }
  }

  tick(nowMs: number): void {
    if (this.#watched.size === 0) return;
    while (this.#wheelMs + this.#tickMs <= nowMs) {
      this.#wheelMs += this.#tickMs;
      for (const watched of this.#wheel.advance()) {
        // Closing a connection may have ended others too.
        if (this.#watched.has(watched.peer)) this.#visit(watched, nowMs);
      }
    }
  }

  get #isOff(): boolean {
    return this.#terms.idleTimeout === 0 && this.#terms.maxLifetime === 0;
  }

  #visit(watched: Watched, nowMs: number): void {
    const { peer } = watched;
    const { idleTimeout } = this.#terms;
    if (peer.messageCount !== watched.messageCount || peer.isOccupied) {
      watched.messageCount = peer.messageCount;
      watched.quietSinceMs = nowMs;
    }
    if (nowMs >= this.#endMs(watched)) {
      this.#stats = { ...this.#stats, aged: this.#stats.aged + 1 };
      this.remove(peer);
      peer.handleLifetimeEnd();
    } else if (idleTimeout > 0 && nowMs - watched.quietSinceMs >= idleTimeout) {
      this.#stats = { ...this.#stats, idle: this.#stats.idle + 1 };
      this.remove(peer);
      peer.handleIdle();
    } else {
      this.#put(watched, nowMs);
    }
  }

  #endMs({ peer, share }: Watched): number {
    const { maxLifetime } = this.#terms;
    return maxLifetime === 0
      ? Number.POSITIVE_INFINITY
      : peer.createdMs + maxLifetime * (1 - share);
  }

  #put(watched: Watched, nowMs: number): void {
    const { idleTimeout } = this.#terms;
    const lookMs =
      idleTimeout === 0
        ? Number.POSITIVE_INFINITY
        : Math.min(
            nowMs + idleTimeout / LOOKS_PER_IDLE_TIMEOUT,
            watched.quietSinceMs + idleTimeout,
          );
    const dueMs = Math.min(this.#endMs(watched), lookMs);
    this.#wheel.put(watched, (dueMs - this.#wheelMs) / this.#tickMs);
  }
}
