/**
 * All conversations at once, for who looks at none in particular: what comes while
 * somebody looks, and after a loss what was missed, also of conversations that were
 * begun meanwhile. What is older is not shown.
 *
 * How to think about it: the first list that is answered says where each conversation
 * stands; after a loss the next one says which have gone on. In between, what comes
 * may have something missed before it, and is shown with all that is behind what was
 * known. Once a conversation is followed, its own log sees to it that nothing is missing.
 */
import { ChatError, ERROR_CODES, type RoomId } from '@parley/protocol';
import type { Http } from '../connection/http.ts';
import { RetryTimer } from '../connection/retry-timer.ts';
import type { Environment } from '../environment.ts';
import type { FlatMessage } from './flat-dialect.ts';
import type { FlatRooms } from './rooms.ts';

/** Conversations that are followed at once; those that come later show nothing here. */
const CONVERSATIONS_MAX = 200;

/** Of `GET /api/conversations`, what counts here. */
interface Conversation {
  readonly id: RoomId;
  readonly kind: string;
  readonly lastMessage: { readonly sequence: number } | null;
}

export interface InboxDependencies<M extends FlatMessage> {
  readonly http: Http;
  readonly rooms: FlatRooms<M>;
  /** Loads the newest page of a room, unless it is there. */
  readonly loadNewest: (roomId: RoomId) => void;
}

export class Inbox<M extends FlatMessage> {
  readonly #parts: InboxDependencies<M>;
  readonly #retry: RetryTimer;
  #isOpen = false;
  /** Up to where each conversation is known; absent before the first list. */
  #known: Map<RoomId, number> | undefined;
  /** After a loss, until the list is there: something may have been missed in any conversation. */
  #isBehind = false;
  /** The list that is awaited; an answer to another one is ignored. */
  #ticket: symbol | undefined;

  constructor(environment: Pick<Environment, 'setTimer' | 'random'>, parts: InboxDependencies<M>) {
    this.#parts = parts;
    this.#retry = new RetryTimer(environment, () => this.look());
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  open(): void {
    this.#isOpen = true;
  }

  close(): void {
    this.#isOpen = false;
    this.startOver();
  }

  /** Nothing is known; whose conversations they were may be another person now. */
  startOver(): void {
    this.#stopLooking();
    this.#known = undefined;
    this.#isBehind = false;
  }

  /** The connection is gone: what comes now is behind what was known, and asked for by the next one. */
  disconnected(): void {
    this.#stopLooking();
    this.#isBehind = this.#known !== undefined;
  }

  /** A connection was established. A failure that may pass is tried again. */
  look(): void {
    if (!this.#isOpen) return;
    const ticket = Symbol('list');
    this.#ticket = ticket;
    this.#fetch().then(
      (conversations) => {
        if (this.#ticket === ticket) this.#take(conversations);
      },
      (thrown: unknown) => {
        const error = ChatError.from(thrown);
        if (this.#ticket === ticket && ERROR_CODES[error.code].retryable) {
          this.#retry.schedule(error);
        }
      },
    );
  }

  /** A message is about to be entered into its room. */
  take(roomId: RoomId, { sequence }: M): void {
    if (!this.#isOpen) return;
    this.#follow(roomId, this.#isBehind ? this.#knownOf(roomId) : sequence - 1);
    // What is sent over HTTP may overtake what was there before it.
    const { rooms } = this.#parts;
    const { inboxFrom = sequence } = rooms.get(roomId) ?? {};
    if (inboxFrom > sequence) rooms.change(roomId, () => ({ inboxFrom: sequence }));
  }

  #stopLooking(): void {
    this.#ticket = undefined;
    this.#retry.reset();
  }

  async #fetch(): Promise<readonly Conversation[]> {
    const { conversations } = (await this.#parts.http.call('GET', '/api/conversations')) as {
      readonly conversations: readonly Conversation[];
    };
    return conversations.filter(({ kind }) => kind === 'direct');
  }

  #take(conversations: readonly Conversation[]): void {
    this.#stopLooking();
    const heads = conversations.map(
      ({ id, lastMessage }) => [id, lastMessage?.sequence ?? 0] as const,
    );
    for (const [id, head] of this.#isBehind ? heads : []) {
      const from = this.#knownOf(id);
      if (head > from) this.#follow(id, from);
    }
    this.#known = new Map([...heads, ...(this.#known ?? [])]);
    this.#isBehind = false;
  }

  /** One that was not in the list was begun since. */
  #knownOf(roomId: RoomId): number {
    return this.#known?.get(roomId) ?? 0;
  }

  #follow(roomId: RoomId, position: number): void {
    const { rooms, loadNewest } = this.#parts;
    const room = rooms.get(roomId);
    if (room === undefined && rooms.count >= CONVERSATIONS_MAX) return;
    rooms.open(roomId, position);
    if (room?.inboxFrom !== undefined) return;
    rooms.change(roomId, () => ({ inboxFrom: position + 1 }));
    // Who opened it began at its head; what is between the two comes with the page.
    if (room !== undefined) loadNewest(roomId);
  }
}
