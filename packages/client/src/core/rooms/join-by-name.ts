/**
 * Joins of rooms by name: requested immediately, or as soon as there is a connection. The
 * caller waits for the answer, so there is a time limit.
 */
import { ChatError, type RoomId, type ServerFrames } from '@parley/protocol';
import type { RequestCorrelator } from '../connection/request-correlator.ts';
import type { Environment } from '../environment.ts';
import type { ClientStore } from '../snapshot.ts';

/** Time that a join waits for a connection. */
export const JOIN_BY_NAME_WAIT_MS = 10_000;
/** Maximum number of waiting and pending joins; another is rejected with `UNAVAILABLE`. */
export const JOINS_BY_NAME_MAX = 100;

export interface NamedJoinOptions {
  /** False: a name that no room has is `NOT_FOUND`. Default: the room is created. */
  readonly create?: boolean;
}

interface NamedJoin {
  readonly roomName: string;
  readonly create: boolean;
  readonly deadlineMs: number;
  isUnderWay: boolean;
  readonly finish: (outcome: RoomId | ChatError) => void;
}

export class JoinByName {
  readonly #environment: Pick<Environment, 'nowMs' | 'setTimer'>;
  readonly #requests: RequestCorrelator;
  readonly #store: ClientStore;
  readonly #onJoined: (joined: ServerFrames['room_joined']) => void;
  readonly #joins = new Set<NamedJoin>();

  constructor(
    environment: Pick<Environment, 'nowMs' | 'setTimer'>,
    dependencies: { readonly requests: RequestCorrelator; readonly store: ClientStore },
    onJoined: (joined: ServerFrames['room_joined']) => void,
  ) {
    this.#environment = environment;
    this.#requests = dependencies.requests;
    this.#store = dependencies.store;
    this.#onJoined = onJoined;
  }

  /**
   * @throws {ChatError} `UNAVAILABLE` if there was no connection in time or the client is
   * closed; else the server's error.
   */
  join(roomName: string, { create = true }: NamedJoinOptions = {}): Promise<RoomId> {
    return new Promise((resolve, reject) => {
      if (this.#joins.size >= JOINS_BY_NAME_MAX) {
        reject(new ChatError('UNAVAILABLE'));
        return;
      }
      const cancelTimer = this.#environment.setTimer(() => {
        if (!join.isUnderWay) join.finish(new ChatError('UNAVAILABLE'));
      }, JOIN_BY_NAME_WAIT_MS);
      const join: NamedJoin = {
        roomName,
        create,
        deadlineMs: this.#environment.nowMs() + JOIN_BY_NAME_WAIT_MS,
        isUnderWay: false,
        finish: (outcome) => {
          cancelTimer();
          this.#joins.delete(join);
          if (outcome instanceof ChatError) reject(outcome);
          else resolve(outcome);
        },
      };
      this.#joins.add(join);
      this.#ask(join);
    });
  }

  /** A connection was established. */
  askWaiting(): void {
    for (const join of [...this.#joins]) if (!join.isUnderWay) this.#ask(join);
  }

  /** The client gave up connecting. */
  giveUp(): void {
    for (const join of [...this.#joins]) {
      if (!join.isUnderWay) join.finish(new ChatError('UNAVAILABLE'));
    }
  }

  #ask(join: NamedJoin): void {
    join.isUnderWay = true;
    const { roomName, create } = join;
    const wanted = create ? { roomName } : { roomName, create };
    this.#requests.ask('join_room', wanted, (outcome) => {
      join.isUnderWay = false;
      if (outcome.kind === 'answered') {
        this.#onJoined(outcome.payload);
        join.finish(outcome.payload.roomId);
      } else if (outcome.kind === 'refused') {
        join.finish(outcome.error);
      } else if (!this.#mayWait(join)) {
        join.finish(new ChatError('UNAVAILABLE'));
      }
    });
  }

  /** Opening a room twice has the same result: a join that was cut off is sent again. */
  #mayWait({ deadlineMs }: NamedJoin): boolean {
    const { kind } = this.#store.getSnapshot().connection;
    const isWanted = kind !== 'closed' && kind !== 'unauthorized';
    return isWanted && this.#environment.nowMs() < deadlineMs;
  }
}
