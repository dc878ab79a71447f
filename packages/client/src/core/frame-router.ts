/**
 * Routes frames of the server to the components. Answers are handled by the requester
 * (`request-correlator.ts`), except for the acknowledgement of a message, which takes the
 * place of its event in the sender's stream.
 */
import type {
  ClientFrameType,
  CommandAnswer,
  LoggedEvent,
  MessageId,
  RoomId,
  RoomListEntry,
  RoomPerson,
  ServerFrame,
  ServerFrames,
} from '@parley/protocol';
import { type Message, type ReceivedMessage, toMessage } from './messages/message.ts';
import type { MessageEvent } from './messages/message-reducer.ts';
import type { StreamingMessages } from './messages/streaming-messages.ts';
import type { Outbox } from './outbox/outbox.ts';
import { recipientOf } from './outbox/recipient-key.ts';
import type { DirectConversationList } from './rooms/direct-conversation-list.ts';
import type { Resume } from './rooms/resume.ts';
import type { RoomListPoller } from './rooms/room-list-poller.ts';
import { hasGap } from './rooms/room-log.ts';
import type { OpenRoom, RoomEvent } from './rooms/room-state.ts';
import type { Rooms } from './rooms/rooms.ts';
import type { ClientStore } from './snapshot.ts';
import type { Typing } from './typing/typing.ts';
import type { ReportedUnreadCounts } from './unread/reported-unread-counts.ts';

interface FrameRouterDependencies {
  readonly store: ClientStore;
  readonly rooms: Rooms;
  readonly resume: Resume;
  readonly conversations: DirectConversationList;
  readonly roomListPoller: RoomListPoller;
  readonly outbox: Outbox;
  readonly typing: Typing;
  readonly streaming: StreamingMessages;
  readonly unread: ReportedUnreadCounts;
  /** A message of the user is stored; called before it leaves the outbox. */
  readonly onStored: (message: Message) => void;
}

/**
 * Answers, and frames that the connection handles. Only a type: names in the code would be
 * loaded by every page.
 */
type UnroutedType =
  | CommandAnswer<ClientFrameType>
  // Handled by the client of a page.
  | 'moderation_warning'
  | 'link_preview'
  | 'reminder'
  | 'scheduled_changed'
  | 'reports_changed'
  | 'account_notice'
  | 'custom_emoji_changed'
  | 'workspace_changed'
  | 'connection_established'
  | 'session_expired'
  | 'server_draining'
  | 'error';

type PlacedEvent = RoomEvent & { readonly roomId: RoomId };

export class FrameRouter {
  readonly #dependencies: FrameRouterDependencies;

  constructor(dependencies: FrameRouterDependencies) {
    this.#dependencies = dependencies;
  }

