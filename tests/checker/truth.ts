/** The rooms as freshly fetched in the end, with which every client is compared. */
import type { FetchedEntry, HeldMessage, History } from './history.ts';

export class Truth {
  readonly #rooms = new Map<string, FetchedRoom>();

  static of(history: History): Truth {
    const truth = new Truth();
    const keptFrom = new Map<string, number>();
    for (const entry of history) {
      if (entry.type !== 'retention') continue;
      const { roomId, beforeMs } = entry;
      keptFrom.set(roomId, Math.max(keptFrom.get(roomId) ?? beforeMs, beforeMs));
    }
    for (const entry of history) {
      if (entry.type !== 'fetched') continue;
      truth.#rooms.set(entry.roomId, new FetchedRoom(entry, keptFrom.get(entry.roomId)));
    }
    return truth;
  }

  get rooms(): Iterable<FetchedRoom> {
    return this.#rooms.values();
  }

  room(roomId: string): FetchedRoom | undefined {
    return this.#rooms.get(roomId);
  }
}

export class FetchedRoom {
  readonly roomId: string;
  readonly fetchedAtMs: number;
  readonly headSequence: number;
  readonly messages: readonly HeldMessage[];
  readonly bySequence: ReadonlyMap<number, HeldMessage>;
  readonly byId: ReadonlyMap<string, HeldMessage>;
  readonly #keptFromMs: number | undefined;

  /** @param keptFromMs Messages sent earlier may be deleted; undefined: none may. */
  constructor(fetched: FetchedEntry, keptFromMs: number | undefined) {
    const { roomId, headSequence, messages, atMs } = fetched;
    this.fetchedAtMs = atMs;
    this.#keptFromMs = keptFromMs;
    this.roomId = roomId;
    this.headSequence = headSequence;
    this.messages = messages;
    this.bySequence = new Map(messages.map((message) => [message.sequence, message]));
    this.byId = new Map(messages.map((message) => [message.id, message]));
  }

  /** Whether retention may have deleted this message: it deletes the beginning of a log only. */
  mayBeGone({
    sequence,
    sentAtMs,
  }: {
    readonly sequence: number;
    readonly sentAtMs?: number;
  }): boolean {
    if (this.#keptFromMs === undefined || (sentAtMs ?? 0) >= this.#keptFromMs) return false;
    return this.messages.every((message) => message.sequence > sequence);
  }
}
