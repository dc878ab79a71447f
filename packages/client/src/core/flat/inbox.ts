/**
 * All conversations together, for a subscriber without a particular one: messages that
 * arrive during the subscription, and what was missed after a connection loss, also in
 * conversations that started meanwhile. Older messages are not shown.
 *
 * The first list gives the position of each conversation; after a connection loss the
 * next list shows which conversations have new messages. Messages that arrive in between
 * may follow a gap, and are shown with everything after the known position. Once a
 * conversation is followed, its own log ensures that nothing is missing.
 */
import { ChatError, type RoomId } from '@parley/protocol';
import { type Http, readAll } from '../connection/http.ts';
import { RequestRetryTimer } from '../connection/request-retry-timer.ts';
import type { Environment } from '../environment.ts';
import type { Message } from '../messages/message.ts';
import type { FlatRooms } from './flat-rooms.ts';
import type { History } from './history.ts';

/** Maximum number of conversations followed at once; later ones are not shown here. */
const CONVERSATIONS_MAX = 200;

/** The fields of `GET /api/conversations` that are used here. */
interface Conversation {
  readonly id: RoomId;
  readonly kind: string;
  readonly lastMessage: { readonly sequence: number } | null;
}

interface InboxOptions {
  readonly http: Http;
  readonly rooms: FlatRooms;
  readonly history: History;
}

export class Inbox {
  readonly #options: InboxOptions;
  readonly #retry: RequestRetryTimer;
  isOpen = false;
  /** Known position of each conversation; undefined before the first list. */
  #known: Map<RoomId, number> | undefined;
  /** After a connection loss, until the list arrives: any conversation may have missed messages. */
  #isBehind = false;
  /** The expected list; the answer to another request is ignored. */
  #ticket: symbol | undefined;

  constructor(environment: Pick<Environment, 'setTimer' | 'random'>, options: InboxOptions) {
    this.#options = options;
    this.#retry = new RequestRetryTimer(environment, () => this.look());
  }

  /** Resets everything: the next user may be a different one. */
  startOver(): void {
    this.#stopLooking();
    this.#known = undefined;
    this.#isBehind = false;
  }

  /** Events from now on follow a gap, and are requested on the next connection. */
  disconnected(): void {
    this.#stopLooking();
    this.#isBehind = this.#known !== undefined;
  }

  /** A connection was established. A temporary failure is tried again. */
  look(): void {
    if (!this.isOpen) return;
    const ticket = Symbol('list');
    this.#ticket = ticket;
    const { http } = this.#options;
    readAll<Conversation>(http, '/api/conversations', 'conversations').then(
      (conversations) => {
        if (this.#ticket === ticket) this.#onList(conversations);
      },
      (thrown: unknown) => {
        const error = ChatError.from(thrown);
        if (this.#ticket === ticket && error.isRetryable) this.#retry.schedule(error);
      },
    );
  }

  /** A message is about to be inserted into its room. */
  onMessage({ roomId, sequence }: Message): void {
    if (!this.isOpen) return;
    this.#follow(roomId, this.#isBehind ? this.#knownOf(roomId) : sequence - 1);
    // A message sent over HTTP may arrive before earlier messages.
    this.#options.rooms.change(roomId, ({ inboxFrom = sequence }) => ({
      inboxFrom: Math.min(inboxFrom, sequence),
    }));
  }

  #stopLooking(): void {
    this.#ticket = undefined;
    this.#retry.reset();
  }

  #onList(conversations: readonly Conversation[]): void {
    this.#stopLooking();
    const heads = conversations
      .filter(({ kind }) => kind === 'direct')
      .map(({ id, lastMessage }) => [id, lastMessage?.sequence ?? 0] as const);
    for (const [id, head] of this.#isBehind ? heads : []) {
      const from = this.#knownOf(id);
      if (head > from) this.#follow(id, from);
    }
    this.#known = new Map([...heads, ...(this.#known ?? [])]);
    this.#isBehind = false;
  }

  /** A conversation that was not in the list started after it. */
  #knownOf(roomId: RoomId): number {
    return this.#known?.get(roomId) ?? 0;
  }

  #follow(roomId: RoomId, position: number): void {
    const { history, rooms } = this.#options;
    const room = rooms.get(roomId);
    if (room === undefined && rooms.all.length >= CONVERSATIONS_MAX) return;
    rooms.openAt(roomId, position);
    if (room?.inboxFrom !== undefined) return;
    rooms.change(roomId, () => ({ inboxFrom: position + 1 }));
    // The room was opened at its head; the page covers the messages in between.
    if (room !== undefined) history.loadNewest(roomId);
  }
}
