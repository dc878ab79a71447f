/**
 * A client of a dialect with flat frames: one connection for all who hold it, the
 * rooms that they want, and what is on its way.
 *
 * This file only connects the parts. Read the state with `getSnapshot` and
 * `subscribe`; everything else is a verb. The connection begins with the first
 * `hold` and ends a moment after the last one was let go and all was sent.
 */
import type { ChatError, ClientMessageId, MessageId, RoomId } from '@parley/protocol';
import { Account, checkSession } from '../account.ts';
import { Connection } from '../connection.ts';
import type { ConnectionState } from '../connection-state.ts';
import type { Environment } from '../environment.ts';
import { Http } from '../http.ts';
import { Outbox, type ReplyOptions } from '../outbox.ts';
import type { OutboxState } from '../outbox-state.ts';
import { Store } from '../store.ts';
import { waitingCount } from '../timeline.ts';
import { Typing } from '../typing.ts';
import { TypingSender } from '../typing-sender.ts';
import { checkFlatContent } from './flat-content.ts';
import type {
  FlatDialect,
  FlatEvent,
  FlatFrame,
  FlatMessage,
  FlatUser,
  Subject,
} from './flat-dialect.ts';
import { applyChange, applyMessage, type FlatLog } from './flat-log.ts';
import { EMPTY_FLAT_SNAPSHOT, type FlatRoom, type FlatSnapshot } from './flat-room.ts';
import { FlatRooms } from './flat-rooms.ts';
import { type Fold, foldOf } from './fold.ts';
import { Holders } from './holders.ts';
import { Inbox } from './inbox.ts';
import { MessageCourier } from './message-courier.ts';
import { Pages } from './pages.ts';
import { Questions } from './questions.ts';
import { ReadMarks } from './read-marks.ts';

/** A room is left in the turn after it was let go: React mounts twice within one. */
const LEAVE_AFTER_MS = 0;
/** From one page of an application to the next, the connection stays. */
export const CLOSE_AFTER_MS = 1_000;
/** All holders together, as opposed to those of a room. */
const CONNECTION = 'connection';
/** Those who look at no room in particular. */
const INBOX = 'inbox' as RoomId;

interface FlatFrames<M extends FlatMessage> {
  readonly sent: FlatFrame;
  readonly received: FlatEvent<M>;
  readonly greeting: FlatUser;
}

export interface FlatClientOptions<M extends FlatMessage> {
  /** Where the server is, such as `https://chat.example.org`. */
  readonly serverUrl: string;
  readonly environment: Environment;
  readonly dialect: FlatDialect<M>;
}

export class FlatClient<M extends FlatMessage> {
  readonly #dialect: FlatDialect<M>;
  readonly #fold: Fold<M>;
  readonly #store = new Store<FlatSnapshot<M>>(EMPTY_FLAT_SNAPSHOT);
  readonly #connection: Connection<FlatFrames<M>>;
  readonly #questions: Questions;
  readonly #rooms: FlatRooms<M>;
  readonly #pages: Pages<M>;
  readonly #courier: MessageCourier<M>;
  readonly #outbox: Outbox;
  readonly #typing: Typing;
  readonly #typingSender: TypingSender;
  readonly #marks: ReadMarks;
  readonly #inbox: Inbox<M>;
  readonly #roomHolders: Holders;
  readonly #connectionHolders: Holders;

