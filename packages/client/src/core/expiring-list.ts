/**
 * What is known of rooms for a moment only, such as who types: a list in the order
 * in which each began, out of which everything goes by itself when its time is over.
 * Nothing of it is ever stored.
 */
import type { RoomId } from '@parley/protocol';
import type { CancelTimer, Environment } from './environment.ts';
import type { Cell } from './store.ts';

export interface ExpiringEntry {
  readonly roomId: RoomId;
  /** On the clock of the environment. */
  readonly untilMs: number;
}

export interface ExpiringListOptions<Entry> {
  readonly isSame: (one: Entry, other: Entry) => boolean;
  /** Entries over all rooms; above it the oldest go. */
  readonly countMax: number;
  /** After this time without news an entry goes, whatever the server forgot to say. */
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

  /** Takes the place of the same one, if that is there. */
  put(news: Omit<Entry, 'untilMs'>): void {
    const { isSame, countMax, lastsMs } = this.#options;
    // What was left out of an entry is put back.
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

  /** Without a connection nothing of it is known. */
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
