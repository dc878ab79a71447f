/** Routes the server's events: answers to the pending request, everything else into the rooms. */
import type { ChatError, RoomId } from '@parley/protocol';
import type { Outbox } from '../outbox/outbox.ts';
import type { Store } from '../store.ts';
import type { Typing } from '../typing/typing.ts';
import type { AllConversationsFeed } from './all-conversations-feed.ts';
import type { FlatDialect, FlatEvent, FlatMessage, Subject } from './flat-dialect.ts';
import type { FlatMessageReducer } from './flat-message-reducer.ts';
import type { FlatReadPositionSender } from './flat-read-position-sender.ts';
import type { FlatRequestCorrelator } from './flat-request-correlator.ts';
import { applyChange, applyMessage } from './flat-room-log.ts';
import type { FlatRooms } from './flat-rooms.ts';
import type { FlatSnapshot } from './flat-snapshot.ts';
import type { OutboxKeys } from './outbox-keys.ts';

/**
 * Maximum number of people kept per room; the server reports no single arrivals in larger
 * rooms.
 */
const PEOPLE_MAX = 1_000;

export interface FlatFrameRouterDependencies<M extends FlatMessage> {
  readonly dialect: FlatDialect<M>;
  readonly reducer: FlatMessageReducer<M>;
  readonly store: Store<FlatSnapshot<M>>;
  readonly requests: FlatRequestCorrelator;
  readonly rooms: FlatRooms<M>;
  readonly allConversations: AllConversationsFeed<M>;
  readonly recipients: OutboxKeys<M>;
  readonly outbox: Outbox;
  readonly typing: Typing;
  readonly readPositions: FlatReadPositionSender;
}

export class FlatFrameRouter<M extends FlatMessage> {
  readonly #dependencies: FlatFrameRouterDependencies<M>;

  constructor(dependencies: FlatFrameRouterDependencies<M>) {
    this.#dependencies = dependencies;
  }

  onFrame(event: FlatEvent<M>): void {
    const { requests, rooms } = this.#dependencies;
    switch (event.kind) {
      case 'joined':
        requests.answer('join', event.roomId, event.joinState);
        break;
      case 'message': {
        const isLive = rooms.get(event.roomId)?.status === 'live';
        this.onMessage(event.roomId, event.message, { isLive });
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
        requests.answer('page', event.roomId, event.page);
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
  onMessage(roomId: RoomId, message: M, { isLive }: { readonly isLive: boolean }): void {
    const { dialect, reducer, allConversations, rooms, store } = this.#dependencies;
    const { senderId: userId, id: messageId, createdAt: readAt } = message;
    allConversations.onMessage(roomId, message);
    // The server has already reported that its author stopped typing; a later report is
    // about the next message.
    rooms.change(roomId, ({ log }) => {
      const entered = applyMessage(log, message, { isLive, reducer });
      // The author of a message has read it.
      const read = { kind: 'read', messageId, userId, readAt } as const;
      return {
        log: applyChange(entered, read, { isLive: false, reducer }),
        outboxKey: dialect.outboxKeyOf(message, store.getSnapshot().user?.id),
      };
    });
    this.#recognise(message);
  }

  /** A history page was inserted into its room. */
  onPage(roomId: RoomId, messages: readonly M[]): void {
    const { dialect, recipients, store } = this.#dependencies;
    for (const message of messages) this.#recognise(message);
    const last = messages.at(-1);
    const self = store.getSnapshot().user?.id;
    if (last !== undefined) recipients.name(roomId, dialect.outboxKeyOf(last, self));
  }

  /** After a lost acknowledgement the log shows that a message of the outbox is stored. */
  #recognise(message: M): void {
    const { outbox, requests, store } = this.#dependencies;
    const { clientMessageId, senderId } = message;
    const { user } = store.getSnapshot();
    if (clientMessageId === undefined || (user !== undefined && senderId !== user.id)) return;
    const entry = outbox.find(clientMessageId);
    outbox.settle(clientMessageId);
    requests.answer('send', clientMessageId, message);
    if (entry !== undefined) outbox.drain(entry.roomId);
  }

  #onChange({ roomId, change }: Extract<FlatEvent<M>, { kind: 'change' }>): void {
    const { reducer, readPositions, rooms, store } = this.#dependencies;
    rooms.change(roomId, ({ log, status }) => ({
      log: applyChange(log, change, { isLive: status === 'live', reducer }),
    }));
    if (change.kind !== 'read' || change.userId !== store.getSnapshot().user?.id) return;
    const { messages } = rooms.get(roomId)?.log ?? { messages: [] };
    const read = messages.findLast(({ id }) => id === change.messageId);
    if (read !== undefined) readPositions.confirm(roomId, read.sequence);
  }

  #onTyping({ typist }: Extract<FlatEvent<M>, { kind: 'typing' }>): void {
    const { allConversations, rooms, store, typing } = this.#dependencies;
    if (typist.userId === store.getSnapshot().user?.id) return;
    if (allConversations.isOpen || rooms.get(typist.roomId) !== undefined) typing.onSignal(typist);
  }

  #onPresence({ person, isOnline }: Extract<FlatEvent<M>, { kind: 'presence' }>): void {
    const { rooms, typing } = this.#dependencies;
    const { roomId, userId, username } = person;
    rooms.change(roomId, (room) => {
      const people = new Map(room.people);
      if (isOnline && people.size < PEOPLE_MAX) people.set(userId, { userId, username });
      else people.delete(userId);
      return { people };
    });
    if (!isOnline) typing.endPerson(roomId, userId);
  }

  #onRejected({ error, subject }: { readonly error: ChatError; readonly subject: Subject }): void {
    const { dialect, requests } = this.#dependencies;
    const kind = subject.type === undefined ? undefined : dialect.commandOf(subject.type);
    if (kind === undefined) return;
    const name = kind === 'send' ? subject.clientMessageId : subject.roomId;
    if (name !== undefined) requests.refuse(kind, name, error);
  }
}
