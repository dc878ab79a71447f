/**
 * Sockets that were lost: where each stood, and whose it was. Those of a moment ago are
 * kept, by the secret id that Socket.IO gives their client; one that had a single room
 * open is found by what its client brings, though this node has never seen it. Nothing
 * is given back before the client has said again who it is.
 */
import { randomUUID } from 'node:crypto';
import type { UserId } from '@parley/protocol';
import type { Clock } from '../../ports/clock.ts';
import { type Positions, positionsOf, type SentLog } from './sent-log.ts';

/** What its client can go on from. */
export interface FoundSocket {
  readonly socketId: string;
  readonly userId: UserId;
  readonly positions: Positions;
}

interface Kept {
  readonly log: SentLog;
  readonly socketId: string;
  readonly untilMs: number;
}

const KEPT_MS = 2 * 60 * 1000;
const KEPT_MAX = 10_000;

export class Recoveries {
  readonly #clock: Clock;
  /** Those that are connected, by socket id. */
  readonly #live = new Map<string, SentLog>();
  /** By the secret id; oldest first. */
  readonly #kept = new Map<string, Kept>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(socketId: string, log: SentLog): void {
    this.#live.set(socketId, log);
  }

  remove(socketId: string): void {
    this.#live.delete(socketId);
  }

  /** The socket was lost, and not left. */
  keep(secretId: string, socketId: string): void {
    const log = this.#live.get(socketId);
    if (log === undefined) return;
    const nowMs = this.#clock.monotonicMs();
    this.#kept.set(secretId, { log, socketId, untilMs: nowMs + KEPT_MS });
    for (const [id, { untilMs }] of this.#kept) {
      if (untilMs > nowMs && this.#kept.size <= KEPT_MAX) break;
      this.#kept.delete(id);
    }
  }

  /** The socket, if its client can go on from there. */
  find(secretId: string, offset: string): FoundSocket | undefined {
    const kept = this.#kept.get(secretId);
    this.#kept.delete(secretId);
    const isKept = kept !== undefined && kept.untilMs > this.#clock.monotonicMs();
    const userId = ownerOf(secretId);
    const positions = isKept ? kept.log.positionsAt(offset) : positionsOf(offset);
    if (positions === undefined || userId === undefined) return undefined;
    return { socketId: isKept ? kept.socketId : randomUUID(), userId, positions };
  }
}

/** It tells, after a restart too, whose client brings it; and tells that client only. */
export function newSecretId(userId: UserId): string {
  return `${randomUUID()}.${userId}`;
}

const UUID_LENGTH = 36;

function ownerOf(secretId: string): UserId | undefined {
  // Whose it is said to be; who comes with it says first who they are.
  return secretId[UUID_LENGTH] === '.' ? (secretId.slice(UUID_LENGTH + 1) as UserId) : undefined;
}
