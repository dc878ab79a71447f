/**
 * Fetches what open rooms missed: one `resume` for all rooms after each connection, and
 * one for a room with a gap in its sequence.
 */
import {
  CORE_LIMITS,
  ERROR_CODES,
  type RoomSnapshot,
  type ServerFrames,
  type UserId,
} from '@parley/protocol';
import type { RequestCorrelator } from '../connection/request-correlator.ts';
import { RequestRetryTimer } from '../connection/request-retry-timer.ts';
import type { Environment } from '../environment.ts';
import type { CaughtUp, ClientStore } from '../snapshot.ts';
import { hasGap, resumePosition } from './room-log.ts';
import type { OpenRoom } from './room-state.ts';
import type { Rooms } from './rooms.ts';

type Missed = Omit<CaughtUp, 'atMs'>;

interface ResumeOptions {
  /** The room has everything that it missed: its queued messages can be sent. */
  readonly onLive: (roomId: OpenRoom['id']) => void;
}

export class Resume {
  readonly #environment: Environment;
  readonly #requests: RequestCorrelator;
  readonly #store: ClientStore;
  readonly #rooms: Rooms;
  readonly #options: ResumeOptions;
  readonly #retry: RequestRetryTimer;
  #isAsking = false;
  /** Messages of others received during the catch-up after a connection. */
  #missed: Missed | undefined;

  constructor(
    environment: Environment,
    dependencies: {
      readonly requests: RequestCorrelator;
      readonly store: ClientStore;
      readonly rooms: Rooms;
    },
    options: ResumeOptions,
  ) {
    this.#environment = environment;
    this.#requests = dependencies.requests;
    this.#store = dependencies.store;
    this.#rooms = dependencies.rooms;
    this.#options = options;
    this.#retry = new RequestRetryTimer(environment, () => this.run());
  }

  /** A connection was established; no room is live on it yet. */
  begin(): void {
    this.#missed = { newMessages: 0, isAtLeast: false };
    this.run();
  }

  /** The connection is lost: the next one starts a new catch-up. */
  suspend(): void {
    this.#retry.reset();
    this.#missed = undefined;
  }

  /** A room may have a gap. A pending retry covers it: the server asked for the pause. */
  repair(): void {
    if (!this.#retry.isWaiting) this.run();
  }

  /** Requests all rooms that are behind, unless a request is already pending. */
  run(): void {
    if (this.#isAsking || this.#store.getSnapshot().connection.kind !== 'open') return;
    const behind = this.#roomsBehind();
    if (behind.length === 0) {
      this.#finish();
      return;
    }
    const rooms = behind
      .slice(0, CORE_LIMITS.openRoomsMax)
      .map(({ id, log }) => ({ roomId: id, ...resumePosition(log) }));
    this.#isAsking = true;
    this.#requests.ask('resume', { rooms }, (outcome) => {
      this.#isAsking = false;
      if (outcome.kind === 'answered') this.#onAnswer(outcome.payload);
      else if (outcome.kind === 'refused') this.#retry.schedule(outcome.error);
    });
  }

  #onAnswer({ rooms }: ServerFrames['resumed']): void {
    for (const room of rooms) {
      if (!('error' in room)) this.#onSnapshot(room);
      else if (!ERROR_CODES[room.error.code].retryable)
        this.#rooms.close(room.roomId, room.error.code);
    }
    // Rejected for now, too many for one request, or fallen behind while the request was
    // pending.
    if (this.#roomsBehind().length > 0) this.#retry.schedule();
    else this.#finish();
  }

  #onSnapshot(snapshot: RoomSnapshot): void {
    const { rooms, user } = this.#store.getSnapshot();
    const room = rooms.get(snapshot.roomId);
    if (room?.kind !== 'open') return;
    if (this.#missed !== undefined) {
      const { newMessages, isAtLeast } = missedOf(room, snapshot, user?.id);
      this.#missed = {
        newMessages: this.#missed.newMessages + newMessages,
        isAtLeast: this.#missed.isAtLeast || isAtLeast,
      };
    }
    this.#rooms.apply(room.id, { kind: 'snapshot', snapshot, isCatchUp: true });
    this.#rooms.mergePresence(snapshot.members);
    this.#options.onLive(room.id);
  }

  #finish(): void {
    this.#retry.reset();
    if (this.#missed === undefined) return;
    const caughtUp = { atMs: this.#environment.nowMs(), ...this.#missed };
    this.#missed = undefined;
    this.#store.update({ caughtUp });
  }

  #roomsBehind(): OpenRoom[] {
    return [...this.#store.getSnapshot().rooms.values()].filter(
      (room): room is OpenRoom => room.kind === 'open' && (!room.isLive || hasGap(room.log)),
    );
  }
}

function missedOf(
  { log }: OpenRoom,
  { history, epoch, truncated }: RoomSnapshot,
  self: UserId | undefined,
): Missed {
  // The number of new messages in another log is unknown.
  if (epoch !== log.epoch) return { newMessages: 0, isAtLeast: false };
  const fresh = history.filter(({ sequence }) => sequence > log.position);
  const first = fresh[0]?.sequence ?? log.position;
  return {
    newMessages: fresh.filter(({ userId }) => userId !== self).length,
    isAtLeast: truncated && first > log.position + 1,
  };
}
