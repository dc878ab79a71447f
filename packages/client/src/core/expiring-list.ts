/**
 * Expiring state of rooms, such as typing users: a list in order of start, from which
 * entries disappear after their lifetime. It is never stored.
 */
import type { RoomId } from '@parley/protocol';
import type { CancelTimer, Environment } from './environment.ts';
import type { Cell } from './store.ts';

export interface ExpiringEntry {
  readonly roomId: RoomId;
  /** On the clock of the environment. */
  readonly untilMs: number;
}

interface ExpiringListOptions<Entry> {
  readonly isSame: (one: Entry, other: Entry) => boolean;
  /** Maximum number of entries over all rooms; above it the oldest are removed. */
  readonly countMax: number;
  /** Lifetime of an entry without an update, in case the server's end event is lost. */
  readonly lastsMs: number;
}

type FleetingEnvironment = Pick<Environment, 'nowMs' | 'setTimer'>;

export class ExpiringList<Entry extends ExpiringEntry> {
  readonly #environment: FleetingEnvironment;
  readonly #entries: Cell<readonly Entry[]>;
  readonly #options: ExpiringListOptions<Entry>;
  #cancelTimer: CancelTimer | undefined;

  constructor(
    environment: FleetingEnvironment,
    entries: Cell<readonly Entry[]>,
    options: ExpiringListOptions<Entry>,
  ) {
    this.#environment = environment;
    this.#entries = entries;
    this.#options = options;
  }

  /** Replaces an entry that is the same. */
  put(news: Omit<Entry, 'untilMs'>): void {
    const { isSame, countMax, lastsMs } = this.#options;
    // The fields that were omitted are added again.
    const entry = { ...news, untilMs: this.#environment.nowMs() + lastsMs } as Entry;
    const entries = this.#entries.get();
    const isKnown = entries.some((each) => isSame(each, entry));
    this.#set(
      isKnown
        ? entries.map((each) => (isSame(each, entry) ? entry : each))
        : [...entries, entry].slice(-countMax),
    );
  }

  end(isOver: (entry: Entry) => boolean): void {
    const entries = this.#entries.get();
    if (entries.some(isOver)) this.#set(entries.filter((entry) => !isOver(entry)));
  }

  endRoom(roomId: RoomId): void {
    this.end((entry) => entry.roomId === roomId);
  }

  /** Without a connection none of it is known. */
  endAll(): void {
    this.end(() => true);
  }

  #set(entries: readonly Entry[]): void {
    this.#entries.set(entries);
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (entries.length === 0) return;
    const { nowMs, setTimer } = this.#environment;
    const nextMs = Math.min(...entries.map(({ untilMs }) => untilMs));
    const expire = (): void => this.end(({ untilMs }) => untilMs <= nowMs());
    this.#cancelTimer = setTimer(expire, Math.max(0, nextMs - nowMs()));
  }
}
