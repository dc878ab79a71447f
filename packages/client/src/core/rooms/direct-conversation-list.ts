/**
 * The user's direct and group conversations, and the people in them. The server opens
 * them on every connection, so their events arrive without a join, and the first event of
 * a new one may arrive before the client knows the conversation.
 */
import type { OwnRoomEntry, RoomId, RoomListEntry, ServerFrames } from '@parley/protocol';
import type { RequestCorrelator } from '../connection/request-correlator.ts';
import type { ClientStore } from '../snapshot.ts';
import type { Conversation } from './direct-conversations-state.ts';

type Greeting = ServerFrames['connection_established'];

interface DirectConversationListOptions {
  /** The user's own rooms were listed, by the greeting or by a lookup. */
  readonly onListed: (entries: readonly OwnRoomEntry[]) => void;
}

export class DirectConversationList {
  readonly #requests: RequestCorrelator;
  readonly #store: ClientStore;
  readonly #onListed: DirectConversationListOptions['onListed'];
  /** Callbacks for the next lookup. */
  #waiting: (() => void)[] = [];
  #isAsking = false;
  /** Rooms that a lookup did not find: their events start no further lookup. */
  readonly #unknown = new Set<RoomId>();

  constructor(
    dependencies: { readonly requests: RequestCorrelator; readonly store: ClientStore },
    { onListed }: DirectConversationListOptions,
  ) {
    this.#requests = dependencies.requests;
    this.#store = dependencies.store;
    this.#onListed = onListed;
  }

  has(roomId: RoomId): boolean {
    return this.#store.getSnapshot().conversations.has(roomId);
  }

  /**
   * Replaces all conversations: a membership may have ended while disconnected. Those that the
   * greeting leaves out are listed behind it.
   */
  onWelcome({ rooms, next }: Pick<Greeting, 'rooms' | 'next'>): void {
    this.#unknown.clear();
    this.#store.update({ conversations: new Map(rooms.flatMap(toEntry)) });
    if (next !== undefined) this.#ask(next);
  }

  /** Adds and updates the conversations of a list. */
  onList(entries: readonly RoomListEntry[]): void {
    const known = this.#store.getSnapshot().conversations;
    const news = entries.flatMap(toEntry).filter(([id, next]) => !isSame(known.get(id), next));
    if (news.length > 0) this.#store.update({ conversations: new Map([...known, ...news]) });
  }

  remove(roomId: RoomId): void {
    const conversations = new Map(this.#store.getSnapshot().conversations);
    if (conversations.delete(roomId)) this.#store.update({ conversations });
  }

  /** An event of an unknown room arrived. */
  lookUp(roomId: RoomId): void {
    if (this.#unknown.has(roomId)) return;
    this.refresh(() => {
      if (!this.has(roomId)) this.#unknown.add(roomId);
    });
  }

  /** Lists the user's own rooms; `onDone` is also called if that fails. */
  refresh(onDone: () => void = () => {}): void {
    this.#waiting.push(onDone);
    if (!this.#isAsking) this.#ask();
  }

  #ask(after?: string): void {
    const waiting = this.#waiting.splice(0);
    this.#isAsking = true;
    const from = after === undefined ? {} : { after };
    this.#requests.ask('get_rooms', { own: true, ...from }, (outcome) => {
      this.#isAsking = false;
      if (outcome.kind === 'answered') {
        // With `own` the entries have the form of those in the greeting.
        const entries = outcome.payload.rooms as readonly OwnRoomEntry[];
        this.onList(entries);
        this.#onListed(entries);
        const { next } = outcome.payload;
        if (next !== undefined) {
          this.#waiting.unshift(...waiting);
          this.#ask(next);
          return;
        }
      }
      for (const done of waiting) done();
      // Added during the request, whose answer may be too old for them.
      if (this.#waiting.length > 0 && !this.#isAsking) this.#ask();
    });
  }
}

function toEntry(entry: RoomListEntry): [RoomId, Conversation][] {
  const { id, kind, name, person, headSequence } = entry;
  if (kind !== 'direct' && kind !== 'group') return [];
  // A direct room whose first message was rejected is not a conversation yet.
  if (kind === 'direct' && headSequence === 0) return [];
  const other = person && {
    id: person.userId,
    username: person.username,
    ...(person.externalId && { externalId: person.externalId }),
  };
  return [[id, { id, kind, name, person: other }]];
}

function isSame(one: Conversation | undefined, other: Conversation): boolean {
  return one?.name === other.name && one.person?.username === other.person?.username;
}
