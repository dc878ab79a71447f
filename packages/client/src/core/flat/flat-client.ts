/**
 * A client of a dialect without an envelope: one connection shared by all subscribers,
 * the rooms that they want, and the outgoing messages, over the parts of the core.
 *
 * This file only connects the components; each decides for itself. Read the state with
 * `getSnapshot` and `subscribe`; all other methods are commands. The connection starts
 * with the first `acquire` and ends shortly after the last one was released and everything
 * was sent.
 */
import type { FlatErrorBody, MessageId, RoomId, UserId, UserPayload } from '@parley/protocol';
import { ClientOwner } from '../account/client-owner.ts';
import { ConnectedClient } from '../connected-client.ts';
import type { ConnectionState } from '../connection/connection-state.ts';
import { type GetToken, TokenSource } from '../connection/token-source.ts';
import type { Environment } from '../environment.ts';
import type { Message } from '../messages/message.ts';
import { Outbox } from '../outbox/outbox.ts';
import type { OutboxState } from '../outbox/outbox-state.ts';
import { RefCounter } from '../ref-counter.ts';
import { updatePresence } from '../rooms/presence-state.ts';
import { waitingCount } from '../rooms/timeline.ts';
import {
  type AnyFlatDialect,
  type Change,
  errorOf,
  type FlatFrames,
  FlatLink,
  type FlatUser,
  flatCodec,
  type Page,
  type ReceivedFrame,
} from './dialect.ts';
import { applyChange, applyMessage, FlatRooms } from './flat-rooms.ts';
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
  readonly #sender: MessageSender;
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
    const link = new FlatLink(environment, dialect, (frame) => this.connection.send(frame));
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
    this.history = new History(environment, {
      ...{ http, link, rooms },
      onPage: (roomId, messages) => {
        for (const message of messages) this.#recognise(message);
        const last = messages.at(-1);
        if (last !== undefined) rooms.nameOutboxKey(roomId, this.#outboxKeyOf(last));
      },
    });
    this.#inbox = new Inbox(environment, { http, rooms, history: this.history });
    this.#sender = new MessageSender({
      ...{ http, link, rooms },
      isConnected: () => this.isConnected,
      checkSession: this.checkSession,
      onStored: (message) => {
        const { clientMessageId: key } = message;
        // Meanwhile settled by the log, or discarded with everything of its author.
        if (key === undefined || this.outbox.find(key) === undefined) return;
        // Before the first greeting, only this tells whose messages these are.
        if (this.#self === undefined) this.#setUser({ id: message.userId });
        this.#onMessage(message, false);
      },
    });
    const entries = store.cell('outbox');
    const set = (outbox: OutboxState): void => {
      entries.set(outbox);
      // A lease kept for a message can end when the message was sent or discarded.
      this.#roomLeases.releaseKept();
      this.#connectionLease.releaseKept();
    };
    this.outbox = new Outbox(environment, { ...entries, set }, this.#sender);
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
    for (const { id, log, mark } of this.rooms.all) {
      if (roomId !== undefined && id !== roomId) continue;
      const { sequence = 0 } = log.messages.findLast((each) => each.id === messageId) ?? {};
      if (sequence <= (mark?.sequence ?? 0)) continue;
      this.rooms.change(id, () => ({ mark: { id: messageId, sequence, isConfirmed: false } }));
      this.#reportMark(id);
    }
  }

  #openRoom(roomId: RoomId): void {
    this.rooms.open(roomId);
    // The inbox may already follow the room, without its history.
    if (this.rooms.get(roomId)?.kind === 'open') this.history.loadNewest(roomId);
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

  protected override sendTyping(key: RoomId, isTyping: boolean): void {
    if (this.#sender.isLive(key)) this.#link.send('typing', key, { isTyping });
  }

  protected override onState(connection: ConnectionState): void {
    super.onState(connection);
    if (connection.kind === 'connecting') return;
    // The socket cannot connect: HTTP may work.
    this.#sender.isHttpOpen =
      connection.kind === 'waiting' && connection.outage.cause !== 'offline';
    this.#fallBackToHttp();
  }

  /** Loads and sends over HTTP while the socket cannot connect. */
  #fallBackToHttp(): void {
    if (!this.#sender.isHttpOpen) return;
    if (this.#link.dialect.fetchPage === undefined) {
      for (const { id } of this.rooms.all) this.history.loadNewest(id);
    }
    this.outbox.drainAll();
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
    this.outbox.drainAll();
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
    const { mark, kind } = this.rooms.get(roomId) ?? {};
    if (kind === 'open' && mark) this.#link.send('mark_read', roomId, { messageId: mark.id });
  }

  get #self(): UserId | undefined {
    return this.store.getSnapshot().user?.id;
  }

  #outboxKeyOf(message: Message): RoomId {
    return this.#link.dialect.outboxKeyOf(message, this.#self);
  }

  /** Answers go to the pending request, everything else into the rooms. */
  protected override onFrame(frame: ReceivedFrame): void {
    const { rooms, typing } = this;
    const { dialect } = this.#link;
    // Frames without a room are handled below as if they had one.
    const roomId = frame.roomId as RoomId;
    switch (frame.type) {
      case 'joined_channel':
      case 'subscribed':
        rooms.onJoinState(roomId, frame);
        break;
      case 'new_message':
      case 'message_sent':
      case 'message_received': {
        // In the form of this dialect.
        const message = dialect.toMessage(frame.message as never);
        const key = 'clientMessageId' in frame && frame.clientMessageId;
        const isLive = rooms.get(message.roomId)?.kind === 'open';
        this.#onMessage(key ? { ...message, clientMessageId: key } : message, isLive);
        break;
      }
      case 'message_edited':
      case 'message_deleted': {
        const { type, ...payload } = frame;
        // Apart from the name of the room, the fields are those of the native dialect.
        const change = { type, payload } as unknown as Change;
        rooms.change(roomId, ({ log, kind }) => ({
          log: applyChange(log, change, kind === 'open'),
        }));
        break;
      }
      case 'message_read': {
        const { messageId, userId, ...rest } = frame;
        const readAt = 'readAt' in rest ? { readAt: rest.readAt } : {};
        rooms.change(roomId, ({ log }) => ({
          log: applyChange(log, { messageId, userId, ...readAt }, false),
        }));
        if (userId === this.#self) rooms.confirmMark(roomId, messageId);
        break;
      }
      case 'user_typing': {
        const { userId, isTyping } = frame;
        if (userId === this.#self || !(this.#inbox.isOpen || rooms.get(roomId))) break;
        const username = 'username' in frame ? frame.username : '';
        typing.onSignal({ roomId, userId, username, isTyping });
        break;
      }
      case 'user_presence':
        this.#onPresence(frame);
        break;
      case 'history_response': {
        const messages = frame.messages.map((each) => dialect.toMessage(each as never));
        this.#answer(`page ${roomId}`, { messages, hasMore: frame.hasMore } satisfies Page);
        break;
      }
      case 'error':
        this.#onError(frame.roomId, frame);
        break;
      case 'connected':
      case 'unsubscribed':
      case 'pong':
        break;
      default:
        // Newer servers have other types.
        frame satisfies never;
    }
  }

  /**
   * First into the log, then out of the outbox: the message is always in at least one of
   * them.
   *
   * @param isLive It came in its place of the stream.
   */
  #onMessage(message: Message, isLive: boolean): void {
    const { rooms } = this;
    const { roomId, userId, id: messageId, sentAtMs } = message;
    this.#inbox.onMessage(message);
    // A conversation that was opened before its first message did not exist.
    if (rooms.get(roomId)?.error?.code === 'NOT_FOUND') rooms.open(roomId);
    // The server has already reported that its author stopped typing; a later report is
    // about the next message.
    rooms.change(roomId, ({ log }) => {
      const entered = applyMessage(log, message, isLive);
      // The author of a message has read it.
      const read = { messageId, userId, readAt: new Date(sentAtMs).toISOString() };
      return { log: applyChange(entered, read, false), outboxKey: this.#outboxKeyOf(message) };
    });
    this.#recognise(message);
  }

  #answer(key: string, payload: unknown): void {
    this.#link.requests.settle(key, { kind: 'answered', payload });
  }

  /** After a lost acknowledgement the log shows that a message of the outbox is stored. */
  #recognise(message: Message): void {
    const { clientMessageId, userId } = message;
    if (clientMessageId === undefined || userId !== (this.#self ?? userId)) return;
    const entry = this.outbox.find(clientMessageId);
    this.outbox.settle(clientMessageId);
    this.#answer(`send ${clientMessageId}`, message);
    if (entry !== undefined) this.outbox.drain(entry.roomId);
  }

  /** In one room, or wherever the user is. */
  #onPresence(frame: Extract<ReceivedFrame, { readonly type: 'user_presence' }>): void {
    const { rooms, store, typing } = this;
    const { roomId, userId, status } = frame;
    const isOnline = status !== 'offline';
    const person = { userId, status, isOnline, lastSeen: null };
    const presence = new Map(updatePresence(store.getSnapshot().presence, [person]));
    // A user who has left this room may be in others, of which nothing is known.
    if (!isOnline && roomId !== undefined) presence.delete(userId);
    store.update({ presence });
    if (roomId === undefined) return;
    const username = 'username' in frame ? frame.username : '';
    const kind = isOnline ? 'user_joined' : 'user_left';
    rooms.apply(roomId, { kind, person: { roomId, userId, username } });
    if (!isOnline) typing.endPerson(roomId, userId);
  }

  #onError(roomId: RoomId | undefined, frame: FlatErrorBody): void {
    const { rooms } = this;
    const { dialect, requests } = this.#link;
    const error = errorOf(frame);
    const { originalType, clientMessageId } = frame;
    const refused = { kind: 'refused', error } as const;
    if (originalType === 'send_message') requests.settle(`send ${clientMessageId}`, refused);
    if (roomId === undefined) return;
    // It answers no request: the user is no longer in the room.
    if (originalType === undefined) rooms.close(roomId, error.code, error);
    else if (originalType === dialect.join) rooms.settleJoin(roomId, refused);
    else if (originalType === dialect.fetchPage) requests.settle(`page ${roomId}`, refused);
  }
}
