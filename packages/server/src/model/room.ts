/** Rooms, without their logs and members. */
import type { RoomId, RoomKind, WorkspaceId } from '@parley/protocol';

/** Key prefix of rooms that are deleted with their last participant. */
export const TEMPORARY_PREFIX = 'temp-';

/** Role in one room; owners and moderators may delete other users' messages and remove members. */
export type RoomRole = 'owner' | 'moderator' | 'member';

/** Users that may do something: all members, or only those who may moderate the room. */
export type Posting = 'members' | 'moderators';

export interface Room {
  readonly id: RoomId;
  readonly workspaceId: WorkspaceId;
  readonly kind: RoomKind;
  /**
   * As entered by its creator; for display only. Empty if the room has none, such as a direct room.
   */
  readonly name: string;
  /** One line about the room, by those who may manage it; absent if it has none. */
  readonly topic?: string | undefined;
  /** Purpose of the room, in several lines; absent if it has none. */
  readonly description?: string | undefined;
  /** Absent for all members. */
  readonly posting?: Posting;
  /** Users that let others in; absent for all members, in a private room for moderators. */
  readonly inviting?: Posting;
  /** Absent for all members. */
  readonly pinning?: Posting;
  /** Absent for all members; in a large room, moderators do anyway. */
  readonly mentioningAll?: Posting;
  /** Time between two messages of a member who is no moderator; absent without slow mode. */
  readonly slowModeSeconds?: number | undefined;
  /** New users of the server, or of the workspace of a channel, become members of it. */
  readonly isDefault?: true | undefined;
  /** Time since which the room accepts nothing new; absent for an active room. */
  readonly archivedAtMs?: number | undefined;
  /** Shown to those who may read the room; absent if it has no picture. */
  readonly pictureFileId?: string | undefined;
  /** Lookup key; for a direct room derived from its two users, for a group from its id. */
  readonly nameKey: string;
  /** Public rooms are known to all users, public channels to those of their workspace. */
  readonly visibility: 'public' | 'private';
  readonly createdAtMs: number;
}

/** A room id, or a key within a workspace. */
export type RoomReference =
  | { readonly kind: 'id'; readonly id: RoomId }
  | { readonly kind: 'key'; readonly workspaceId: WorkspaceId; readonly nameKey: string };

/** A change of a room's settings; absent fields stay. */
export interface RoomChange {
  readonly name?: { readonly shown: string; readonly key: string };
  /** With a name, whose key is another one. */
  readonly visibility?: Room['visibility'];
  /** Empty removes it. */
  readonly topic?: string;
  /** Empty removes it. */
  readonly description?: string;
  readonly posting?: Posting;
  readonly inviting?: Posting;
  readonly pinning?: Posting;
  readonly mentioningAll?: Posting;
  /** A file of the user, or none. */
  readonly picture?: { readonly fileId: string | undefined };
  /** 0 ends slow mode. */
  readonly slowModeSeconds?: number;
  readonly isDefault?: boolean;
  /** `null` unarchives the room. */
  readonly archivedAtMs?: number | null;
}
