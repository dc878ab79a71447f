/** Routes the server's events: answers to the pending request, everything else into the rooms. */
import type { ChatError, RoomId } from '@parley/protocol';
import type { Outbox } from '../outbox/outbox.ts';
import type { Store } from '../store.ts';
import type { Typing } from '../typing/typing.ts';
import type { AllConversations } from './all-conversations.ts';
import type { FlatDialect, FlatEvent, FlatMessage, Subject } from './flat-dialect.ts';
import type { FlatMessageReducer } from './flat-message-reducer.ts';
import type { FlatReadPositionSender } from './flat-read-position-sender.ts';
import type { FlatRequestCorrelator } from './flat-request-correlator.ts';
import { applyChange, applyMessage } from './flat-room-log.ts';
import type { FlatSnapshot } from './flat-room-state.ts';
import type { FlatRooms } from './flat-rooms.ts';
import type { OutboxRecipients } from './outbox-recipients.ts';

/**
 * Maximum number of people kept per room; the server reports no single arrivals in larger
 * rooms.
 */
const PEOPLE_MAX = 1_000;

export interface FlatFrameRouterDependencies<M extends FlatMessage> {
  readonly dialect: FlatDialect<M>;
  readonly fold: FlatMessageReducer<M>;
  readonly store: Store<FlatSnapshot<M>>;
  readonly questions: FlatRequestCorrelator;
  readonly rooms: FlatRooms<M>;
  readonly inbox: AllConversations<M>;
  readonly keys: OutboxRecipients<M>;
  readonly outbox: Outbox;
  readonly typing: Typing;
  readonly marks: FlatReadPositionSender;
}

export class FlatFrameRouter<M extends FlatMessage> {
  readonly #parts: FlatFrameRouterDependencies<M>;

  constructor(parts: FlatFrameRouterDependencies<M>) {
    this.#parts = parts;
  }

  take(event: FlatEvent<M>): void {
    const { questions, rooms } = this.#parts;
    switch (event.kind) {
      case 'joined':
        questions.answer('join', event.roomId, event.place);
        break;
      case 'message': {
        const isLive = rooms.get(event.roomId)?.status === 'live';
        this.takeMessage(event.roomId, event.message, { isLive });
        break;
      }
      case 'change':
        this.#takeChange(event);
        break;
      case 'typing':
        this.#takeTyping(event);
        break;
      case 'presence':
        this.#takePresence(event);
        break;
      case 'page':
        questions.answer('page', event.roomId, event.page);
        break;
      case 'closed':
        rooms.refuse(event.roomId, event.error);
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

  /**
   * First into the log, then out of the outbox: the message is always in at least one of
   * them.
   *
   * @param isLive It came in its place of the stream.
   */
  takeMessage(roomId: RoomId, message: M, { isLive }: { readonly isLive: boolean }): void {
    const { dialect, fold, inbox, rooms, store } = this.#parts;
    const { senderId: userId, id: messageId, createdAt: readAt } = message;
    inbox.take(roomId, message);
    // The server has already reported that its author stopped typing; a later report is
    // about the next message.
    rooms.change(roomId, ({ log }) => {
      const entered = applyMessage(log, message, { isLive, fold });
      // The author of a message has read it.
      const read = { kind: 'read', messageId, userId, readAt } as const;
      return {
        log: applyChange(entered, read, { isLive: false, fold }),
        outboxKey: dialect.outboxKeyOf(message, store.getSnapshot().user?.id),
      };
    });
    this.#recognise(message);
  }

  /** A history page was inserted into its room. */
  takePage(roomId: RoomId, messages: readonly M[]): void {
    const { dialect, keys, store } = this.#parts;
    for (const message of messages) this.#recognise(message);
    const last = messages.at(-1);
    const self = store.getSnapshot().user?.id;
    if (last !== undefined) keys.name(roomId, dialect.outboxKeyOf(last, self));
  }

  /** After a lost acknowledgement the log shows that a message of the outbox is stored. */
  #recognise(message: M): void {
    const { outbox, questions, store } = this.#parts;
    const { clientMessageId, senderId } = message;
    const { user } = store.getSnapshot();
    if (clientMessageId === undefined || (user !== undefined && senderId !== user.id)) return;
    const entry = outbox.find(clientMessageId);
    outbox.settle(clientMessageId);
    questions.answer('send', clientMessageId, message);
    if (entry !== undefined) outbox.drain(entry.roomId);
  }

  #takeChange({ roomId, change }: Extract<FlatEvent<M>, { kind: 'change' }>): void {
    const { fold, marks, rooms, store } = this.#parts;
    rooms.change(roomId, ({ log, status }) => ({
      log: applyChange(log, change, { isLive: status === 'live', fold }),
    }));
    if (change.kind !== 'read' || change.userId !== store.getSnapshot().user?.id) return;
    const { messages } = rooms.get(roomId)?.log ?? { messages: [] };
    const read = messages.findLast(({ id }) => id === change.messageId);
    if (read !== undefined) marks.confirm(roomId, read.sequence);
  }

  #takeTyping({ typist }: Extract<FlatEvent<M>, { kind: 'typing' }>): void {
    const { inbox, rooms, store, typing } = this.#parts;
    if (typist.userId === store.getSnapshot().user?.id) return;
    if (inbox.isOpen || rooms.get(typist.roomId) !== undefined) typing.take(typist);
  }

  #takePresence({ person, isOnline }: Extract<FlatEvent<M>, { kind: 'presence' }>): void {
    const { rooms, typing } = this.#parts;
    const { roomId, userId, username } = person;
    rooms.change(roomId, (room) => {
      const people = new Map(room.people);
      if (isOnline && people.size < PEOPLE_MAX) people.set(userId, { userId, username });
      else people.delete(userId);
      return { people };
    });
    if (!isOnline) typing.endPerson(roomId, userId);
  }

  #takeRefusal({ error, subject }: { readonly error: ChatError; readonly subject: Subject }): void {
    const { dialect, questions } = this.#parts;
    const kind = subject.type === undefined ? undefined : dialect.commandOf(subject.type);
    if (kind === undefined) return;
    const name = kind === 'send' ? subject.clientMessageId : subject.roomId;
    if (name !== undefined) questions.refuse(kind, name, error);
  }
}
