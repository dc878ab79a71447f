/**
 * The user's direct and group conversations: who they are with. The server opens them on
 * every connection by itself, so their events come without a join, and the first event of
 * a new one may come before the client has heard of it.
 */
import type { OwnRoomEntry, RoomId, RoomListEntry, UserPayload } from '@parley/protocol';
import type { RequestCorrelator } from '../connection/request-correlator.ts';
import type { ClientStore } from '../snapshot.ts';

export interface Conversation {
  readonly id: RoomId;
  readonly kind: 'direct' | 'group';
  /** Of a direct conversation the name of the other person. */
  readonly name: string;
  /** The other person of a direct conversation. */
  readonly person: UserPayload | undefined;
}

export type ConversationsState = ReadonlyMap<RoomId, Conversation>;

export interface ConversationsOptions {
  /** The user's own rooms were listed: by the welcome, or by a lookup. */
  readonly onListed: (entries: readonly OwnRoomEntry[]) => void;
}

export class Conversations {
  readonly #requests: RequestCorrelator;
  readonly #store: ClientStore;
  readonly #onListed: ConversationsOptions['onListed'];
  /** Called when an answer came to a lookup that began after they were added. */
  #waiting: (() => void)[] = [];
  #isAsking = false;
  /** Rooms that a lookup did not find: their events start no further one. */
  readonly #unknown = new Set<RoomId>();

  constructor(
    parts: { readonly requests: RequestCorrelator; readonly store: ClientStore },
    { onListed }: ConversationsOptions,
  ) {
    this.#requests = parts.requests;
    this.#store = parts.store;
    this.#onListed = onListed;
  }

  has(roomId: RoomId): boolean {
    return this.#store.getSnapshot().conversations.has(roomId);
  }

  /** Replaces what was known before the connection: a membership may have ended meanwhile. */
  takeWelcome(entries: readonly OwnRoomEntry[]): void {
    this.#unknown.clear();
    this.#store.update({ conversations: new Map(entries.flatMap(toEntry)) });
  }

  /** Adds what a list has, and changes what it has differently. */
  takeList(entries: readonly RoomListEntry[]): void {
    const known = this.#store.getSnapshot().conversations;
    const news = entries.flatMap(toEntry).filter(([id, next]) => !isSame(known.get(id), next));
    if (news.length > 0) this.#store.update({ conversations: new Map([...known, ...news]) });
  }

  remove(roomId: RoomId): void {
    const conversations = new Map(this.#store.getSnapshot().conversations);
    if (conversations.delete(roomId)) this.#store.update({ conversations });
  }

  /** An event of a room came that the client does not know. */
  lookUp(roomId: RoomId): void {
    if (this.#unknown.has(roomId)) return;
    this.refresh(() => {
      if (!this.has(roomId)) this.#unknown.add(roomId);
    });
  }

  /** Lists the user's own rooms; `onDone` is called also if that fails. */
  refresh(onDone: () => void = () => {}): void {
    this.#waiting.push(onDone);
    if (!this.#isAsking) this.#ask();
  }

  #ask(): void {
    const waiting = this.#waiting.splice(0);
    this.#isAsking = true;
    this.#requests.ask('get_rooms', { own: true }, (outcome) => {
      this.#isAsking = false;
      if (outcome.kind === 'answered') {
        // With `own` the entries are those of the welcome.
        const entries = outcome.payload.rooms as readonly OwnRoomEntry[];
        this.takeList(entries);
        this.#onListed(entries);
      }
      for (const done of waiting) done();
      // Added while the answer was on its way, which may be older than what they wait for.
      if (this.#waiting.length > 0 && !this.#isAsking) this.#ask();
    });
  }
}

function toEntry(entry: RoomListEntry): [RoomId, Conversation][] {
  const { id, kind, name, person, headSequence } = entry;
  if (kind !== 'direct' && kind !== 'group') return [];
  // A direct room whose first message was rejected is not a conversation yet.
  if (kind === 'direct' && headSequence === 0) return [];
  const other = person && { id: person.userId, username: person.username };
  return [[id, { id, kind, name, person: other }]];
}

function isSame(one: Conversation | undefined, other: Conversation): boolean {
  return one?.name === other.name && one.person?.username === other.person?.username;
}
