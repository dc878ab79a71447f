/**
 * Finds the positions from which a reconnecting client resumes, by its secret id: those of its socket
 * if it is still connected or was lost recently; if this node does not know the client, those in
 * the offset; none if the client has left. The context has verified the owner of the id.
 */
import type { Clock } from '../../ports/clock.ts';
import { type OffsetLog, type Positions, positionsOf } from './offset-log.ts';
import { hasBegunWith } from './private-id.ts';

/** A socket that this node regards as connected. */
export interface LiveSocket {
  readonly socketId: string;
  readonly sent: OffsetLog;
  /** Called when the client has a new socket. */
  replace(): void;
}

interface LostSocket extends Pick<LiveSocket, 'socketId' | 'sent'> {
  readonly untilMs: number;
  readonly byteCount: number;
}

const LOST_MS = 2 * 60 * 1000;
const LOST_MAX = 10_000;
/** Estimated memory of the logs of lost sockets: enough for all if each has one or two rooms. */
const LOST_BYTES_MAX = 32 * 1024 * 1024;
const LEFT_MAX = 10_000;

export class RecoveryRegistry {
  readonly #clock: Clock;
  readonly #live = new Map<string, LiveSocket>();
  /** Oldest first, like `#left`. */
  readonly #lost = new Map<string, LostSocket>();
  readonly #left = new Set<string>();
  #lostBytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Registers a socket; only the latest socket has the id. */
  add(privateId: string, socket: LiveSocket): void {
    this.replace(privateId);
    this.#live.set(privateId, socket);
  }

  /** Marks a socket as lost: the network or the server has closed it. */
  lose(privateId: string, socket: LiveSocket): void {
    if (!this.#remove(privateId, socket)) return;
    const { socketId, sent } = socket;
    const nowMs = this.#clock.monotonicMs();
    const { byteCount } = sent;
    this.#forget(privateId);
    this.#lost.set(privateId, { socketId, sent, byteCount, untilMs: nowMs + LOST_MS });
    this.#lostBytes += byteCount;
    for (const [id, { untilMs }] of this.#lost) {
      const isWithin = this.#lost.size <= LOST_MAX && this.#lostBytes <= LOST_BYTES_MAX;
      if (untilMs > nowMs && isWithin) break;
      this.#forget(id);
    }
  }

  #forget(privateId: string): void {
    this.#lostBytes -= this.#lost.get(privateId)?.byteCount ?? 0;
    this.#lost.delete(privateId);
  }

  /** Marks a socket as left: the client has closed it, or must start over. */
  leave(privateId: string, socket: LiveSocket): void {
    if (!this.#remove(privateId, socket)) return;
    this.#left.add(privateId);
    for (const id of this.#left) {
      if (this.#left.size <= LEFT_MAX) break;
      this.#left.delete(id);
    }
  }

  /** Returns the positions of the client in its rooms; undefined if they are unknown. Changes nothing. */
  find(privateId: string, offset: string): Positions | undefined {
    if (this.#left.has(privateId)) return undefined;
    const known = this.#live.get(privateId) ?? this.#lostOf(privateId);
    if (known !== undefined) return known.sent.positionsAt(offset);
    return hasBegunWith(privateId, offset) ? undefined : positionsOf(offset);
  }

  /** Replaces the client's socket. Returns the id of the previous socket, if known. */
  replace(privateId: string): string | undefined {
    const live = this.#live.get(privateId);
    const before = live ?? this.#lostOf(privateId);
    this.#live.delete(privateId);
    this.#forget(privateId);
    live?.replace();
    return before?.socketId;
  }

  #lostOf(privateId: string): LostSocket | undefined {
    const lost = this.#lost.get(privateId);
    return lost !== undefined && lost.untilMs > this.#clock.monotonicMs() ? lost : undefined;
  }

  /** Returns false if another socket has the id by now. */
  #remove(privateId: string, socket: LiveSocket): boolean {
    return this.#live.get(privateId) === socket && this.#live.delete(privateId);
  }
}
