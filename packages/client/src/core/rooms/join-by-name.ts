/**
 * Joins of rooms by name: requested immediately, or as soon as there is a connection. The
 * caller waits for the answer, so there is a time limit once the client connects.
 */
import { ChatError, type RoomId, type ServerFrames } from '@parley/protocol';
import type { RequestCorrelator } from '../connection/request-correlator.ts';
import { retryDelayMs } from '../connection/request-retry-timer.ts';
import type { CancelTimer, Environment } from '../environment.ts';
import type { ClientStore } from '../snapshot.ts';
import type { OpenRoom } from './room-state.ts';

/** Time that a join waits for a connection, or for the server. */
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
  /** Undefined while the client is not connecting. */
  deadlineMs?: number;
  attempts: number;
  isUnderWay: boolean;
  cancelDeadline: CancelTimer;
  cancelRetry: CancelTimer;
  readonly finish: (outcome: RoomId | ChatError) => void;
}

export class JoinByName {
  readonly #environment: Pick<Environment, 'nowMs' | 'setTimer' | 'random'>;
  readonly #requests: RequestCorrelator;
  readonly #store: ClientStore;
  readonly #onJoined: (joined: ServerFrames['room_joined']) => void;
  readonly #joins = new Set<NamedJoin>();
  /** Promises of the joins: another join of the same name is the same join. */
  readonly #joining = new Map<string, Promise<RoomId>>();
  readonly #joined = new Map<string, Pick<OpenRoom, 'id' | 'name'>>();

  constructor(
    environment: Pick<Environment, 'nowMs' | 'setTimer' | 'random'>,
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
    const open = this.#openRoomNamed(roomName);
    if (open !== undefined) return Promise.resolve(open);
    const key = `${create} ${roomName}`;
    const joining = this.#joining.get(key) ?? this.#begin(roomName, create);
    this.#joining.set(key, joining);
    const end = (): void => {
      this.#joining.delete(key);
    };
    joining.then(end, end);
    return joining;
  }

  /** Channels and groups may have the same name: only rooms that are listed, or were joined by it. */
  #openRoomNamed(roomName: string): RoomId | undefined {
    const { directory, rooms } = this.#store.getSnapshot();
    const listed = directory.rooms.find(({ kind, name }) => kind === 'room' && name === roomName);
    return [this.#joined.get(roomName), listed].find((known) => {
      const room = known && rooms.get(known.id);
      // It may have been renamed.
      return room?.kind === 'open' && room.name === known?.name;
    })?.id;
  }

  #handleJoined(roomName: string, joined: ServerFrames['room_joined']): void {
    this.#onJoined(joined);
    const { rooms } = this.#store.getSnapshot();
    for (const [name, { id }] of this.#joined) if (!rooms.has(id)) this.#joined.delete(name);
    this.#joined.set(roomName, { id: joined.roomId, name: joined.roomName });
  }

  #begin(roomName: string, create: boolean): Promise<RoomId> {
    return new Promise((resolve, reject) => {
      if (this.#joins.size >= JOINS_BY_NAME_MAX) {
        reject(new ChatError('UNAVAILABLE'));
        return;
      }
      const join: NamedJoin = {
        roomName,
        create,
        attempts: 0,
        isUnderWay: false,
        cancelDeadline: () => {},
        cancelRetry: () => {},
        finish: (outcome) => {
          join.cancelDeadline();
          join.cancelRetry();
          this.#joins.delete(join);
          if (outcome instanceof ChatError) reject(outcome);
          else resolve(outcome);
        },
      };
      this.#joins.add(join);
      if (this.#store.getSnapshot().connection.kind !== 'closed') this.#limit(join);
      this.#ask(join);
    });
  }

  /** The client is connecting: joins that were asked for before wait for that, and no longer. */
  handleStart(): void {
    for (const join of this.#joins) if (join.deadlineMs === undefined) this.#limit(join);
  }

  /** A connection was established. */
  askWaiting(): void {
    for (const join of [...this.#joins]) if (!join.isUnderWay) this.#ask(join);
  }

  /** The client gave up connecting. */
  giveUp(error: ChatError): void {
    for (const join of [...this.#joins]) join.finish(error);
  }

  #limit(join: NamedJoin): void {
    const { nowMs, setTimer } = this.#environment;
    join.deadlineMs = nowMs() + JOIN_BY_NAME_WAIT_MS;
    join.cancelDeadline = setTimer(() => {
      if (!join.isUnderWay) join.finish(new ChatError('UNAVAILABLE'));
    }, JOIN_BY_NAME_WAIT_MS);
  }

  #ask(join: NamedJoin): void {
    join.isUnderWay = true;
    join.cancelRetry();
    const { roomName, create } = join;
    const wanted = create ? { roomName } : { roomName, create };
    this.#requests.ask('join_room', wanted, (outcome) => {
      join.isUnderWay = false;
      if (outcome.kind === 'answered') {
        this.#handleJoined(roomName, outcome.payload);
        join.finish(outcome.payload.roomId);
      } else if (outcome.kind === 'refused') {
        this.#retry(join, outcome.error);
      } else if (this.#isLate(join, 0)) {
        join.finish(new ChatError('UNAVAILABLE'));
      }
    });
  }

  /** As a join by id: after the time that the server asks for. */
  #retry(join: NamedJoin, error: ChatError): void {
    const { random, setTimer } = this.#environment;
    const delayMs = retryDelayMs(error, join.attempts, random);
    join.attempts += 1;
    if (!error.isRetryable || this.#isLate(join, delayMs)) join.finish(error);
    else join.cancelRetry = setTimer(() => this.#ask(join), delayMs);
  }

  /** Opening a room twice has the same result: a join that was cut off is sent again. */
  #isLate({ deadlineMs = Number.POSITIVE_INFINITY }: NamedJoin, delayMs: number): boolean {
    return this.#environment.nowMs() + delayMs >= deadlineMs;
  }
}