  onFrame(frame: ServerFrame): void {
    switch (frame.type) {
      case 'chat_message':
        this.#onMessage(toMessage(frame.payload));
        break;
      case 'message_ack':
        this.#onAck(frame.payload);
        break;
      case 'user_joined':
        this.#onArrival(frame.payload);
        break;
      case 'user_left':
        this.#onDeparture(frame.payload);
        this.#onLogged(frame);
        break;
      case 'membership_changed': {
        const { roomId, ...change } = frame.payload;
        this.#apply({ kind: 'membership_changed', roomId, change });
        // Other actions may be open to the user now.
        if (
          change.change !== 'joined' &&
          change.userId === this.#dependencies.store.getSnapshot().user?.id
        )
          this.#dependencies.roomListPoller.refresh();
        break;
      }
      case 'user_typing':
        if (this.#openRoom(frame.payload.roomId)) this.#dependencies.typing.onSignal(frame.payload);
        break;
      case 'message_progress':
        if (this.#openRoom(frame.payload.roomId)) {
          this.#dependencies.streaming.onProgress(frame.payload);
        }
        break;
      case 'presence_update':
        this.#dependencies.rooms.mergePresence([frame.payload]);
        break;
      case 'member_list':
        // As an answer it is a page, not the complete list.
        if (frame.replyTo === undefined) {
          this.#apply({ kind: frame.type, ...frame.payload });
          this.#dependencies.rooms.mergePresence(frame.payload.members);
        }
        break;
      case 'member_total':
      case 'mute_changed':
        this.#dependencies.roomListPoller.onChanged(frame.payload);
        break;
      case 'room_changed':
        this.#apply({ kind: frame.type, ...frame.payload });
        this.#dependencies.roomListPoller.onChanged(frame.payload);
        break;
      case 'room_left':
        // As an answer it ends a leave that is already done here.
        if (frame.replyTo === undefined) this.#onLostMembership(frame.payload);
        break;
      case 'room_activity':
        this.#dependencies.unread.onActivity(frame.payload);
        this.#onActive(frame.payload.roomId);
        break;
      case 'notification_level':
        this.#dependencies.unread.onLevel(frame.payload);
        break;
      case 'read_position':
        this.#onReadPosition(frame.payload);
        break;
      case 'user_groups_changed':
        this.#dependencies.store.update(frame.payload);
        break;
      case 'resync_required':
        this.#apply({ kind: 'connection_lost', ...frame.payload });
        break;
      case 'member_count':
      case 'thread_changed':
      case 'history_pruned':
        // Type and payload of a frame belong together.
        this.#apply({ kind: frame.type, ...frame.payload } as PlacedEvent);
        break;
      default:
        if (isMessageChange(frame)) this.#onLogged(frame);
        else frame.type satisfies UnroutedType;
    }
  }

  /** A room that is behind after the event is caught up. */
  #apply({ roomId, ...event }: PlacedEvent): void {
    // Without the id of the room, an event has the type that it had.
    this.#dependencies.rooms.apply(roomId, event as RoomEvent);
    const room = this.#openRoom(roomId);
    if (room && (!room.isLive || hasGap(room.log))) this.#dependencies.resume.repair();
  }

