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
  CORE_LIMITS,
  type MessageId,
  type RoomId,
  type UserId,
  type UserPayload,
} from '@parley/protocol';
import { ClientOwner } from '../account/client-owner.ts';
import { ConnectedClient } from '../connected-client.ts';
import type { ConnectionState } from '../connection/connection-state.ts';
import { PendingRequests } from '../connection/pending-requests.ts';
import { type GetToken, TokenSource } from '../connection/token-source.ts';
import type { Environment } from '../environment.ts';
import { waitingCount } from '../messages/timeline.ts';
import { Outbox } from '../outbox/outbox.ts';
import type { OutboxState } from '../outbox/outbox-state.ts';
import { RefCounter } from '../ref-counter.ts';
import {
  type AnyFlatDialect,
  type FlatFrames,
  type FlatUser,
  flatCodec,
  type Page,
  type ReceivedFrame,
  targetOf,
} from './dialect.ts';
import { type FlatLink, FlatRooms } from './flat-rooms.ts';
import { FlatFrameRouter } from './frame-router.ts';
import { History } from './history.ts';
import { Inbox } from './inbox.ts';
import { MessageSender } from './message-sender.ts';

/** A room is left one turn after its release: React mounts twice within one turn. */
const LEAVE_AFTER_MS = 0;
/** Keeps the connection between two pages of an application. */
export const CLOSE_AFTER_MS = 1_000;
/** Names of leases: of all subscribers together, and of those without a particular room. */
const CONNECTION = 'connection';
const INBOX = 'inbox';

export interface FlatClientOptions {
  /** Address of the server, such as `https://chat.example.org`. */
  readonly serverUrl: string;
  readonly environment: Environment;
  readonly dialect: AnyFlatDialect;
  /** Identifies the user by tokens instead of the cookie. */
  readonly getToken?: GetToken | undefined;
}

export class FlatClient extends ConnectedClient<FlatFrames> {
  readonly rooms: FlatRooms;
  readonly history: History;
  readonly outbox: Outbox;
  readonly #link: FlatLink;
  readonly #inbox: Inbox;
  readonly #messageSender: MessageSender;
  readonly #frameRouter: FlatFrameRouter;
  readonly #roomLeases: RefCounter;
  readonly #connectionLease: RefCounter;

