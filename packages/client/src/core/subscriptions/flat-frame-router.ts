/** Routes the server's events: answers to the pending request, everything else into the rooms. */
import type { ChatError, RoomId } from '@parley/protocol';
import type { PendingRequests } from '../connection/pending-requests.ts';
import type { Message } from '../messages/message.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Store } from '../store.ts';
import type { Typing } from '../typing/typing.ts';
import type { AllConversationsFeed } from './all-conversations-feed.ts';
import {
  type AnyFlatDialect,
  type CommandKind,
  type FlatEvent,
  requestKey,
  type Subject,
} from './flat-dialect.ts';
import type { FlatReadPositionSender } from './flat-read-position-sender.ts';
import { applyChange, applyMessage } from './flat-room-log.ts';
import type { FlatRooms } from './flat-rooms.ts';
import type { FlatSnapshot } from './flat-snapshot.ts';
import type { OutboxKeys } from './outbox-keys.ts';

/**
 * Maximum number of people kept per room; the server reports no single arrivals in larger
 * rooms.
 */
const MEMBERS_MAX = 1_000;

export interface FlatFrameRouterDependencies {
  readonly dialect: AnyFlatDialect;
  readonly store: Store<FlatSnapshot>;
  readonly requests: PendingRequests;
  readonly rooms: FlatRooms;
  readonly allConversations: AllConversationsFeed;
  readonly recipients: OutboxKeys;
  readonly outbox: Outbox;
  readonly typing: Typing;
  readonly readPositions: FlatReadPositionSender;
}

export class FlatFrameRouter {
  readonly #dependencies: FlatFrameRouterDependencies;

  constructor(dependencies: FlatFrameRouterDependencies) {
    this.#dependencies = dependencies;
  }

  onFrame(event: FlatEvent): void {
    const { rooms } = this.#dependencies;
    switch (event.kind) {
      case 'joined':
        this.#answer('join', event.roomId, event.joinState);
        break;
      case 'message': {
        const isLive = rooms.get(event.roomId)?.isLive === true;
        this.onMessage(event.message, isLive);
        break;
      }
      case 'change':
        this.#onChange(event);
        break;
      case 'typing':
        this.#onTyping(event);
        break;
      case 'presence':
        this.#onPresence(event);
        break;
      case 'page':
        this.#answer('page', event.roomId, event.page);
        break;
      case 'closed':
        rooms.refuse(event.roomId, event.error);
        break;
      case 'refused':
        this.#onRejected(event);
        break;
      case 'greeting':
      case 'other':
        break;
      default:
        event satisfies never;
    }
  }

  /**
   * First into the log, then out of the outbox: the message is always in at least one of
   * them.
   *
   * @param isLive It came in its place of the stream.
   */
  onMessage(message: Message, isLive: boolean): void {
    const { dialect, allConversations, rooms, store } = this.#dependencies;
    const { roomId, userId, id: messageId, sentAtMs } = message;
    allConversations.onMessage(message);
    // A conversation that was opened before its first message did not exist.
    if (rooms.get(roomId)?.error?.code === 'NOT_FOUND') rooms.open(roomId);
    // The server has already reported that its author stopped typing; a later report is
    // about the next message.
    rooms.change(roomId, ({ log }) => {
      const entered = applyMessage(log, message, isLive);
      // The author of a message has read it.
      const read = { messageId, userId, readAt: new Date(sentAtMs).toISOString() };
      return {
        log: applyChange(entered, read, false),
        outboxKey: dialect.outboxKeyOf(message, store.getSnapshot().user?.id),
      };
    });
    this.#recognise(message);
  }

  /** A history page was inserted into its room. */
  onPage(roomId: RoomId, messages: readonly Message[]): void {
    const { dialect, recipients, store } = this.#dependencies;
    for (const message of messages) this.#recognise(message);
    const last = messages.at(-1);
    const self = store.getSnapshot().user?.id;
    if (last !== undefined) recipients.name(roomId, dialect.outboxKeyOf(last, self));
  }

  #answer(kind: CommandKind, name: string, payload: unknown): void {
    this.#dependencies.requests.settle(requestKey(kind, name), { kind: 'answered', payload });
  }

  /** After a lost acknowledgement the log shows that a message of the outbox is stored. */
  #recognise(message: Message): void {
    const { outbox, store } = this.#dependencies;
    const { clientMessageId, userId } = message;
    const { user } = store.getSnapshot();
    if (clientMessageId === undefined || (user !== undefined && userId !== user.id)) return;
    const entry = outbox.find(clientMessageId);
    outbox.settle(clientMessageId);
    this.#answer('send', clientMessageId, message);
    if (entry !== undefined) outbox.drain(entry.roomId);
  }

  #onChange({ roomId, change }: Extract<FlatEvent, { kind: 'change' }>): void {
    const { readPositions, rooms, store } = this.#dependencies;
    rooms.change(roomId, ({ log, isLive }) => ({ log: applyChange(log, change, isLive) }));
    if ('type' in change || change.userId !== store.getSnapshot().user?.id) return;
    const { messages } = rooms.get(roomId)?.log ?? { messages: [] };
    const read = messages.findLast(({ id }) => id === change.messageId);
    if (read !== undefined) readPositions.confirm(roomId, read.sequence);
  }

  #onTyping({ typist }: Extract<FlatEvent, { kind: 'typing' }>): void {
    const { allConversations, rooms, store, typing } = this.#dependencies;
    if (typist.userId === store.getSnapshot().user?.id) return;
    if (allConversations.isOpen || rooms.get(typist.roomId) !== undefined) typing.onSignal(typist);
  }

  #onPresence({ person, status }: Extract<FlatEvent, { kind: 'presence' }>): void {
    const { rooms, store, typing } = this.#dependencies;
    const { roomId, userId, username = '' } = person;
    const isOnline = status !== 'offline';
    const statuses = new Map(store.getSnapshot().statuses);
    statuses.delete(userId);
    if (isOnline || roomId === undefined) statuses.set(userId, status);
    const [oldest] = statuses.size > MEMBERS_MAX ? statuses.keys() : [];
    if (oldest !== undefined) statuses.delete(oldest);
    store.update({ statuses });
    if (roomId === undefined) return;
    rooms.change(roomId, (room) => {
      const members = new Map(room.members);
      if (isOnline && members.size < MEMBERS_MAX) members.set(userId, { userId, username });
      else members.delete(userId);
      return { members };
    });
    if (!isOnline) typing.endPerson(roomId, userId);
  }

  #onRejected({ error, subject }: { readonly error: ChatError; readonly subject: Subject }): void {
    const { dialect, requests } = this.#dependencies;
    const kind = subject.type === undefined ? undefined : dialect.commandOf(subject.type);
    if (kind === undefined) return;
    const name = kind === 'send' ? subject.clientMessageId : subject.roomId;
    if (name !== undefined) requests.settle(requestKey(kind, name), { kind: 'refused', error });
  }
}