  /** The user's own position, also from another device. */
  #onReadPosition({ roomId, userId, sequence }: ServerFrames['read_position']): void {
    const { conversations, roomListPoller, rooms, store, unread } = this.#dependencies;
    if (userId !== store.getSnapshot().user?.id) {
      rooms.apply(roomId, { kind: 'read_by_other', sequence });
      return;
    }
    const room = this.#openRoom(roomId);
    // The mark as unread was set or removed, on this device or another.
    if (room && sequence <= room.readSequence) roomListPoller.refresh();
    rooms.apply(roomId, { kind: 'read', sequence });
    if (room || !conversations.has(roomId)) return;
    // Only the server knows how many messages after it are unread.
    if (!unread.onRead(roomId, sequence)) conversations.refresh();
  }

  #onLostMembership({ roomId, reason }: ServerFrames['room_left']): void {
    const { conversations, roomListPoller, rooms, unread } = this.#dependencies;
    rooms.close(roomId, reason === 'deleted' ? 'NOT_FOUND' : 'LEFT');
    unread.forget(roomId);
    conversations.remove(roomId);
    roomListPoller.removeMembership(roomId);
  }

  #onMessage(message: Message): void {
    const { streaming, outbox, store, typing } = this.#dependencies;
    const { roomId, userId, clientMessageId } = message;
    typing.endPerson(roomId, userId);
    if (!this.#openRoom(roomId)) this.#onUnopened(message);
    this.#log(message);
    // After the message is in the log, so that its text is always visible.
    if (clientMessageId !== undefined) streaming.endDraft(roomId, clientMessageId);
    const self = store.getSnapshot().user;
    if (self?.id !== userId) return;
    this.#dependencies.onStored(message);
    // From another tab, or an earlier attempt whose acknowledgement was lost.
    outbox.recognise([message], self.id);
    outbox.drain(roomId);
  }

  /** Direct and group conversations also send messages while they are not open here. */
  #onUnopened(message: Message): void {
    const { conversations, unread } = this.#dependencies;
    const { roomId } = message;
    if (conversations.has(roomId)) {
      unread.onMessage(message);
      return;
    }
    const listed = this.#listed(roomId);
    // A room that was just left is not a conversation.
    if (listed?.kind !== 'room' && listed?.kind !== 'channel') conversations.lookUp(roomId);
  }

  /** The user was perhaps added to a room. */
  #onActive(roomId: RoomId): void {
    const { roomListPoller, store } = this.#dependencies;
    // Of more rooms than are listed, this may be one.
    if (store.getSnapshot().directory.hasMore || this.#listed(roomId)?.joined) return;
    roomListPoller.refresh();
  }

  #listed(roomId: RoomId): RoomListEntry | undefined {
    return this.#dependencies.store.getSnapshot().directory.rooms.find(({ id }) => id === roomId);
  }

  #openRoom(roomId: RoomId): OpenRoom | undefined {
    const room = this.#dependencies.store.getSnapshot().rooms.get(roomId);
    return room?.kind === 'open' ? room : undefined;
  }

  #onAck({ duplicate: _, ...stored }: ServerFrames['message_ack']): void {
    const { roomId, sequence, clientMessageId } = stored;
    const { conversations, onStored, outbox, store } = this.#dependencies;
    const self = store.getSnapshot().user;
    if (clientMessageId === undefined || self === undefined) return;
    const entry = outbox.find(clientMessageId);
    if (entry === undefined) {
      const room = this.#openRoom(roomId);
      // Of a change that was given up, so that its event is missing here.
      if (room && room.log.position < sequence) this.#apply({ kind: 'connection_lost', roomId });
      return;
    }
    const isToUser = recipientOf(entry.roomId) !== undefined;
    if (entry.roomId !== roomId && !isToUser) return;
    const { content, attachments = [], replyTo, alsoToRoom } = entry;
    // First into the log, then out of the outbox: the message is always in at least one
    // of them.
    const message = toMessage({
      ...stored,
      userId: self.id,
      sender: self.username,
      content,
      attachments,
      ...(replyTo && this.#replyPlace(roomId, replyTo)),
      ...(alsoToRoom && { alsoToRoom }),
    });
    this.#log(message);
    if (isToUser && !conversations.has(roomId)) conversations.lookUp(roomId);
    onStored(message);
    outbox.settle(clientMessageId);
    outbox.drain(entry.roomId);
  }

  /** Nothing overtakes an acknowledgement, so the reply is the next one of its thread. */
  #replyPlace(
    roomId: RoomId,
    parentMessageId: MessageId,
  ): Pick<ReceivedMessage, 'parentMessageId' | 'replyNumber'> {
    const room = this.#openRoom(roomId);
    const parent = room?.log.messages.find(({ id }) => id === parentMessageId);
    return { parentMessageId, replyNumber: (parent?.replyCount ?? 0) + 1 };
  }

  #log(message: Message): void {
    this.#apply({ kind: 'message', roomId: message.roomId, message });
  }

  #onLogged({ type, payload }: LoggedEvent): void {
    const { roomId } = payload;
    // Type and payload belong together in the frame, and so in the event.
    this.#apply({ kind: 'logged', roomId, event: { type, payload } as LoggedEvent });
    if (type === 'message_deleted' || type === 'message_edited') this.#onChanged(payload);
  }

  /** Only the server knows whether a message that is not loaded is unread, or mentions the user. */
  #onChanged({ roomId, messageId }: ServerFrames['message_deleted']): void {
    const { conversations, store } = this.#dependencies;
    if (!store.getSnapshot().unread.get(roomId)?.unreadCount) return;
    const isLoaded = this.#openRoom(roomId)?.log.messages.some(({ id }) => id === messageId);
    if (!isLoaded) conversations.refresh();
  }

  #onArrival(person: RoomPerson): void {
    const { roomId, userId, username } = person;
    this.#apply({ kind: 'user_joined', roomId, person });
    this.#dependencies.rooms.mergePresence([
      { userId, username, status: 'online', isOnline: true, lastSeen: null },
    ]);
  }

  #onDeparture(person: ServerFrames['user_left']): void {
    const { rooms, typing } = this.#dependencies;
    const { roomId, sequence, reason, timestamp } = person;
    typing.endPerson(roomId, person.userId);
    rooms.apply(roomId, { kind: 'user_left', person });
    // Without them, the user only closed the room.
    if (!sequence || !reason || !timestamp) return;
    const change = { ...person, change: reason, afterSequence: sequence - 1, timestamp };
    rooms.apply(roomId, { kind: 'membership_changed', change });
  }
}

/** Only changes of messages have the id of a message, and a place in the log of its room. */
function isMessageChange(frame: ServerFrame): frame is Extract<ServerFrame, MessageEvent> {
  return 'messageId' in frame.payload && 'sequence' in frame.payload;
}
