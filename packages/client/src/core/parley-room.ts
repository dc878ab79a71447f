/** A room, or a direct conversation: the commands of an application. */
import {
  type Attachment,
  ChatError,
  type ClientMessageId,
  type MessageId,
  type RoomId,
} from '@parley/protocol';
import { type CoreClient, load, type Thread } from './core-client.ts';
import type { Message } from './messages/message.ts';
import type { Named, People, RoomMessage, Sender } from './people.ts';
import type { MessageChange } from './rooms/message-changes.ts';
import type { NamedWindow } from './rooms/named-window.ts';
import type { RoomState } from './rooms/room-state.ts';
import { type TimelineMessage, timelineOf } from './rooms/timeline.ts';
import type { WindowCenter } from './rooms/timeline-window.ts';
import { NOTHING_UNREAD, type Unread, unreadOf } from './rooms/unread-state.ts';

/** A message of the room, or its id. */
export type MessageRef = MessageId | Pick<Message, 'id'> | Pick<TimelineMessage, 'id' | 'delivery'>;

export interface OutgoingMessage {
  readonly text: string;
  /** The message to reply to. */
  readonly replyTo?: MessageRef;
  /** The reply is also a message of the room, unread there for everyone. */
  readonly alsoToRoom?: boolean;
  /** Descriptions of files stored elsewhere. */
  readonly attachments?: readonly Attachment[];
}

export interface SentHandle {
  /** The `clientMessageId`: the same on every attempt. */
  readonly id: ClientMessageId;
  /**
   * Resolves when the message is stored. Rejects with a `ChatError` if the server rejected
   * it, and with an `AbortError` if it was withdrawn. It may be ignored.
   */
  readonly done: Promise<Named<Message>>;
  /** Withdraws the message unless it may be stored. Returns whether it did. */
  readonly cancel: () => boolean;
  /** Sends a failed message again. Resolves and rejects like `done`. */
  readonly retry: () => Promise<Named<Message>>;
  /**
   * Replaces the text: where it waits, or, if it may be stored, as soon as it is. A failed
   * message is sent again. Rejects with a `ChatError`, or like `done`.
   */
  readonly edit: (text: string) => Promise<void>;
}

/** The first replies of a thread; `parent` is absent if it was deleted for its age. */
export interface NamedThread extends Omit<Thread, 'parent' | 'replies'> {
  readonly parent?: Named<Message>;
  readonly replies: readonly Named<Message>[];
}

export interface ThreadHandle {
  readonly parentId: MessageId;
  /** Loads the first page. @throws {ChatError} The server's error; `UNAVAILABLE`. */
  readonly load: () => Promise<NamedThread>;
  /** Replies to the first message. @throws {ChatError} As `send` of the room. */
  readonly send: (message: Omit<OutgoingMessage, 'replyTo'>) => SentHandle;
}

/** The methods that act on a message; `useMessageActions` has them, too. */
export const MESSAGE_ACTIONS = ['edit', 'delete', 'react', 'unreact', 'pin', 'unpin'] as const;

export class ParleyRoom {
  readonly #client: CoreClient;
  readonly #people: People;
  readonly #key: RoomId;
  readonly #findId: () => RoomId | undefined;

  /**
   * @param key The room, or the key of the outbox for a user without a conversation.
   * @param findId The room, as soon as it exists.
   */
  constructor(
    { client, people }: { readonly client: CoreClient; readonly people: People },
    key: RoomId,
    findId: () => RoomId | undefined = () => key,
  ) {
    this.#client = client;
    this.#people = people;
    this.#key = key;
    this.#findId = findId;
  }

  /** Undefined for a direct conversation before its first message. */
  get id(): RoomId | undefined {
    return this.#findId();
  }

  get state(): RoomState | undefined {
    // A room without an id is not there.
    return this.#client.getSnapshot().rooms.get(this.#findId() as RoomId);
  }

