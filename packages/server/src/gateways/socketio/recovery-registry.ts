/**
 * What a client that comes back goes on from, by the secret id that it brings: the socket
 * that is still here or was lost a moment ago; of one that this node does not know what
 * the offset tells; nothing where the client has left. Who asks knows whose the id is.
 */
import type { Clock } from '../../ports/clock.ts';
import { type OffsetLog, type Positions, positionsOf } from './offset-log.ts';
import { hasBegunWith } from './private-id.ts';

/** A socket that is connected, as far as this node knows. */
export interface LiveSocket {
  readonly socketId: string;
  readonly sent: OffsetLog;
  /** Its client has another one now. */
  replace(): void;
}

interface LostSocket extends Pick<LiveSocket, 'socketId' | 'sent'> {
  readonly untilMs: number;
  readonly byteCount: number;
}

const LOST_MS = 2 * 60 * 1000;
const LOST_MAX = 10_000;
/** Of what lost sockets were sent, about: enough for all of them where each has a room or two. */
const LOST_BYTES_MAX = 32 * 1024 * 1024;
const LEFT_MAX = 10_000;

export class RecoveryRegistry {
  readonly #clock: Clock;
  readonly #live = new Map<string, LiveSocket>();
  /** Oldest first, as of those that were left. */
  readonly #lost = new Map<string, LostSocket>();
  readonly #left = new Set<string>();
  #lostBytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** One socket has the id: the latest. */
  add(privateId: string, socket: LiveSocket): void {
    this.take(privateId);
    this.#live.set(privateId, socket);
  }

  /** The network or the server has ended it. */
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

  /** The client has ended it, or is to begin anew. */
  leave(privateId: string, socket: LiveSocket): void {
    if (!this.#remove(privateId, socket)) return;
    this.#left.add(privateId);
    for (const id of this.#left) {
      if (this.#left.size <= LEFT_MAX) break;
      this.#left.delete(id);
    }
  }

  /** Where the client has its rooms; undefined where that is not known. Nothing changes by asking. */
  find(privateId: string, offset: string): Positions | undefined {
    if (this.#left.has(privateId)) return undefined;
    const known = this.#live.get(privateId) ?? this.#lostOf(privateId);
    if (known !== undefined) return known.sent.positionsAt(offset);
    return hasBegunWith(privateId, offset) ? undefined : positionsOf(offset);
  }

  /** The client has another socket from now on. The id of the one before, where it is known. */
  take(privateId: string): string | undefined {
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

  /** False where another socket has its id by now. */
  #remove(privateId: string, socket: LiveSocket): boolean {
    return this.#live.get(privateId) === socket && this.#live.delete(privateId);
  }
}
