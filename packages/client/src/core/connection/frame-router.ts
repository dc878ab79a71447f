/**
 * Routes frames of the server to the components. Answers are handled by the requester
 * (`request-correlator.ts`), except for the acknowledgement of a message, which takes the
 * place of its event in the sender's stream.
 */
import type { LoggedEvent, RoomId, RoomPerson, ServerFrame, ServerFrames } from '@parley/protocol';
import type { Environment } from '../environment.ts';
import { type Message, toMessage } from '../messages/message.ts';
import type { StreamingMessages } from '../messages/streaming-messages.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { DirectConversations } from '../rooms/direct-conversations.ts';
import type { Resume } from '../rooms/resume.ts';
import type { RoomListPoller } from '../rooms/room-list-poller.ts';
import { hasGap } from '../rooms/room-log.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { ClientStore } from '../snapshot.ts';
import type { Typing } from '../typing/typing.ts';
import type { UnreadCounts } from '../unread/unread-counts.ts';

export interface FrameRouterDependencies {
  readonly store: ClientStore;
  readonly rooms: Rooms;
  readonly catchUp: Resume;
  readonly conversations: DirectConversations;
  readonly directory: RoomListPoller;
  readonly outbox: Outbox;
  readonly typing: Typing;
  readonly streaming: StreamingMessages;
  readonly unread: UnreadCounts;
}

export class FrameRouter {
  readonly #environment: Pick<Environment, 'nowMs'>;
  readonly #parts: FrameRouterDependencies;

  constructor(environment: Pick<Environment, 'nowMs'>, parts: FrameRouterDependencies) {
    this.#environment = environment;
    this.#parts = parts;
  }

