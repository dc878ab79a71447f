/**
 * A client of a dialect without an envelope: one connection shared by all subscribers,
 * the rooms that they want, and the outgoing messages, over the parts of the core.
 *
 * This file only connects the components; each decides for itself. Read the state with
 * `getSnapshot` and `subscribe`; all other methods are commands. The connection starts
 * with the first `acquire` and ends shortly after the last one was released and everything
 * was sent.
 */
import {
  ChatError,
  type ClientMessageId,
  CORE_LIMITS,
  type MessageId,
  type RoomId,
  type UserPayload,
} from '@parley/protocol';
import { checkSession } from '../account/check-session.ts';
import { ClientOwner } from '../account/client-owner.ts';
import { type GetToken, TokenSource } from '../account/token-source.ts';
import { Connection, type SessionCheck } from '../connection/connection.ts';
import type { ConnectionState } from '../connection/connection-state.ts';
import { Http } from '../connection/http.ts';
import { PendingRequests } from '../connection/pending-requests.ts';
import type { Environment } from '../environment.ts';
import { sendableContent } from '../messages/content-validation.ts';
import { waitingCount } from '../messages/timeline.ts';
import { Outbox, type SendOptions } from '../outbox/outbox.ts';
import type { OutboxState } from '../outbox/outbox-state.ts';
import { type ClientSnapshot, EMPTY_SNAPSHOT } from '../snapshot.ts';
import { Store } from '../store.ts';
import { Typing } from '../typing/typing.ts';
import { TypingSender } from '../typing/typing-sender.ts';
import {
  type AnyFlatDialect,
  type FlatFrame,
  type FlatFrames,
  type FlatUser,
  flatCodec,
  type Page,
  targetOf,
} from './dialect.ts';
import { FlatRooms } from './flat-rooms.ts';
import { FlatFrameRouter } from './frame-router.ts';
import { History } from './history.ts';
import { Inbox } from './inbox.ts';
import { Leases } from './leases.ts';
import { MessageSender } from './message-sender.ts';
import { RoomRequests } from './room-requests.ts';

export interface FlatClientOptions {
  /** Address of the server, such as `https://chat.example.org`. */
  readonly serverUrl: string;
  readonly environment: Environment;
  readonly dialect: AnyFlatDialect;
  /** Identifies the user by tokens instead of the cookie. */
  readonly getToken?: GetToken | undefined;
}

export class FlatClient {
  readonly #dialect: AnyFlatDialect;
  /** A late answer names the user to the owner at the time of its request. */
  #owner = new ClientOwner();
  readonly #store = new Store<ClientSnapshot>(EMPTY_SNAPSHOT);
  readonly #http: Http;
  readonly #connection: Connection<FlatFrames>;
  readonly #requests: PendingRequests;
  readonly #rooms: FlatRooms;
  readonly #inbox: Inbox;
  readonly #history: History;
  readonly #messageSender: MessageSender;
  readonly #outbox: Outbox;
  readonly #typing: Typing;
  readonly #typingSender: TypingSender;
  readonly #frameRouter: FlatFrameRouter;
  readonly #leases: Leases;

