/**
 * What a client that comes back goes on from, by the secret id that it brings: the socket
 * that is still here or was lost a moment ago; of one that this node does not know what
 * the offset tells; nothing where the client has left. Who asks knows whose the id is.
 */
import type { Clock } from '../../ports/clock.ts';
import { type Positions, positionsOf, type SentLog } from './offset-log.ts';
import { hasBegunWith } from './private-id.ts';

/** A socket that is connected, as far as this node knows. */
export interface LiveSocket {
  readonly socketId: string;
  readonly sent: SentLog;
  /** Its client has another one now. */
  giveWay(): void;
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

export class Recoveries {
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
  add(secretId: string, socket: LiveSocket): void {
    this.take(secretId);
    this.#live.set(secretId, socket);
  }

  /** The network or the server has ended it. */
  lose(secretId: string, socket: LiveSocket): void {
    if (!this.#remove(secretId, socket)) return;
    const { socketId, sent } = socket;
    const nowMs = this.#clock.monotonicMs();
    const { byteCount } = sent;
    this.#forget(secretId);
    this.#lost.set(secretId, { socketId, sent, byteCount, untilMs: nowMs + LOST_MS });
    this.#lostBytes += byteCount;
    for (const [id, { untilMs }] of this.#lost) {
      const isWithin = this.#lost.size <= LOST_MAX && this.#lostBytes <= LOST_BYTES_MAX;
      if (untilMs > nowMs && isWithin) break;
      this.#forget(id);
    }
  }

  #forget(secretId: string): void {
    this.#lostBytes -= this.#lost.get(secretId)?.byteCount ?? 0;
    this.#lost.delete(secretId);
  }

  /** The client has ended it, or is to begin anew. */
  leave(secretId: string, socket: LiveSocket): void {
    if (!this.#remove(secretId, socket)) return;
    this.#left.add(secretId);
    for (const id of this.#left) {
      if (this.#left.size <= LEFT_MAX) break;
      this.#left.delete(id);
    }
  }

  /** Where the client has its rooms; undefined where that is not known. Nothing changes by asking. */
  find(secretId: string, offset: string): Positions | undefined {
    if (this.#left.has(secretId)) return undefined;
    const known = this.#live.get(secretId) ?? this.#lostOf(secretId);
    if (known !== undefined) return known.sent.positionsAt(offset);
    return hasBegunWith(secretId, offset) ? undefined : positionsOf(offset);
  }

  /** The client has another socket from now on. The id of the one before, where it is known. */
  take(secretId: string): string | undefined {
    const live = this.#live.get(secretId);
    const before = live ?? this.#lostOf(secretId);
    this.#live.delete(secretId);
    this.#forget(secretId);
    live?.giveWay();
    return before?.socketId;
  }

  #lostOf(secretId: string): LostSocket | undefined {
    const lost = this.#lost.get(secretId);
    return lost !== undefined && lost.untilMs > this.#clock.monotonicMs() ? lost : undefined;
  }

  /** False where another socket has its id by now. */
  #remove(secretId: string, socket: LiveSocket): boolean {
    return this.#live.get(secretId) === socket && this.#live.delete(secretId);
  }
}
