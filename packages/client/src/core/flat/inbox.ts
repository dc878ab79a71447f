/**
 * All conversations at once, for who looks at none in particular: what comes while
 * somebody looks, and after a loss what was missed, also of conversations that were
 * begun meanwhile. What is older is not shown.
 */
import type { RoomId } from '@parley/protocol';
import type { Http } from '../http.ts';
import type { FlatMessage } from './flat-dialect.ts';
import type { FlatRooms } from './flat-rooms.ts';

/** Conversations that are followed at once; those that come later show nothing here. */
const CONVERSATIONS_MAX = 200;

/** Of `GET /api/conversations`, what counts here. */
interface Conversation {
  readonly id: RoomId;
  readonly kind: string;
  readonly lastMessage: { readonly sequence: number } | null;
}

export class Inbox<M extends FlatMessage> {
  readonly #http: Http;
  readonly #rooms: FlatRooms<M>;
  /** Up to where each conversation is known; absent before the first look. */
  #known: Map<RoomId, number> | undefined;
  #isOpen = false;

  constructor(http: Http, rooms: FlatRooms<M>) {
    this.#http = http;
    this.#rooms = rooms;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  open(): void {
    this.#isOpen = true;
  }

  close(): void {
    this.#isOpen = false;
    this.#known = undefined;
  }

  /** Whose conversations they were is another person now. */
  startOver(): void {
    this.#known = undefined;
  }

  /** A connection was established. Whatever was missed is behind what was known before. */
  look(): void {
    if (!this.#isOpen) return;
    this.#fetch().catch(() => {
      // It is looked at again after the next greeting; nothing is lost but time.
    });
  }

  /** A message is about to be entered into its room. */
  take(roomId: RoomId, { sequence }: M): void {
    if (this.#isOpen) this.#follow(roomId, sequence - 1);
  }

  async #fetch(): Promise<void> {
    const { conversations } = (await this.#http.call('GET', '/api/conversations')) as {
      readonly conversations: readonly Conversation[];
    };
    const known = this.#known;
    const direct = conversations.filter(({ kind }) => kind === 'direct');
    for (const { id, lastMessage } of direct) {
      const from = known?.get(id) ?? 0;
      if (known !== undefined && (lastMessage?.sequence ?? 0) > from) this.#follow(id, from);
    }
    const heads = direct.map(({ id, lastMessage }) => [id, lastMessage?.sequence ?? 0] as const);
    this.#known = new Map([...heads, ...(known ?? [])]);
  }

  #follow(roomId: RoomId, position: number): void {
    if (this.#rooms.get(roomId) === undefined && this.#rooms.count >= CONVERSATIONS_MAX) return;
    this.#rooms.open(roomId, position);
    this.#rooms.change(roomId, ({ inboxFrom = position + 1 }) => ({ inboxFrom }));
  }
}
