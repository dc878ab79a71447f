/**
 * A client of a dialect without an envelope: one connection shared by all subscribers,
 * the rooms that they want, and the outgoing messages.
 *
 * This file only connects the components; each decides for itself. Read the state with
 * `getSnapshot` and `subscribe`; all other methods are commands. The connection starts
 * with the first `hold` and ends shortly after the last one was released and everything
 * was sent.
 */
import type { ClientMessageId, MessageId, RoomId } from '@parley/protocol';
import { checkSession } from '../account/check-session.ts';
import { ClientOwner } from '../account/client-owner.ts';
import { type GetToken, TokenSource } from '../account/token-source.ts';
import { Connection } from '../connection/connection.ts';
import type { ConnectionState } from '../connection/connection-state.ts';
import { Http } from '../connection/http.ts';
import { PendingRequests } from '../connection/pending-requests.ts';
import type { Environment } from '../environment.ts';
import { sendableContent } from '../messages/content-validation.ts';
import { Outbox, type SendOptions } from '../outbox/outbox.ts';
import type { OutboxState } from '../outbox/outbox-state.ts';
import { Store } from '../store.ts';
import { Typing } from '../typing/typing.ts';
import { TypingSender } from '../typing/typing-sender.ts';
import { AllConversationsFeed } from './all-conversations-feed.ts';
import {
  type AnyFlatDialect,
  type FlatFrame,
  type FlatFrames,
  type FlatUser,
  flatCodec,
  type JoinState,
} from './flat-dialect.ts';
import { FlatFrameRouter } from './flat-frame-router.ts';
import { FlatReadPositionSender } from './flat-read-position-sender.ts';
import { FlatRooms } from './flat-rooms.ts';
import { EMPTY_FLAT_SNAPSHOT, type FlatSnapshot } from './flat-snapshot.ts';
import { HistoryLoader } from './history-loader.ts';
import { OutboxKeys } from './outbox-keys.ts';
import { SocketOrHttpSender } from './socket-or-http-sender.ts';
import { SubscriptionLifetimes } from './subscription-lifetimes.ts';

export interface SubscriptionClientOptions {
  /** Address of the server, such as `https://chat.example.org`. */
  readonly serverUrl: string;
  readonly environment: Environment;
  readonly dialect: AnyFlatDialect;
  /** Identifies the user by tokens instead of the cookie. */
  readonly getToken?: GetToken | undefined;
}

export class SubscriptionClient {
  readonly #dialect: AnyFlatDialect;
  /** A late answer names the user to the owner at the time of its request. */
  #owner = new ClientOwner();
  readonly #store = new Store<FlatSnapshot>(EMPTY_FLAT_SNAPSHOT);
  readonly #connection: Connection<FlatFrames>;
  readonly #requests: PendingRequests;
  readonly #rooms: FlatRooms;
  readonly #allConversations: AllConversationsFeed;
  readonly #recipients: OutboxKeys;
  readonly #historyLoader: HistoryLoader;
  readonly #messageSender: SocketOrHttpSender;
  readonly #outbox: Outbox;
  readonly #typing: Typing;
  readonly #typingSender: TypingSender;
  readonly #readPositions: FlatReadPositionSender;
  readonly #frameRouter: FlatFrameRouter;
  readonly #lifetimes: SubscriptionLifetimes;