  /**
   * Only constructs: a component that needs a later one gets a function that is called
   * after construction.
   */
  constructor({ serverUrl, environment, dialect, getToken }: FlatClientOptions) {
    const url = serverUrl.replace(/\/+$/, '');
    const token = getToken && new TokenSource(environment, getToken);
    const http = new Http(environment, url, token);
    const store = this.#store;
    const check = (): Promise<SessionCheck> => checkSession(http, this.#owner);
    const sendFrame = (frame: FlatFrame): boolean => this.#connection.send(frame);
    const requests = new PendingRequests(environment);
    const joins = new RoomRequests(dialect, requests, sendFrame);
    this.#dialect = dialect;
    this.#http = http;
    this.#requests = requests;
    this.#connection = new Connection<FlatFrames>(environment, {
      url: `${url.replace(/^http/, 'ws')}${dialect.path}`,
      codec: flatCodec(dialect),
      getProtocols: token?.protocols,
      checkSession: check,
      isForOwner: ({ id }) => this.#owner.isSame(id),
      onState: (state) => this.#onState(state),
      onEstablished: (user) => this.#onGreeting(user),
      onFrame: (frame) => this.#frameRouter.onFrame(frame),
    });
    const rooms = new FlatRooms(
      environment,
      { requests: joins, store },
      {
        onLive: (roomId, { truncated }) => this.#onLive(roomId, truncated),
        onClosed: (roomId) => {
          this.#typing.endRoom(roomId);
          const code = rooms.get(roomId)?.error?.code;
          if (code !== undefined) this.#outbox.failRoom(roomId, code);
        },
      },
    );
    this.#rooms = rooms;
    this.#inbox = new Inbox(environment, {
      http,
      rooms,
      loadNewest: (roomId) => this.#history.loadNewest(roomId),
    });
    this.#history = new History(environment, {
      rooms,
      fetchPage: (roomId, before) => this.#fetchPage(roomId, before),
      onPage: (roomId, messages) => this.#frameRouter.onPage(roomId, messages),
    });
    this.#messageSender = new MessageSender({
      dialect,
      rooms,
      requests,
      isConnected: () => store.getSnapshot().connection.kind === 'open',
      sendFrame,
      http,
      checkSession: check,
      onStored: (message) => {
        const { clientMessageId: key } = message;
        // Meanwhile settled by the log, or discarded with everything of its author.
        if (key === undefined || this.#outbox.find(key) === undefined) return;
        // Before the first greeting, only this tells whose messages these are.
        if (store.getSnapshot().user === undefined) this.#setUser({ id: message.userId });
        this.#frameRouter.onMessage(message, false);
      },
    });
    const entries = store.cell('outbox');
    const set = (outbox: OutboxState): void => {
      entries.set(outbox);
      this.#leases.releaseKept();
    };
    this.#outbox = new Outbox(environment, { ...entries, set }, this.#messageSender);
    this.#typing = new Typing(environment, store.cell('typing'));
    this.#typingSender = new TypingSender(environment, {
      send: (key, isTyping) => {
        if (!this.#messageSender.isLive(key)) return;
        sendFrame({ type: 'typing', ...targetOf(dialect, key), isTyping });
      },
    });
    this.#frameRouter = new FlatFrameRouter({
      dialect,
      store,
      requests,
      joins,
      rooms,
      inbox: this.#inbox,
      outbox: this.#outbox,
      typing: this.#typing,
    });
    this.#leases = new Leases(environment, {
      onRoomWanted: (roomId) => (roomId === undefined ? this.#openInbox() : this.#openRoom(roomId)),
      endRoom: (roomId) => (roomId === undefined ? this.#closeInbox() : this.#closeRoom(roomId)),
      onConnectionWanted: () => this.#connection.start(),
      endConnection: () => this.#disconnect(),
    });
  }

  get getSnapshot(): () => ClientSnapshot {
    return this.#store.getSnapshot;
  }

  /** Returns a function that ends the subscription. */
  get subscribe(): (listener: () => void) => () => void {
    return this.#store.subscribe;
  }

  /**
   * Keeps a connection, and the room open on it, until the returned function is called.
   * Without a room it subscribes to all conversations.
   */
  acquire(roomId?: RoomId): () => void {
    return this.#leases.acquire(roomId);
  }

  /**
   * Starts again after `unauthorized`, `somebody_else` or `closed` as the same user;
   * skips the wait for the next attempt.
   */
  reconnect(): void {
    this.#connection.tryNow();
    if (this.#leases.isConnectionHeld) this.#connection.start();
  }

  /**
   * Continues as the user who is logged in now: discards the unsent messages and the
   * state of the earlier user. Does nothing while a connection is open or connecting.
   */
  startOver(): void {
    const { kind } = this.#store.getSnapshot().connection;
    if (kind !== 'closed' && kind !== 'unauthorized') return;
    const known = this.#rooms.all;
    this.#owner = new ClientOwner();
    this.#outbox.stop();
    this.#store.update({ user: undefined, rooms: new Map(), outbox: [], typing: [] });
    for (const { id } of known) if (this.#leases.isRoomHeld(id)) this.#openRoom(id);
    this.#inbox.startOver();
    if (this.#leases.isConnectionHeld) this.#connection.start();
  }

  /**
   * Sends a text: shown immediately as sending, sent as soon as possible.
   *
   * @param key The room, or the other person in direct conversations.
   * @throws {ChatError} `VALIDATION_ERROR` if the text is empty or too long,
   * `UNAVAILABLE` if the outbox is full.
   */
  send(key: RoomId, text: string, options: SendOptions = {}): ClientMessageId {
    const content = sendableContent(text);
    // The server treats a message as the end of typing; stopping first keeps the order.
    this.#typingSender.stop();
    return this.#outbox.add(key, content, options);
  }

  /** Retries a failed message with the same id. */
  retry(clientMessageId: ClientMessageId): void {
    this.#outbox.retry(clientMessageId);
  }

  /** Discards a failed message. */
  discard(clientMessageId: ClientMessageId): void {
    this.#outbox.discard(clientMessageId);
  }

  /** Reports a key press, or that the message box was emptied or lost the focus. */
  setTyping(key: RoomId, isTyping: boolean): void {
    if (isTyping) this.#typingSender.type(key);
    else this.#typingSender.stop();
  }

  /**
   * Marks everything up to this message as read; reported once, and again after a
   * connection loss until it is confirmed. Without a room, the message identifies the
   * room.
   */
  markRead(roomId: RoomId | undefined, messageId: MessageId): void {
    for (const { id, log } of this.#rooms.all) {
      if (roomId !== undefined && id !== roomId) continue;
      const message = log.messages.findLast((each) => each.id === messageId);
      if (message !== undefined && this.#rooms.mark(id, message)) this.#reportMark(id);
    }
  }

  /** @throws {ChatError} The server's error; `UNAVAILABLE` if the server cannot be reached. */
  fetchHistory(roomId: RoomId): Promise<void> {
    return this.#history.loadOlder(roomId);
  }

  /** The other person of a conversation without messages. */
  nameOutboxKey(roomId: RoomId, outboxKey: RoomId): void {
    this.#rooms.nameOutboxKey(roomId, outboxKey);
  }

  #openRoom(roomId: RoomId): void {
    this.#rooms.open(roomId);
    // The inbox may already follow the room, without its history.
    if (this.#rooms.get(roomId)?.isLive === true) this.#history.loadNewest(roomId);
    this.#fallBackToHttp();
  }

  #closeRoom(roomId: RoomId): boolean {
    const { inboxFrom, outboxKey } = this.#rooms.get(roomId) ?? {};
    // A subscriber of the inbox includes this room.
    if (this.#inbox.isOpen && inboxFrom !== undefined) return true;
    // Messages written there are still to be sent; the room is left after that.
    const { outbox } = this.#store.getSnapshot();
    if (waitingCount(outbox.filter((entry) => entry.roomId === outboxKey)) > 0) return false;
    this.#typing.endRoom(roomId);
    this.#rooms.leave(roomId);
    return true;
  }

  #openInbox(): void {
    if (this.#inbox.isOpen) return;
    this.#inbox.isOpen = true;
    if (this.#store.getSnapshot().connection.kind === 'open') this.#inbox.look();
  }

  #closeInbox(): boolean {
    this.#inbox.isOpen = false;
    this.#inbox.startOver();
    for (const { id } of this.#rooms.all) {
      // A new subscriber starts again.
      this.#rooms.change(id, () => ({ inboxFrom: undefined }));
      if (!this.#leases.isRoomHeld(id)) this.#leases.end(id);
    }
    return true;
  }

  #disconnect(): boolean {
    const { outbox } = this.#store.getSnapshot();
    if (waitingCount(outbox) > 0) return false;
    this.#connection.stop();
    this.#outbox.stop();
    this.#history.stop();
    // No subscriber is left, and no state of the user: the next user may be a different
    // one.
    if (outbox.length > 0) return true;
    this.#owner = new ClientOwner();
    this.#store.update({ user: undefined });
    return true;
  }

  #onState(connection: ConnectionState): void {
    const wasOpen = this.#store.getSnapshot().connection.kind === 'open';
    this.#store.update({ connection });
    if (wasOpen && connection.kind !== 'open') {
      this.#rooms.suspend();
      this.#inbox.disconnected();
      this.#typing.endAll();
      this.#typingSender.forget();
      this.#requests.cutOff();
    }
    if (connection.kind === 'connecting') return;
    // The socket cannot connect: HTTP may work.
    this.#messageSender.isHttpOpen =
      connection.kind === 'waiting' && connection.outage.cause !== 'offline';
    this.#fallBackToHttp();
  }

  /** Loads and sends over HTTP while the socket cannot connect. */
  #fallBackToHttp(): void {
    if (!this.#messageSender.isHttpOpen) return;
    if (this.#dialect.fetchPage === undefined) {
      for (const { id } of this.#rooms.all) this.#history.loadNewest(id);
    }
    this.#drainAll();
  }

  #drainAll(): void {
    const { outbox } = this.#store.getSnapshot();
    for (const key of new Set(outbox.map(({ roomId }) => roomId))) this.#outbox.drain(key);
  }

  #onGreeting(user: FlatUser): void {
    this.#setUser(user);
    for (const { id, error } of this.#rooms.all) {
      // A conversation may have got its first message meanwhile.
      if (error?.code === 'NOT_FOUND') this.#rooms.open(id);
    }
    this.#rooms.joinWaiting();
    this.#inbox.look();
    // Messages to people wait for no room.
    this.#drainAll();
  }

  /** These dialects do not always tell the name. */
  #setUser(user: FlatUser): void {
    this.#store.update({ user: user as UserPayload });
  }

  #onLive(roomId: RoomId, truncated: boolean): void {
    // The inbox shows messages since the subscription, and nothing older.
    if (truncated || this.#leases.isRoomHeld(roomId)) this.#history.refresh(roomId);
    const room = this.#rooms.get(roomId);
    if (room?.mark?.isConfirmed === false) this.#reportMark(roomId);
    if (room !== undefined) this.#outbox.drain(room.outboxKey);
  }

  #reportMark(roomId: RoomId): void {
    const { mark, isLive } = this.#rooms.get(roomId) ?? {};
    if (isLive !== true || mark === undefined) return;
    const { id: messageId } = mark;
    this.#connection.send({ type: 'mark_read', ...targetOf(this.#dialect, roomId), messageId });
  }

  async #fetchPage(roomId: RoomId, before: number | undefined): Promise<Page> {
    const limit = CORE_LIMITS.historyPageDefault;
    const { fetchPage: type, toMessage } = this.#dialect;
    if (type === undefined) {
      const bound = before === undefined ? '' : `&before=${before}`;
      const path = `/api/channels/${encodeURIComponent(roomId)}/messages?limit=${limit}${bound}`;
      // The route answers in the form of this dialect.
      const page = (await this.#http.call('GET', path)) as WirePage;
      return { messages: page.messages.map(toMessage), hasMore: page.hasMore };
    }
    const frame = { type, ...targetOf(this.#dialect, roomId), limit, before };
    return new Promise((resolve, reject) => {
      this.#requests.ask(
        `page ${roomId}`,
        () => this.#connection.send(frame),
        (settled) => {
          // The answer was decoded by this dialect.
          if (settled.kind === 'answered') resolve(settled.payload as Page);
          else reject(settled.kind === 'refused' ? settled.error : new ChatError('UNAVAILABLE'));
        },
      );
    });
  }
}

interface WirePage {
  readonly messages: readonly never[];
  readonly hasMore: boolean;
}