  take(frame: ServerFrame): void {
    switch (frame.type) {
      case 'chat_message':
        this.#takeMessage(toMessage(frame.payload));
        break;
      case 'message_ack':
        this.#takeAck(frame.payload);
        break;
      case 'message_edited':
      case 'message_deleted':
      case 'message_pinned':
      case 'message_unpinned':
      case 'reaction_added':
      case 'reaction_removed':
        this.#takeLogged(frame.payload.roomId, frame);
        break;
      case 'user_joined':
        this.#takeArrival(frame.payload);
        break;
      case 'user_left':
        this.#takeDeparture(frame.payload);
        this.#takeLogged(frame.payload.roomId, frame);
        break;
      case 'user_typing':
        this.#takeTyping(frame.payload);
        break;
      case 'message_progress':
        this.#takeProgress(frame.payload);
        break;
      case 'presence_update':
        this.#parts.rooms.takePeople([frame.payload]);
        break;
      case 'member_list':
        // As an answer it is a page, not the complete list.
        if (frame.replyTo === undefined) this.#takeMembers(frame.payload);
        break;
      case 'member_count':
        this.#parts.rooms.apply(frame.payload.roomId, {
          kind: 'member_count',
          memberCount: frame.payload.memberCount,
        });
        break;
      case 'room_left':
        // As an answer it ends a leave that is already done here.
        if (frame.replyTo === undefined) this.#takeLostMembership(frame.payload.roomId);
        break;
      case 'room_activity':
        this.#parts.unread.takeActivity(frame.payload);
        break;
      case 'read_position':
        this.#takeReadPosition(frame.payload);
        break;
      case 'resync_required':
        this.#parts.rooms.apply(frame.payload.roomId, { kind: 'connection_lost' });
        this.#parts.catchUp.repair();
        break;
      case 'connection_established':
      case 'session_expired':
      case 'room_joined':
      case 'room_list':
      case 'history':
      case 'thread':
      case 'group_created':
      case 'resumed':
      case 'heartbeat':
      case 'pong':
      case 'error':
        // Answers, and frames that the connection handles.
        break;
    }
  }

  #takeTyping(typist: ServerFrames['user_typing']): void {
    if (this.#isOpen(typist.roomId)) this.#parts.typing.take(typist);
  }

  #takeProgress(progress: ServerFrames['message_progress']): void {
    if (this.#isOpen(progress.roomId)) this.#parts.streaming.take(progress);
  }

  /** The user's own position, also from another device. */
  #takeReadPosition({ roomId, userId, sequence }: ServerFrames['read_position']): void {
    const { conversations, rooms, store, unread } = this.#parts;
    if (userId !== store.getSnapshot().user?.id) return;
    rooms.apply(roomId, { kind: 'read', sequence });
    if (this.#isOpen(roomId) || !conversations.has(roomId)) return;
    // Only the server knows how many messages after it are unread.
    if (!unread.takeRead(roomId, sequence)) conversations.refresh();
  }

  #takeLostMembership(roomId: RoomId): void {
    const { conversations, directory, rooms } = this.#parts;
    rooms.close(roomId, 'LEFT');
    conversations.remove(roomId);
    directory.removeMembership(roomId);
  }

  #takeMessage(message: Message): void {
    const { streaming, outbox, store, typing } = this.#parts;
    const { roomId, userId, clientMessageId } = message;
    typing.endPerson(roomId, userId);
    if (!this.#isOpen(roomId)) this.#takeUnopened(message);
    this.#log(message);
    // After the message is in the log, so that its text is always visible.
    if (clientMessageId !== undefined) streaming.endDraft(roomId, clientMessageId);
    const self = store.getSnapshot().user;
    if (self?.id !== userId) return;
    // From another tab, or an earlier attempt whose acknowledgement was lost.
    outbox.recognise([message], self.id);
    outbox.drain(roomId);
  }

  /** Direct and group conversations also send messages while they are not open here. */
  #takeUnopened(message: Message): void {
    const { conversations, store, unread } = this.#parts;
    const { roomId } = message;
    if (conversations.has(roomId)) {
      unread.takeMessage(message);
      return;
    }
    const listed = store.getSnapshot().directory.rooms.find(({ id }) => id === roomId);
    // A room that was just left is not a conversation.
    if (listed?.kind !== 'room' && listed?.kind !== 'channel') conversations.lookUp(roomId);
  }

  #isOpen(roomId: RoomId): boolean {
    return this.#parts.store.getSnapshot().rooms.get(roomId)?.kind === 'open';
  }

  #takeAck({
    id,
    roomId,
    sequence,
    timestamp,
    clientMessageId,
  }: ServerFrames['message_ack']): void {
    const { outbox, store } = this.#parts;
    const self = store.getSnapshot().user;
    if (clientMessageId === undefined || self === undefined) return;
    const entry = outbox.find(clientMessageId);
    if (entry?.roomId !== roomId) return;
    const { content, attachments = [] } = entry;
    // First into the log, then out of the outbox: the message is always in at least one
    // of them.
    this.#log({
      id,
      roomId,
      userId: self.id,
      sender: self.username,
      content,
      sentAtMs: Date.parse(timestamp),
      sequence,
      clientMessageId,
      reactions: [],
      isPinned: false,
      attachments,
    });
    outbox.settle(clientMessageId);
    outbox.drain(roomId);
  }

  #log(message: Message): void {
    this.#parts.rooms.apply(message.roomId, { kind: 'message', message });
    this.#repairHole(message.roomId);
  }

  #takeLogged(roomId: RoomId, { type, payload }: LoggedEvent): void {
    // Type and payload belong together in the frame, and so in the event.
    this.#parts.rooms.apply(roomId, { kind: 'logged', event: { type, payload } as LoggedEvent });
    this.#repairHole(roomId);
  }

  #repairHole(roomId: RoomId): void {
    const { catchUp, store } = this.#parts;
    const room = store.getSnapshot().rooms.get(roomId);
    if (room?.kind === 'open' && hasGap(room.log)) catchUp.repair();
  }

  #takeArrival(person: RoomPerson): void {
    const { rooms } = this.#parts;
    rooms.apply(person.roomId, { kind: 'person_joined', person, atMs: this.#serverNowMs() });
    const { userId, username } = person;
    rooms.takePeople([{ userId, username, status: 'online', isOnline: true, lastSeen: null }]);
  }

  #takeDeparture(person: RoomPerson): void {
    const { rooms, typing } = this.#parts;
    typing.endPerson(person.roomId, person.userId);
    rooms.apply(person.roomId, { kind: 'person_left', person, atMs: this.#serverNowMs() });
  }

  #takeMembers({ roomId, members, memberCount }: ServerFrames['member_list']): void {
    this.#parts.rooms.apply(roomId, { kind: 'member_list', members, memberCount });
    this.#parts.rooms.takePeople(members);
  }

  #serverNowMs(): number {
    return this.#environment.nowMs() + this.#parts.store.getSnapshot().clockOffsetMs;
  }
}