  /**
   * Only constructs: a component that needs a later one gets a function that is called
   * after construction.
   */
  constructor({ serverUrl, environment, dialect, getToken }: FlatClientOptions) {
    const { path } = dialect;
    const token = getToken && new TokenSource(environment, getToken);
    super({ serverUrl, path, codec: flatCodec(dialect), environment, token });
    const { http, store } = this;
    const link: FlatLink = {
      dialect,
      requests: new PendingRequests(environment),
      send: (frame) => this.connection.send(frame),
    };
    this.#link = link;
    const rooms = new FlatRooms(
      environment,
      { link, store },
      {
        onLive: (roomId, { truncated }) => this.#onLive(roomId, truncated),
        onClosed: (roomId) => {
          this.typing.endRoom(roomId);
          const code = rooms.get(roomId)?.error?.code;
          if (code !== undefined) this.outbox.failRoom(roomId, code);
        },
      },
    );
    this.rooms = rooms;
    this.#inbox = new Inbox(environment, {
      http,
      rooms,
      loadNewest: (roomId) => this.history.loadNewest(roomId),
    });
    this.history = new History(environment, {
      rooms,
      fetchPage: (roomId, before) => this.#fetchPage(roomId, before),
      onPage: (roomId, messages) => this.#frameRouter.onPage(roomId, messages),
    });
    this.#messageSender = new MessageSender({
      link,
      rooms,
      isConnected: () => this.isConnected,
      http,
      checkSession: this.checkSession,
      onStored: (message) => {
        const { clientMessageId: key } = message;
        // Meanwhile settled by the log, or discarded with everything of its author.
        if (key === undefined || this.outbox.find(key) === undefined) return;
        // Before the first greeting, only this tells whose messages these are.
        if (store.getSnapshot().user === undefined) this.#setUser({ id: message.userId });
        this.#frameRouter.onMessage(message, false);
      },
    });
    const entries = store.cell('outbox');
    const set = (outbox: OutboxState): void => {
      entries.set(outbox);
      // A lease kept for a message can end when the message was sent or discarded.
      this.#roomLeases.releaseKept();
      this.#connectionLease.releaseKept();
    };
    this.outbox = new Outbox(environment, { ...entries, set }, this.#messageSender);
    this.#frameRouter = new FlatFrameRouter({
      link,
      store,
      rooms,
      inbox: this.#inbox,
      outbox: this.outbox,
      typing: this.typing,
    });
    this.#roomLeases = new RefCounter(environment, {
      graceMs: LEAVE_AFTER_MS,
      // Apart from the inbox, the names are the ids that were passed in.
      onAcquired: (name) => (name === INBOX ? this.#openInbox() : this.#openRoom(name as RoomId)),
      onReleased: (name) => (name === INBOX ? this.#closeInbox() : this.#closeRoom(name as RoomId)),
    });
    this.#connectionLease = new RefCounter(environment, {
      graceMs: CLOSE_AFTER_MS,
      onAcquired: () => this.connection.start(),
      onReleased: () => this.#disconnect(),
    });
  }

  /**
   * Keeps a connection, and the room open on it, until the returned function is called.
   * Without a room it subscribes to all conversations.
   */
  acquire(roomId?: RoomId): () => void {
    const letConnectionGo = this.#connectionLease.acquire(CONNECTION);
    const letRoomGo = this.#roomLeases.acquire(roomId ?? INBOX);
    return () => {
      letRoomGo();
      letConnectionGo();
    };
  }

  /**
   * Starts again after `unauthorized`, `somebody_else` or `closed` as the same user;
   * skips the wait for the next attempt.
   */
  reconnect(): void {
    this.connection.tryNow();
    if (this.#connectionLease.isInUse(CONNECTION)) this.connection.start();
  }

  /**
   * Continues as the user who is logged in now: discards the unsent messages and the
   * state of the earlier user. Does nothing while a connection is open or connecting.
   */
  startOver(): void {
    const { kind } = this.store.getSnapshot().connection;
    if (kind !== 'closed' && kind !== 'unauthorized') return;
    const known = this.rooms.all;
    this.owner = new ClientOwner();
    this.outbox.stop();
    this.store.update({ user: undefined, rooms: new Map(), outbox: [], typing: [] });
    for (const { id } of known) if (this.#roomLeases.isInUse(id)) this.#openRoom(id);
    this.#inbox.startOver();
    if (this.#connectionLease.isInUse(CONNECTION)) this.connection.start();
  }

  /**
   * Marks everything up to this message as read; reported once, and again after a
   * connection loss until it is confirmed. Without a room, the message identifies the
   * room.
   */
  markRead(roomId: RoomId | undefined, messageId: MessageId): void {
    for (const { id, log } of this.rooms.all) {
      if (roomId !== undefined && id !== roomId) continue;
      const message = log.messages.findLast((each) => each.id === messageId);
      if (message !== undefined && this.rooms.mark(id, message)) this.#reportMark(id);
    }
  }

  #openRoom(roomId: RoomId): void {
    this.rooms.open(roomId);
    // The inbox may already follow the room, without its history.
    if (this.rooms.get(roomId)?.isLive === true) this.history.loadNewest(roomId);
    this.#fallBackToHttp();
  }

  #closeRoom(roomId: RoomId): boolean {
    const { inboxFrom, outboxKey } = this.rooms.get(roomId) ?? {};
    // A subscriber of the inbox includes this room.
    if (this.#inbox.isOpen && inboxFrom !== undefined) return true;
    // Messages written there are still to be sent; the room is left after that.
    const { outbox } = this.store.getSnapshot();
    if (waitingCount(outbox.filter((entry) => entry.roomId === outboxKey)) > 0) return false;
    this.typing.endRoom(roomId);
    this.rooms.leave(roomId);
    return true;
  }

  #openInbox(): void {
    if (this.#inbox.isOpen) return;
    this.#inbox.isOpen = true;
    if (this.isConnected) this.#inbox.look();
  }

  #closeInbox(): boolean {
    this.#inbox.isOpen = false;
    this.#inbox.startOver();
    for (const { id } of this.rooms.all) {
      // A new subscriber starts again.
      this.rooms.change(id, () => ({ inboxFrom: undefined }));
      if (!this.#roomLeases.isInUse(id)) this.#roomLeases.end(id);
    }
    return true;
  }

  #disconnect(): boolean {
    const { outbox } = this.store.getSnapshot();
    if (waitingCount(outbox) > 0) return false;
    this.connection.stop();
    this.outbox.stop();
    this.history.stop();
    // No subscriber is left, and no state of the user: the next user may be a different
    // one.
    if (outbox.length > 0) return true;
    this.owner = new ClientOwner();
    this.store.update({ user: undefined });
    return true;
  }

  protected override onLost(): void {
    this.rooms.suspend();
    this.#inbox.disconnected();
    this.#link.requests.cutOff();
  }

  protected override userIdOf({ id }: FlatUser): UserId {
    return id;
  }

  protected override onFrame(frame: ReceivedFrame): void {
    this.#frameRouter.onFrame(frame);
  }

  protected override sendTyping(key: RoomId, isTyping: boolean): void {
    const { dialect, send } = this.#link;
    if (this.#messageSender.isLive(key)) {
      send({ type: 'typing', ...targetOf(dialect, key), isTyping });
    }
  }

  protected override onState(connection: ConnectionState): void {
    super.onState(connection);
    if (connection.kind === 'connecting') return;
    // The socket cannot connect: HTTP may work.
    this.#messageSender.isHttpOpen =
      connection.kind === 'waiting' && connection.outage.cause !== 'offline';
    this.#fallBackToHttp();
  }

  /** Loads and sends over HTTP while the socket cannot connect. */
  #fallBackToHttp(): void {
    if (!this.#messageSender.isHttpOpen) return;
    if (this.#link.dialect.fetchPage === undefined) {
      for (const { id } of this.rooms.all) this.history.loadNewest(id);
    }
    this.#drainAll();
  }

  #drainAll(): void {
    const { outbox } = this.store.getSnapshot();
    for (const key of new Set(outbox.map(({ roomId }) => roomId))) this.outbox.drain(key);
  }

  protected override onGreeting(user: FlatUser): void {
    this.#setUser(user);
    for (const { id, error } of this.rooms.all) {
      // A conversation may have got its first message meanwhile.
      if (error?.code === 'NOT_FOUND') this.rooms.open(id);
    }
    this.rooms.joinWaiting();
    this.#inbox.look();
    // Messages to people wait for no room.
    this.#drainAll();
  }

  /** These dialects do not always tell the name. */
  #setUser(user: FlatUser): void {
    this.store.update({ user: user as UserPayload });
  }

  #onLive(roomId: RoomId, truncated: boolean): void {
    // The inbox shows messages since the subscription, and nothing older.
    if (truncated || this.#roomLeases.isInUse(roomId)) this.history.refresh(roomId);
    const room = this.rooms.get(roomId);
    if (room?.mark?.isConfirmed === false) this.#reportMark(roomId);
    if (room !== undefined) this.outbox.drain(room.outboxKey);
  }

  #reportMark(roomId: RoomId): void {
    const { mark, isLive } = this.rooms.get(roomId) ?? {};
    if (isLive !== true || mark === undefined) return;
    const { dialect, send } = this.#link;
    send({ type: 'mark_read', ...targetOf(dialect, roomId), messageId: mark.id });
  }

  async #fetchPage(roomId: RoomId, before: number | undefined): Promise<Page> {
    const limit = CORE_LIMITS.historyPageDefault;
    const { dialect, requests, send } = this.#link;
    const { fetchPage: type, toMessage } = dialect;
    if (type === undefined) {
      const bound = before === undefined ? '' : `&before=${before}`;
      const path = `/api/channels/${encodeURIComponent(roomId)}/messages?limit=${limit}${bound}`;
      // The route answers in the form of this dialect.
      const page = (await this.http.call('GET', path)) as WirePage;
      return { messages: page.messages.map(toMessage), hasMore: page.hasMore };
    }
    const frame = { type, ...targetOf(dialect, roomId), limit, before };
    return new Promise((resolve, reject) => {
      requests.ask(
        `page ${roomId}`,
        () => send(frame),
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
