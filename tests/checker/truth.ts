/** The rooms as they were freshly fetched in the end: what every client is compared with. */
import type { FetchedEntry, HeldMessage, History } from './history.ts';

export class Truth {
  readonly #rooms = new Map<string, FetchedRoom>();

  static of(history: History): Truth {
    const truth = new Truth();
    for (const entry of history) {
      if (entry.type === 'fetched') truth.#rooms.set(entry.roomId, new FetchedRoom(entry));
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
  readonly headSequence: number;
  readonly messages: readonly HeldMessage[];
  readonly bySequence: ReadonlyMap<number, HeldMessage>;
  readonly byId: ReadonlyMap<string, HeldMessage>;

  constructor({ roomId, headSequence, messages }: FetchedEntry) {
    this.roomId = roomId;
    this.headSequence = headSequence;
    this.messages = messages;
    this.bySequence = new Map(messages.map((message) => [message.sequence, message]));
    this.byId = new Map(messages.map((message) => [message.id, message]));
  }
}