  constructor({ serverUrl, environment, dialect }: FlatClientOptions<M>) {
    const url = serverUrl.replace(/\/+$/, '');
    const account = new Account(environment, url);
    const http = new Http(environment, url);
    this.#dialect = dialect;
    this.#fold = foldOf(dialect);
    this.#connection = new Connection<FlatFrames<M>>(environment, {
      url: `${url.replace(/^http/, 'ws')}${dialect.path}`,
      language: {
        decode: dialect.decode,
        greetingOf: (event) => (event.kind === 'greeting' ? event.user : undefined),
        // Its end is told by the close code.
        isFarewell: () => false,
        probe: () => ({ type: 'ping' }),
      },
      checkSession: () => checkSession(account),
      onState: (state) => this.#takeState(state),
      onEstablished: (user) => this.#takeGreeting(user),
      onFrame: (event) => this.#take(event),
    });
    this.#questions = new Questions(environment, (frame) => this.#connection.send(frame));
    this.#rooms = new FlatRooms(environment, {
      dialect,
      rooms: this.#store.cell('rooms'),
      questions: this.#questions,
      onLive: (roomId) => this.#takeLive(roomId),
      onRefused: (roomId, { code }) => {
        this.#typing.endRoom(roomId);
        if (dialect.sendsIntoRooms) this.#outbox.failRoom(roomId, code);
      },
    });
    this.#inbox = new Inbox(http, this.#rooms);
    this.#pages = new Pages(environment, {
      dialect,
      rooms: this.#rooms,
      questions: this.#questions,
      http,
      fold: this.#fold,
      onPage: (roomId, page) => this.#takePage(roomId, page),
    });
    this.#courier = new MessageCourier({
      dialect,
      questions: this.#questions,
      http,
      isLive: (key) => this.#isLive(key),
      roomOf: (key) => this.#roomOf(key)?.id,
      onStored: (roomId, message) =>
        this.#takeMessage(roomId, message, ({ log }) =>
          applyMessage(log, message, { isLive: false, fold: this.#fold }),
        ),
    });
    const outbox = this.#store.cell('outbox');
    const set = (entries: OutboxState): void => {
      outbox.set(entries);
      this.#roomHolders.letGoKept();
      this.#connectionHolders.letGoKept();
    };
    this.#outbox = new Outbox(environment, { ...outbox, set }, this.#courier);
    this.#typing = new Typing(environment, this.#store.cell('typing'));
    this.#typingSender = new TypingSender(environment, {
      send: (key, isTyping) => {
        if (this.#isLive(key)) this.#connection.send(dialect.typing(key, isTyping));
      },
    });
    this.#marks = new ReadMarks((roomId, messageId) => {
      const isLive = this.#rooms.get(roomId)?.status === 'live';
      return isLive && this.#connection.send(dialect.markRead(roomId, messageId));
    });
    this.#roomHolders = new Holders(environment, {
      graceMs: LEAVE_AFTER_MS,
      // The names are the ids that were taken.
      onTaken: (name) => this.#open(name as RoomId),
      onLetGo: (name) => this.#leave(name as RoomId),
    });
    this.#connectionHolders = new Holders(environment, {
      graceMs: CLOSE_AFTER_MS,
      onTaken: () => this.#connection.start(),
      onLetGo: () => this.#close(),
    });
  }

  get getSnapshot(): () => FlatSnapshot<M> {
    return this.#store.getSnapshot;
  }

  /** Returns the function that ends the subscription. */
  get subscribe(): (listener: () => void) => () => void {
    return this.#store.subscribe;
  }

  /**
   * Wants a connection, and the room open on it, until the function that is returned
   * is called. Without a room the inbox is wanted.
   */
  hold(roomId: RoomId = INBOX): () => void {
    const letConnectionGo = this.#connectionHolders.take(CONNECTION);
    const letRoomGo = this.#roomHolders.take(roomId);
    return () => {
      letRoomGo();
      letConnectionGo();
    };
  }

  /** Begins anew after `unauthorized` or `closed`; ends the wait for the next try. */
  reconnect(): void {
    this.#connection.tryNow();
    if (this.#connectionHolders.isHeld(CONNECTION)) this.#connection.start();
  }

  /**
   * Sends a text: shown at once as being sent, and sent as soon as it can be.
   *
   * @param key The room, or, in direct conversations, the other person.
   * @throws {ChatError} `VALIDATION_ERROR` when it is empty or too long,
   * `UNAVAILABLE` when too many wait already.
   */
  send(key: RoomId, text: string, options: ReplyOptions = {}): ClientMessageId {
    const content = checkFlatContent(text);
    // The server takes the message for the end of typing; telling it first keeps the order.
    this.#typingSender.stop();
    return this.#outbox.add(key, content, options);
  }

  /** Tries a failed message again, with the id that it had. */
  retry(clientMessageId: ClientMessageId): void {
    this.#outbox.retry(clientMessageId);
  }

  /** Gives a failed message up. */
  discard(clientMessageId: ClientMessageId): void {
    this.#outbox.discard(clientMessageId);
  }

  /** A key was pressed, or the message box was emptied or left. */
  setTyping(key: RoomId, isTyping: boolean): void {
    if (isTyping) this.#typingSender.type(key);
    else this.#typingSender.stop();
  }

  /** Everything up to this message was read; told once, and again after a loss until it is confirmed. */
  markRead(roomId: RoomId, messageId: MessageId): void {
    const message = this.#rooms.get(roomId)?.log.messages.findLast(({ id }) => id === messageId);
    if (message !== undefined) this.#marks.put(roomId, message);
  }

  /** @throws {ChatError} what the server says; `UNAVAILABLE` when it cannot be asked. */
  fetchHistory(roomId: RoomId): Promise<void> {
    return this.#pages.fetchOlder(roomId);
  }

  /** For a conversation without messages yet: whom it is with. */
  nameOutboxKey(roomId: RoomId, outboxKey: RoomId): void {
    if (this.#rooms.get(roomId)?.outboxKey === undefined) {
      this.#rooms.change(roomId, () => ({ outboxKey }));
    }
  }

  #open(roomId: RoomId): void {
    if (roomId === INBOX) {
      this.#openInbox();
      return;
    }
    this.#rooms.open(roomId);
    // It may be followed already by who looks at all of them, without its history.
    if (this.#rooms.get(roomId)?.status === 'live') this.#pages.loadNewest(roomId);
    if (this.#dialect.sendsIntoRooms) this.#rooms.change(roomId, () => ({ outboxKey: roomId }));
    this.#takeHttpWay();
  }

  #openInbox(): void {
    if (this.#inbox.isOpen) return;
    this.#inbox.open();
    if (this.#store.getSnapshot().connection.kind === 'open') this.#look();
  }

  #look(): void {
    this.#inbox.look().catch(() => {
      // It is looked at again after the next greeting; nothing is lost but time.
    });
  }

  #leave(roomId: RoomId): boolean {
    if (roomId === INBOX) {
      this.#inbox.close();
      const followed = [...this.#store.getSnapshot().rooms.keys()];
      for (const id of followed) if (!this.#roomHolders.isHeld(id)) this.#leave(id);
      return true;
    }
    // Who looks at all of them looks at this one too.
    if (this.#inbox.isOpen && this.#rooms.get(roomId)?.inboxFrom !== undefined) return true;
    // What was written there is still to be sent; it is left when that is done.
    if (this.#isOwed(roomId)) return false;
    this.#typing.endRoom(roomId);
    this.#marks.forget(roomId);
    this.#rooms.close(roomId);
    return true;
  }

  #close(): boolean {
    if (waitingCount(this.#store.getSnapshot().outbox) > 0) return false;
    this.#connection.stop();
    this.#outbox.stop();
    this.#pages.stop();
    return true;
  }

  #isOwed(roomId: RoomId): boolean {
    const key = this.#rooms.get(roomId)?.outboxKey;
    const { outbox } = this.#store.getSnapshot();
    return outbox.some((entry) => entry.roomId === key && entry.state.kind !== 'failed');
  }

  #takeState(connection: ConnectionState): void {
    const wasOpen = this.#store.getSnapshot().connection.kind === 'open';
    this.#store.update({ connection });
    if (wasOpen && connection.kind !== 'open') {
      this.#rooms.disconnected();
      this.#typing.endAll();
      this.#typingSender.forget();
      this.#questions.cutOff();
    }
    if (connection.kind === 'connecting') return;
    // The socket does not come about: perhaps HTTP does.
    this.#courier.isHttpOpen =
      connection.kind === 'waiting' && connection.outage.cause !== 'offline';
    this.#takeHttpWay();
  }

  #takeHttpWay(): void {
    if (!this.#courier.isHttpOpen) return;
    for (const { id } of this.#store.getSnapshot().rooms.values()) {
      if (this.#dialect.page.way === 'http') this.#pages.loadNewest(id);
    }
    this.#drainAll();
  }

  #drainAll(): void {
    const keys = new Set(this.#store.getSnapshot().outbox.map(({ roomId }) => roomId));
    for (const key of keys) this.#outbox.drain(key);
  }

  #takeGreeting(user: FlatUser): void {
    const { user: earlier } = this.#store.getSnapshot();
    // Another account logged in with this browser: nothing of the first may be sent or shown as its own.
    if (earlier !== undefined && earlier.id !== user.id) this.#forgetAll();
    this.#store.update({ user });
    this.#rooms.connected();
    this.#look();
    if (!this.#dialect.sendsIntoRooms) this.#drainAll();
  }

  #forgetAll(): void {
    const held = [...this.#store.getSnapshot().rooms.keys()];
    this.#marks.forgetAll();
    this.#store.update({ rooms: new Map(), outbox: [], typing: [] });
    for (const roomId of held) if (this.#roomHolders.isHeld(roomId)) this.#open(roomId);
    if (this.#inbox.isOpen) {
      this.#inbox.close();
      this.#inbox.open();
    }
  }

  #take(event: FlatEvent<M>): void {
    const fold = this.#fold;
    switch (event.kind) {
      case 'joined':
        this.#questions.answer('join', event.roomId, event.place);
        break;
      case 'message':
        this.#takeMessage(event.roomId, event.message, ({ log, status }) =>
          applyMessage(log, event.message, { isLive: status === 'live', fold }),
        );
        break;
      case 'change':
        this.#takeChange(event);
        break;
      case 'typing':
        if (event.typist.userId !== this.#store.getSnapshot().user?.id) {
          if (this.#rooms.get(event.typist.roomId) !== undefined) this.#typing.take(event.typist);
        }
        break;
      case 'presence':
        this.#takePresence(event);
        break;
      case 'page':
        this.#questions.answer('page', event.roomId, event.page);
        break;
      case 'closed':
        this.#rooms.refuse(event.roomId, event.error);
        break;
      case 'refused':
        this.#takeRefusal(event);
        break;
      case 'greeting':
      case 'other':
        break;
      default:
        event satisfies never;
    }
  }

  /** First into the log, then out of the outbox: it is never in neither. */
  #takeMessage(roomId: RoomId, message: M, enter: (room: FlatRoom<M>) => FlatLog<M>): void {
    const { user } = this.#store.getSnapshot();
    const { senderId, id: messageId } = message;
    this.#inbox.take(roomId, message);
    this.#typing.end(roomId, senderId);
    this.#rooms.change(roomId, (room) => {
      // Who writes has read.
      const read = {
        kind: 'read',
        messageId,
        userId: senderId,
        readAt: message.createdAt,
      } as const;
      return {
        log: applyChange(enter(room), read, { isLive: false, fold: this.#fold }),
        outboxKey: this.#dialect.outboxKeyOf(message, user?.id),
      };
    });
    this.#recognise(message);
  }

  #takePage(roomId: RoomId, messages: readonly M[]): void {
    for (const message of messages) this.#recognise(message);
    const last = messages.at(-1);
    const self = this.#store.getSnapshot().user?.id;
    if (last !== undefined) this.nameOutboxKey(roomId, this.#dialect.outboxKeyOf(last, self));
  }

  /** After a lost acknowledgement one learns by the log that a message of the outbox is stored. */
  #recognise(message: M): void {
    const { clientMessageId, senderId } = message;
    const { user } = this.#store.getSnapshot();
    if (clientMessageId === undefined || (user !== undefined && senderId !== user.id)) return;
    const entry = this.#outbox.find(clientMessageId);
    this.#outbox.settle(clientMessageId);
    this.#questions.answer('send', clientMessageId, message);
    if (entry !== undefined) this.#outbox.drain(entry.roomId);
  }

  #takeChange({ roomId, change }: Extract<FlatEvent<M>, { kind: 'change' }>): void {
    const fold = this.#fold;
    this.#rooms.change(roomId, ({ log, status }) => ({
      log: applyChange(log, change, { isLive: status === 'live', fold }),
    }));
    if (change.kind !== 'read' || change.userId !== this.#store.getSnapshot().user?.id) return;
    const { messages } = this.#rooms.get(roomId)?.log ?? { messages: [] };
    const read = messages.findLast(({ id }) => id === change.messageId);
    if (read !== undefined) this.#marks.confirm(roomId, read.sequence);
  }

  #takePresence({ person, isOnline }: Extract<FlatEvent<M>, { kind: 'presence' }>): void {
    const { roomId, userId, username } = person;
    this.#rooms.change(roomId, (room) => {
      const people = new Map(room.people);
      if (isOnline && people.size < PEOPLE_MAX) people.set(userId, { userId, username });
      else people.delete(userId);
      return { people };
    });
    if (!isOnline) this.#typing.end(roomId, userId);
  }

  #takeRefusal({ error, subject }: { readonly error: ChatError; readonly subject: Subject }): void {
    const kind = subject.type === undefined ? undefined : this.#dialect.commandOf(subject.type);
    if (kind === undefined) return;
    const name = kind === 'send' ? subject.clientMessageId : subject.roomId;
    if (name !== undefined) this.#questions.refuse(kind, name, error);
  }

  #takeLive(roomId: RoomId): void {
    if (this.#roomHolders.isHeld(roomId)) this.#pages.refresh(roomId);
    this.#marks.retry(roomId);
    const key = this.#rooms.get(roomId)?.outboxKey;
    if (key !== undefined) this.#outbox.drain(key);
  }

  #isLive(key: RoomId): boolean {
    if (this.#store.getSnapshot().connection.kind !== 'open') return false;
    return !this.#dialect.sendsIntoRooms || this.#rooms.get(key)?.status === 'live';
  }

  #roomOf(key: RoomId): FlatRoom<M> | undefined {
    if (this.#dialect.sendsIntoRooms) return this.#rooms.get(key);
    return [...this.#store.getSnapshot().rooms.values()].find(({ outboxKey }) => outboxKey === key);
  }
}

/** People remembered of a room; the server tells no single arrivals in larger ones. */
const PEOPLE_MAX = 1_000;
