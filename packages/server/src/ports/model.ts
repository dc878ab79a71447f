/**
 * The records that the domain and its stores exchange. Times are milliseconds
 * since 1970, UTC.
 */
import type {
  ClientMessageId,
  Epoch,
  MessageId,
  RoomId,
  RoomKind,
  UserId,
  WorkspaceId,
} from '@parley/protocol';

/** Where rooms are made that name no other workspace; every store has it from its first migration. */
// A literal that is such an id.
export const DEFAULT_WORKSPACE_ID = '00000000-0000-7000-8000-000000000001' as WorkspaceId;

export type Role = 'owner' | 'admin' | 'member';

export interface User {
  readonly id: UserId;
  /** As written at registration; unique without case. */
  readonly username: string;
  readonly displayName: string;
  readonly role: Role;
  readonly createdAtMs: number;
}

export interface Room {
  readonly id: RoomId;
  readonly workspaceId: WorkspaceId;
  readonly kind: RoomKind;
  /** As its maker wrote it; for display only. */
  readonly name: string;
  /** The key by which it is found. */
  readonly nameKey: string;
  readonly visibility: 'public' | 'private';
  readonly createdAtMs: number;
}

/** Where a room's log stands. */
export interface LogHead {
  /** The sequence of the latest event; 0 before the first. */
  readonly sequence: number;
  /** How many of them are messages. */
  readonly ordinal: number;
  readonly epoch: Epoch;
  /** Of the latest event, else of the room itself. */
  readonly lastActivityAtMs: number;
}

/** A message as it is now: the fold of its events. */
export interface Message {
  readonly id: MessageId;
  readonly roomId: RoomId;
  readonly userId: UserId;
  /** The sender's current username. */
  readonly sender: string;
  readonly content: string;
  readonly createdAtMs: number;
  readonly sequence: number;
  readonly clientMessageId: ClientMessageId | undefined;
}

/** One event of a room's log. */
export interface RoomEvent {
  readonly kind: 'message';
  readonly roomId: RoomId;
  readonly sequence: number;
  /** The ordinal of the latest message at or below this event. */
  readonly ordinal: number;
  readonly message: Message;
}

/** How far a person has read a room. */
export interface ReadPosition {
  readonly sequence: number;
  readonly ordinal: number;
}

/** A room as one person sees it in a list. */
export interface ListedRoom {
  readonly room: Room;
  readonly head: LogHead;
  /** Absent where the person is no member. */
  readonly read: ReadPosition | undefined;
}