  /** Messages of the open room, then the outgoing ones. */
  get messages(): readonly RoomMessage[] {
    const { user, outbox, clockOffsetMs } = this.#client.getSnapshot();
    const { state } = this;
    if (user === undefined || state?.kind !== 'open') return [];
    const own = outbox.map((entry) =>
      entry.roomId === this.#key ? { ...entry, roomId: state.id } : entry,
    );
    const messages = timelineOf(state, own, { self: user, clockOffsetMs });
    return messages.map((message) => this.#people.name(message));
  }

  /** Those who have the room open, as far as the server lists them. */
  get members(): readonly Sender[] {
    const { state } = this;
    const members = state?.kind === 'open' ? [...state.members.values()] : [];
    return members.map(({ userId, username }) => this.#people.get(userId, username));
  }

  get unread(): Unread {
    const { user, unread } = this.#client.getSnapshot();
    const { id } = this;
    if (user === undefined || id === undefined) return NOTHING_UNREAD;
    return unreadOf(this.state, unread.get(id), user);
  }

  /**
   * Opens the room, now or as soon as there is a connection: its messages arrive until
   * `close`.
   *
   * @throws {ChatError} `NOT_FOUND`, `FORBIDDEN`, or the reason why it was closed.
   */
  async open(): Promise<this> {
    const id = this.#requireId();
    this.#client.openRoom(id);
    await this.#client.whenOpen(id);
    return this;
  }

  /** Closes the room on this client. The membership stays. */
  close(): void {
    const { id } = this;
    if (id !== undefined) this.#client.leaveRoom(id);
  }

  /** Ends the membership on all devices. @throws {ChatError} `NOT_FOUND`, `UNAVAILABLE`. */
  leave(): Promise<void> {
    return this.#client.endMembership(this.#requireId());
  }

  /**
   * Queues a message. It is shown immediately, and sent in order, once, as soon as possible.
   *
   * @throws {ChatError} `VALIDATION_ERROR` if the text is empty or too long, `UNAVAILABLE`
   * if the outbox is full.
   */
  send({ text, replyTo, alsoToRoom, attachments }: OutgoingMessage): SentHandle {
    const client = this.#client;
    const id = this.#findId();
    if (id !== undefined) client.openRoom(id);
    // All plain messages to a user wait in one queue, also after the first created the room.
    const isPlain = replyTo === undefined && attachments === undefined;
    const key = isPlain ? this.#key : this.#requireId();
    const sentId = client.send(key, text, {
      replyTo: replyTo && idOf(replyTo),
      alsoToRoom,
      attachments,
    });
    let delivery = client.delivered(sentId);
    return {
      id: sentId,
      done: this.#named(delivery),
      cancel: () => client.cancel(sentId),
      retry: () => {
        client.retry(sentId);
        delivery = client.delivered(sentId);
        return this.#named(delivery);
      },
      edit: (text) => client.editUnsent(sentId, text, delivery),
    };
  }

  /** @throws {ChatError} `FORBIDDEN`, `NOT_FOUND`, `VALIDATION_ERROR`, `UNAVAILABLE`. */
  async edit(message: MessageRef, text: string): Promise<void> {
    const unsent = unsentIdOf(message);
    // Where it waits, or as soon as it is stored.
    if (unsent !== undefined) await this.#client.editUnsent(unsent, text);
    else await this.#change(message, { kind: 'edit', content: text });
  }

  /** @throws {ChatError} `FORBIDDEN`, `NOT_FOUND`, `UNAVAILABLE`. */
  delete(message: MessageRef): Promise<void> {
    return this.#change(message, { kind: 'delete' });
  }

  /** @throws {ChatError} `VALIDATION_ERROR` if it is not one emoji; as `delete`. */
  react(message: MessageRef, emoji: string): Promise<void> {
    return this.#change(message, { kind: 'react', emoji });
  }

  /** @throws {ChatError} As `delete`. */
  unreact(message: MessageRef, emoji: string): Promise<void> {
    return this.#change(message, { kind: 'unreact', emoji });
  }

  /** @throws {ChatError} As `delete`. */
  pin(message: MessageRef): Promise<void> {
    return this.#change(message, { kind: 'pin' });
  }

  /** @throws {ChatError} As `delete`. */
  unpin(message: MessageRef): Promise<void> {
    return this.#change(message, { kind: 'unpin' });
  }

  thread(parent: MessageRef): ThreadHandle {
    const id = idOf(parent);
    return {
      parentId: id,
      load: async () => {
        const { parent, replies, hasMore } = await this.#client.loadThread(this.#requireId(), id);
        return {
          ...(parent && { parent: this.#people.name(parent) }),
          replies: replies.map(this.#people.nameMessage),
          hasMore,
        };
      },
      send: (message) => this.send({ ...message, replyTo: id }),
    };
  }

  /**
   * Loads a window of the timeline around a position. It stays current while the room is
   * open; `close` ends that.
   *
   * @throws {ChatError} `NOT_FOUND`, `VALIDATION_ERROR`, `UNAVAILABLE`.
   */
  async around(center: WindowCenter): Promise<NamedWindow> {
    const id = this.#requireId();
    const { openNamedWindow } = await load(import('./rooms/named-window.ts'));
    return openNamedWindow(id, center, { client: this.#client, people: this.#people });
  }

  /**
   * Loads the page before the oldest message of the open room. The promise may be ignored.
   *
   * @throws {ChatError} `NOT_IN_ROOM` if it is not open, `UNAVAILABLE`.
   */
  loadOlder(): Promise<void> {
    return this.#client.loadOlder(this.#requireId());
  }

  /** Marks everything up to a sequence as read; without one, everything. */
  markRead(sequence?: number): void {
    const { state } = this;
    if (state?.kind === 'open') {
      this.#client.markRead(state.id, sequence ?? state.log.position);
    }
  }

  /** Call it on each key press; `false` when the message box was emptied. */
  setTyping(isTyping = true): void {
    if (isTyping) this.#client.type(this.#requireId());
    else this.#client.stopTyping();
  }

  #named(delivery: Promise<Message>): Promise<Named<Message>> {
    const named = delivery.then(this.#people.nameMessage);
    named.catch(() => {}); // It may be ignored.
    return named;
  }

  async #change(message: MessageRef, change: MessageChange): Promise<void> {
    const target = { roomId: this.#requireId(), messageId: idOf(message) };
    await this.#client.changeMessage(target, change);
  }

  #requireId(): RoomId {
    const id = this.#findId();
    if (id === undefined) throw new ChatError('NOT_FOUND', { field: 'roomId' });
    return id;
  }
}

/** @throws {ChatError} `VALIDATION_ERROR` for a message that is not sent yet. */
function idOf(message: MessageRef): MessageId {
  const id = typeof message === 'string' ? message : message?.id;
  if (id !== undefined) return id;
  const text = 'Pass a message that is sent, or its id';
  throw new ChatError('VALIDATION_ERROR', { field: 'messageId', message: text });
}

function unsentIdOf(message: MessageRef): ClientMessageId | undefined {
  const delivery = typeof message === 'object' && 'delivery' in message && message.delivery;
  return delivery && delivery.kind !== 'sent' ? delivery.entry.clientMessageId : undefined;
}
