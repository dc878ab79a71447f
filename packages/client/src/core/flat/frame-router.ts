/** Routes the server's frames: answers to the pending request, everything else into the rooms. */
import type { FlatErrorBody, RoomId, UserId } from '@parley/protocol';
import type { Message } from '../messages/message.ts';
import type { ReadReceipt } from '../messages/readers.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { updatePresence } from '../rooms/presence-state.ts';
import type { ClientStore } from '../snapshot.ts';
import type { Typing } from '../typing/typing.ts';
import { type Change, errorOf, type Page, type ReceivedFrame } from './dialect.ts';
import { applyChange, applyMessage, type FlatLink, type FlatRooms } from './flat-rooms.ts';
import type { Inbox } from './inbox.ts';

interface FlatFrameRouterOptions {
  readonly link: FlatLink;
  readonly store: ClientStore;
  readonly rooms: FlatRooms;
  readonly inbox: Inbox;
  readonly outbox: Outbox;
  readonly typing: Typing;
}

export class FlatFrameRouter {
  readonly #options: FlatFrameRouterOptions;

  constructor(options: FlatFrameRouterOptions) {
    this.#options = options;
  }

  onFrame(frame: ReceivedFrame): void {
    const { link, rooms } = this.#options;
    const { dialect } = link;
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
        const isLive = rooms.get(message.roomId)?.isLive === true;
        this.onMessage(key ? { ...message, clientMessageId: key } : message, isLive);
        break;
      }
      case 'message_edited':
      case 'message_deleted': {
        const { type, ...payload } = frame;
        // Apart from the name of the room, the fields are those of the native dialect.
        this.#change(roomId, { type, payload } as unknown as Change);
        break;
      }
      case 'message_read':
        this.#onRead(roomId, frame);
        break;
      case 'user_typing': {
        const { userId, isTyping } = frame;
        const username = 'username' in frame ? frame.username : '';
        this.#onTyping({ roomId, userId, username, isTyping });
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
  onMessage(message: Message, isLive: boolean): void {
    const { inbox, link, rooms } = this.#options;
    const { roomId, userId, id: messageId, sentAtMs } = message;
    inbox.onMessage(message);
    // A conversation that was opened before its first message did not exist.
    if (rooms.get(roomId)?.error?.code === 'NOT_FOUND') rooms.open(roomId);
    // The server has already reported that its author stopped typing; a later report is
    // about the next message.
    rooms.change(roomId, ({ log }) => {
      const entered = applyMessage(log, message, isLive);
      // The author of a message has read it.
      const read = { messageId, userId, readAt: new Date(sentAtMs).toISOString() };
      const outboxKey = link.dialect.outboxKeyOf(message, this.#self);
      return { log: applyChange(entered, read, false), outboxKey };
    });
    this.#recognise(message);
  }

  /** A history page was inserted into its room. */
  onPage(roomId: RoomId, messages: readonly Message[]): void {
    const { link, rooms } = this.#options;
    for (const message of messages) this.#recognise(message);
    const last = messages.at(-1);
    if (last !== undefined) rooms.nameOutboxKey(roomId, link.dialect.outboxKeyOf(last, this.#self));
  }

  get #self(): UserId | undefined {
    return this.#options.store.getSnapshot().user?.id;
  }

  #answer(key: string, payload: unknown): void {
    this.#options.link.requests.settle(key, { kind: 'answered', payload });
  }

  /** After a lost acknowledgement the log shows that a message of the outbox is stored. */
  #recognise(message: Message): void {
    const { outbox } = this.#options;
    const { clientMessageId, userId } = message;
    const self = this.#self;
    if (clientMessageId === undefined || (self !== undefined && userId !== self)) return;
    const entry = outbox.find(clientMessageId);
    outbox.settle(clientMessageId);
    this.#answer(`send ${clientMessageId}`, message);
    if (entry !== undefined) outbox.drain(entry.roomId);
  }

  #change(roomId: RoomId, change: Change): void {
    this.#options.rooms.change(roomId, ({ log, isLive }) => ({
      log: applyChange(log, change, isLive),
    }));
  }

  #onRead(roomId: RoomId, receipt: ReadReceipt): void {
    const { messageId, userId, readAt } = receipt;
    this.#change(roomId, { messageId, userId, ...(readAt === undefined ? {} : { readAt }) });
    if (userId === this.#self) this.#options.rooms.confirmMark(roomId, messageId);
  }

  #onTyping(typist: Parameters<Typing['onSignal']>[0]): void {
    const { inbox, rooms, typing } = this.#options;
    if (typist.userId === this.#self) return;
    if (inbox.isOpen || rooms.get(typist.roomId) !== undefined) typing.onSignal(typist);
  }

  /** In one room, or wherever the user is. */
  #onPresence(frame: Extract<ReceivedFrame, { readonly type: 'user_presence' }>): void {
    const { rooms, store, typing } = this.#options;
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
    const { link, rooms } = this.#options;
    const { dialect, requests } = link;
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
