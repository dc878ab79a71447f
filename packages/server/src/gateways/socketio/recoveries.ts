/**
 * Sockets that were lost a moment ago, by the secret id that Socket.IO gives their
 * client, for a while: where they stood, and whose they were. Nothing is given back
 * before the client has said again who it is.
 */
import type { UserId } from '@parley/protocol';
import type { Clock } from '../../ports/clock.ts';
import type { Positions, SentLog } from './sent-log.ts';

export interface LostSocket {
  readonly userId: UserId;
  readonly log: SentLog;
}

interface Kept extends LostSocket {
  readonly socketId: string;
  readonly untilMs: number;
}

const KEPT_MS = 2 * 60 * 1000;
const KEPT_MAX = 10_000;
const FOUND_MAX = 1000;

export class Recoveries {
  readonly #clock: Clock;
  /** Those that are connected, by socket id. */
  readonly #live = new Map<string, LostSocket>();
  /** By the secret id; oldest first. */
  readonly #kept = new Map<string, Kept>();
  /** Of those whose client is being let in again. */
  readonly #found = new Map<string, { readonly userId: UserId; readonly positions: Positions }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(socketId: string, socket: LostSocket): void {
    this.#live.set(socketId, socket);
  }

  remove(socketId: string): void {
    this.#live.delete(socketId);
  }

  /** The socket was lost, and not left. */
  keep(secretId: string, socketId: string): void {
    const socket = this.#live.get(socketId);
    if (socket === undefined) return;
    const nowMs = this.#clock.monotonicMs();
    this.#kept.set(secretId, { ...socket, socketId, untilMs: nowMs + KEPT_MS });
    for (const [id, { untilMs }] of this.#kept) {
      if (untilMs > nowMs && this.#kept.size <= KEPT_MAX) break;
      this.#kept.delete(id);
    }
  }

  /** The id that the socket had, if its client can go on from there. */
  find(secretId: string, offset: string): string | undefined {
    const kept = this.#kept.get(secretId);
    this.#kept.delete(secretId);
    if (kept === undefined || kept.untilMs <= this.#clock.monotonicMs()) return undefined;
    const positions = kept.log.positionsAt(offset);
    if (positions === undefined) return undefined;
    this.#found.set(secretId, { userId: kept.userId, positions });
    // Of those who then could not say who they are, nothing piles up.
    const [oldest] = this.#found.keys();
    if (this.#found.size > FOUND_MAX && oldest !== undefined) this.#found.delete(oldest);
    return kept.socketId;
  }

  /** Where the person stood, if it is the one whose socket it was. */
  take(secretId: string, userId: UserId): Positions | undefined {
    const found = this.#found.get(secretId);
    this.#found.delete(secretId);
    return found?.userId === userId ? found.positions : undefined;
  }
}
