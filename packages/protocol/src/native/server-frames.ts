/**
 * Frames that the server sends in the native dialect. Times are ISO 8601 UTC with
 * milliseconds; a `?` field is absent, never null, when it does not apply.
 */
import type { Attachment } from '../attachments.ts';
import type { ErrorCode } from '../errors.ts';
import type { ClientMessageId, ConnectionId, Epoch, MessageId, RoomId, UserId } from '../ids.ts';

export type Timestamp = string;
export type RoomKind = 'room' | 'channel' | 'direct' | 'group';
export type PresenceStatus = 'online' | 'away' | 'busy' | 'offline';

export interface UserPayload {
  readonly id: UserId;
  readonly username: string;
}

export interface MemberPayload {
  readonly userId: UserId;
  readonly username: string;
  readonly status: PresenceStatus;
  readonly isOnline: boolean;
  readonly lastSeen: Timestamp | null;
  readonly statusText?: string;
}

export interface ChatMessagePayload {
  readonly id: MessageId;
  readonly roomId: RoomId;
  readonly sender: string;
  readonly userId: UserId;
  readonly content: string;
  readonly timestamp: Timestamp;
  readonly sequence: number;
  readonly clientMessageId?: ClientMessageId;
  readonly editedAt?: Timestamp;
  /** `content` is empty then; a deleted message has no reactions, attachments, pin or edit time. */
  readonly deleted?: true;
  readonly pinned?: true;
  /** In the order of the emojis. */
  readonly reactions?: readonly ReactionPayload[];
  /** As they were sent; a deleted message has none. */
  readonly attachments?: readonly Attachment[];
  /** Replies to it, deleted ones included. */
  readonly replyCount?: number;
  /** The message that began the thread to which it belongs. */
  readonly parentMessageId?: MessageId;
  /** Its number in the thread, from 1: the parent's `replyCount` is at least this. */
  readonly replyNumber?: number;
}

export interface ReactionPayload {
  readonly emoji: string;
  /** In the order in which they came; of more than 100 the first. */
  readonly userIds: readonly UserId[];
  readonly count: number;
}

/** A change of a message, with its own sequence in the room's log. */
export interface MessageChangePayload {
  readonly roomId: RoomId;
  readonly messageId: MessageId;
  readonly sequence: number;
  /** The user who made the change. */
  readonly userId: UserId;
}

export interface RoomPayload {
  readonly id: RoomId;
  readonly name: string;
  readonly memberCount: number;
}

export interface RoomListEntry extends RoomPayload {
  readonly kind: RoomKind;
  readonly unreadCount: number;
  readonly mentionCount: number;
  /** The sequence of the first unread message; absent where none is. */
  readonly firstUnreadSequence?: number;
  /** Marked by hand; `unreadCount` stays what it is. */
  readonly markedUnread?: true;
  readonly lastActivity: Timestamp;
  /** The user is a member of this room. */
  readonly joined?: true;
  /** Sequence of the latest event; only in rooms that the user has joined. */
  readonly headSequence?: number;
  /** The other person of a direct room. */
  readonly person?: MemberPayload;
}

export interface OwnRoomEntry extends RoomListEntry {
  readonly headSequence: number;
  readonly epoch: Epoch;
}

/** Payloads of the frames of a room's log, messages excepted. */
export interface LoggedFrames {
  readonly message_edited: MessageChangePayload & {
    readonly content: string;
    readonly editedAt: Timestamp;
  };
  readonly message_deleted: MessageChangePayload;
  readonly message_pinned: MessageChangePayload;
  readonly message_unpinned: MessageChangePayload;
  readonly reaction_added: MessageChangePayload & ReactionChange;
  readonly reaction_removed: MessageChangePayload & ReactionChange;
  /** One's own access ended; without `sequence` it is the answer to `leave_room`. */
  readonly room_left: {
    readonly roomId: RoomId;
    readonly reason?: string;
    readonly sequence?: number;
  };
  /** With `sequence` a membership ended; without it a person only closed the room. */
  readonly user_left: RoomPerson & { readonly sequence?: number };
}

interface ReactionChange {
  readonly emoji: string;
  /** How many have chosen this emoji now. */
  readonly count: number;
}

