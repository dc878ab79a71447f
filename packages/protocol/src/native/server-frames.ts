/**
 * What the server sends in the native dialect. Times are ISO 8601 UTC with
 * milliseconds; a `?` field is absent, never null, when it does not apply.
 */
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
  readonly firstUnreadSequence?: number;
  readonly lastActivity: Timestamp;
}

export interface OwnRoomEntry extends RoomListEntry {
  readonly headSequence: number;
  readonly epoch: Epoch;
}

/** An event of a room's log that is no message, as it stands on the wire. */
export interface LoggedEvent {
  readonly type: string;
  readonly payload: { readonly roomId: RoomId; readonly sequence: number };
}

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

export interface RefusedRoom {
  readonly roomId: RoomId;
  readonly error: { readonly code: ErrorCode };
}

export interface ServerFrames {
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
  readonly room_left: { readonly roomId: RoomId; readonly reason?: string };
  readonly user_joined: RoomPerson;
  readonly user_left: RoomPerson;
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
  readonly resumed: { readonly rooms: readonly (RoomSnapshot | RefusedRoom)[] };
  readonly user_typing: RoomPerson & { readonly isTyping: boolean };
  readonly read_position: RoomPerson & { readonly sequence: number };
  readonly presence_update: MemberPayload;
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