  /**
   * Only constructs: a component that needs a later one gets a function that is called
   * after construction.
   */
  constructor({ serverUrl, environment, dialect, getToken }: SubscriptionClientOptions) {
    const url = serverUrl.replace(/\/+$/, '');
    const token = getToken && new TokenSource(environment, getToken);
    const http = new Http(environment, url, token);
    const store = this.#store;
    this.#dialect = dialect;
    this.#connection = new Connection<FlatFrames>(environment, {
      url: `${url.replace(/^http/, 'ws')}${dialect.path}`,
      codec: flatCodec(dialect),
      getProtocols: token?.protocols,
      checkSession: () => checkSession(http, this.#owner),
      isForOwner: ({ id }) => this.#owner.isSame(id),
      onState: (state) => this.#onState(state),
      onEstablished: (user) => this.#onGreeting(user),
      onFrame: (event) => this.#frameRouter.onFrame(event),
    });
    const send = (frame: FlatFrame): boolean => this.#connection.send(frame);
    const requests = new PendingRequests(environment);
    const rooms = new FlatRooms(environment, {
      dialect,
      rooms: store.cell('rooms'),
      requests,
      send,
      onLive: (roomId, joinState) => this.#onLive(roomId, joinState),
      onRefused: (roomId, { code }) => {
        this.#typing.endRoom(roomId);
        this.#outbox.failRoom(roomId, code);
      },
    });
    const allConversations = new AllConversationsFeed(environment, {
      http,
      rooms,
      loadNewest: (roomId) => this.#historyLoader.loadNewest(roomId),
    });
    const recipients = new OutboxKeys({ store, rooms });
    this.#requests = requests;
    this.#rooms = rooms;
    this.#allConversations = allConversations;
    this.#recipients = recipients;
    this.#historyLoader = new HistoryLoader(environment, {
      dialect,
      rooms,
      requests,
      send,
      http,
      onPage: (roomId, messages) => this.#frameRouter.onPage(roomId, messages),
    });
    this.#messageSender = new SocketOrHttpSender({
      dialect,
      requests,
      sendFrame: send,
      http,
      checkSession: () => checkSession(http, this.#owner),
      keys: recipients,
      onStored: (message) => {
        const { clientMessageId: key } = message;
        // Meanwhile settled by the log, or discarded with everything of its author.
        if (key === undefined || this.#outbox.find(key) === undefined) return;
        // Before the first greeting, only this tells whose messages these are.
        if (store.getSnapshot().user === undefined) store.update({ user: { id: message.userId } });
        this.#frameRouter.onMessage(message, false);
      },
    });
    const entries = store.cell('outbox');
    const set = (outbox: OutboxState): void => {
      entries.set(outbox);
      this.#lifetimes.releaseKept();
    };
    this.#outbox = new Outbox(environment, { ...entries, set }, this.#messageSender);
    this.#typing = new Typing(environment, store.cell('typing'));
    this.#typingSender = new TypingSender(environment, {
      send: (key, isTyping) => {
        if (recipients.isLive(key)) send(dialect.typing(key, isTyping));
      },
    });
    this.#readPositions = new FlatReadPositionSender((roomId, messageId) => {
      return rooms.get(roomId)?.isLive === true && send(dialect.markRead(roomId, messageId));
    });
    this.#frameRouter = new FlatFrameRouter({
      dialect,
      store,
      requests,
      rooms,
      allConversations,
      recipients,
      outbox: this.#outbox,
      typing: this.#typing,
      readPositions: this.#readPositions,
    });
    this.#lifetimes = new SubscriptionLifetimes(environment, {
      store,
      rooms,
      allConversations,
      recipients,
      onRoomWanted: (roomId) => this.#openRoom(roomId),
      onRoomDone: (roomId) => this.#closeRoom(roomId),
      onConnectionWanted: () => this.#connection.start(),
      onConnectionDone: () => this.#disconnect(),
    });
  }

  get getSnapshot(): () => FlatSnapshot {
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
    return this.#lifetimes.acquire(roomId);
  }

  /**
   * Starts again after `unauthorized`, `somebody_else` or `closed` as the same user;
   * skips the wait for the next attempt.
   */
  reconnect(): void {
    this.#connection.tryNow();
    if (this.#lifetimes.isConnectionHeld) this.#connection.start();
  }

  /**
   * Continues as the user who is logged in now: discards the unsent messages and the
   * state of the earlier user. Does nothing while a connection is open or connecting.
   */
  startOver(): void {
    const { kind } = this.#store.getSnapshot().connection;
    if (kind !== 'closed' && kind !== 'unauthorized') return;
    const known = [...this.#store.getSnapshot().rooms.keys()];
    this.#owner = new ClientOwner();
    this.#readPositions.forgetAll();
    this.#outbox.stop();
    this.#store.update({ user: undefined, rooms: new Map(), outbox: [], typing: [] });
    for (const roomId of known) if (this.#lifetimes.isRoomHeld(roomId)) this.#openRoom(roomId);
    this.#allConversations.startOver();
    if (this.#lifetimes.isConnectionHeld) this.#connection.start();
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
    const { rooms } = this.#store.getSnapshot();
    const among = roomId === undefined ? [...rooms.values()] : [rooms.get(roomId)];
    for (const room of among) {
      const message = room?.log.messages.findLast(({ id }) => id === messageId);
      if (room !== undefined && message !== undefined) this.#readPositions.put(room.id, message);
    }
  }

  /** @throws {ChatError} The server's error; `UNAVAILABLE` if the server cannot be reached. */
  fetchHistory(roomId: RoomId): Promise<void> {
    return this.#historyLoader.fetchOlder(roomId);
  }

  /** The other person of a conversation without messages. */
  nameOutboxKey(roomId: RoomId, outboxKey: RoomId): void {
    this.#recipients.name(roomId, outboxKey);
  }

  #openRoom(roomId: RoomId): void {
    this.#rooms.open(roomId);
    // The inbox may already follow the room, without its history.
    if (this.#rooms.get(roomId)?.isLive === true) this.#historyLoader.loadNewest(roomId);
    this.#fallBackToHttp();
  }

  #closeRoom(roomId: RoomId): void {
    this.#typing.endRoom(roomId);
    this.#readPositions.forget(roomId);
    this.#rooms.close(roomId);
  }

  #disconnect(): void {
    this.#connection.stop();
    this.#outbox.stop();
    this.#historyLoader.stop();
    // No subscriber is left, and no state of the user: the next user may be a different
    // one.
    if (this.#store.getSnapshot().outbox.length > 0) return;
    this.#owner = new ClientOwner();
    this.#store.update({ user: undefined });
  }

  #onState(connection: ConnectionState): void {
    const wasOpen = this.#store.getSnapshot().connection.kind === 'open';
    this.#store.update({ connection });
    if (wasOpen && connection.kind !== 'open') {
      this.#rooms.disconnected();
      this.#allConversations.disconnected();
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
    for (const { id } of this.#store.getSnapshot().rooms.values()) {
      if (this.#dialect.page.way === 'http') this.#historyLoader.loadNewest(id);
    }
    this.#drainAll();
  }

  #drainAll(): void {
    for (const key of this.#recipients.inUse) this.#outbox.drain(key);
  }

  #onGreeting(user: FlatUser): void {
    this.#store.update({ user });
    this.#rooms.connected();
    this.#allConversations.look();
    // Messages to people wait for no room.
    this.#drainAll();
  }

  #onLive(roomId: RoomId, { truncated }: JoinState): void {
    // The inbox shows messages since the subscription, and nothing older.
    if (truncated || this.#lifetimes.isRoomHeld(roomId)) this.#historyLoader.refresh(roomId);
    this.#readPositions.retry(roomId);
    const key = this.#rooms.get(roomId)?.outboxKey;
    if (key !== undefined) this.#outbox.drain(key);
  }
}