/** An event of a room's log that is no message, as it stands on the wire. */
export type LoggedEvent = {
  readonly [T in keyof LoggedFrames]: { readonly type: T; readonly payload: LoggedFrames[T] };
}[keyof LoggedFrames];

/** The part that `room_joined` and `resumed` share: a room's state up to `headSequence`. */
export interface RoomSnapshot {
  readonly roomId: RoomId;
  readonly memberCount: number;
  readonly members: readonly MemberPayload[];
  /** Oldest first. */
  readonly history: readonly ChatMessagePayload[];
  readonly events: readonly LoggedEvent[];
  readonly headSequence: number;
  readonly epoch: Epoch;
  /** The client discards what it holds of the room and takes `history` in its place. */
  readonly truncated: boolean;
}

export interface RejectedRoom {
  readonly roomId: RoomId;
  readonly error: { readonly code: ErrorCode };
}

export interface ServerFrames extends LoggedFrames {
  readonly connection_established: {
    readonly connectionId: ConnectionId;
    readonly user: UserPayload;
    readonly serverTime: Timestamp;
    readonly rooms: readonly OwnRoomEntry[];
  };
  readonly message_ack: {
    readonly clientMessageId?: ClientMessageId;
    readonly id: MessageId;
    readonly roomId: RoomId;
    readonly sequence: number;
    readonly timestamp: Timestamp;
    readonly duplicate: boolean;
  };
  readonly chat_message: ChatMessagePayload;
  readonly room_joined: RoomSnapshot & { readonly roomName: string; readonly room: RoomPayload };
  readonly user_joined: RoomPerson;
  readonly room_list: { readonly rooms: readonly RoomListEntry[]; readonly hasMore: boolean };
  readonly member_list: {
    readonly roomId: RoomId;
    readonly members: readonly MemberPayload[];
    readonly memberCount: number;
  };
  readonly history: {
    readonly roomId: RoomId;
    readonly messages: readonly ChatMessagePayload[];
    readonly hasMore: boolean;
  };
  readonly thread: {
    readonly roomId: RoomId;
    readonly parent?: ChatMessagePayload;
    readonly messages: readonly ChatMessagePayload[];
    readonly hasMore: boolean;
  };
  readonly resumed: { readonly rooms: readonly (RoomSnapshot | RejectedRoom)[] };
  readonly user_typing: RoomPerson & { readonly isTyping: boolean };
  /** A message that is still being made: all of it so far. It comes as `chat_message` with `clientMessageId` the draft's id. */
  readonly message_progress: {
    readonly roomId: RoomId;
    readonly draftId: string;
    readonly content: string;
  };
  readonly read_position: RoomPerson & { readonly sequence: number };
  readonly presence_update: MemberPayload;
  /** Something happened in a room that is not open on this connection; at most one a second and room. */
  readonly room_activity: {
    readonly roomId: RoomId;
    readonly headSequence: number;
    readonly unreadCount: number;
    readonly mentionCount: number;
  };
  /** In a room of many people, in place of `user_joined` and `user_left`; at most one a second. */
  readonly member_count: { readonly roomId: RoomId; readonly memberCount: number };
  readonly group_created: {
    readonly roomId: RoomId;
    readonly name: string;
    readonly members: readonly MemberPayload[];
    /** Ids of people who are asked first, and are members after accepting. */
    readonly invited?: readonly string[];
  };
  /** The room is closed on this connection: join or resume it without a position. */
  readonly resync_required: { readonly roomId: RoomId; readonly headSequence: number };
  readonly session_expired: Record<string, never>;
  readonly heartbeat: { readonly sequence: number };
  readonly pong: Record<string, never>;
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    /** The type of the frame that failed; null where it could not be read. */
    readonly originalType: string | null;
    readonly field?: string;
    /** Seconds. */
    readonly retryAfter?: number;
  };
}

export interface RoomPerson {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly username: string;
}

export type ServerFrameType = keyof ServerFrames;

/** One frame as it stands on the wire. */
export type ServerFrame = {
  readonly [T in ServerFrameType]: {
    readonly type: T;
    readonly payload: ServerFrames[T];
    readonly timestamp: Timestamp;
    /** The `id` of the client's frame that this answers directly. */
    readonly replyTo?: string;
  };
}[ServerFrameType];
