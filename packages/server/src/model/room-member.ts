/** Rooms and users in relation to each other. */

import type { NotificationLevel, RoomId, UserId } from '@parley/protocol';
import { isInForce, type Mute, type Restriction } from './restriction.ts';
import type { Room, RoomRole } from './room.ts';
import type { User } from './user.ts';
import type { WorkspaceRole } from './workspace-policy.ts';

export interface FoundRoom {
  readonly room: Room;
  /** Role of the requesting user; undefined if not a member. */
  readonly role: RoomRole | undefined;
  /** Of the requesting user; a store also returns one that has ended. */
  readonly ban?: Restriction | undefined;
  /** Of the requesting user as a member; a store also returns one that has ended. */
  readonly mute?: Mute | undefined;
  /** The requesting user is a guest of the server, and knows only rooms as a member. */
  readonly isGuest?: true;
  /** Role of the requesting user in the room's workspace; undefined if not a member. */
  readonly workspaceRole: WorkspaceRole | undefined;
}

/** The room without bans and mutes that have ended. */
export function atTime(found: FoundRoom, nowMs: number): FoundRoom {
  const { ban, mute, ...rest } = found;
  return {
    ...rest,
    ...(isInForce(ban, nowMs) ? { ban } : {}),
    ...(isInForce(mute, nowMs) ? { mute } : {}),
  };
}

/** The role whose rights the user has now, in a room at a time: that of a member while the user is muted. */
export function heldRole({ role, mute }: Pick<FoundRoom, 'role' | 'mute'>): RoomRole | undefined {
  return role !== undefined && mute !== undefined ? 'member' : role;
}

export interface RoomMember {
  readonly user: User;
  readonly role: RoomRole;
  readonly lastSeenAtMs: number | undefined;
}

export interface MembersRequest {
  /** The list continues after this username; empty for its start. */
  readonly after: string;
  readonly limit: number;
  /** Rooms of up to this many members are sorted; for larger ones, users of the server are searched. */
  readonly sortedMax: number;
  /** Maximum number of users who are searched for a page. */
  readonly searchedMax: number;
  readonly nowMs: number;
}

/** Bounds of a search for members by their names. */
export interface SearchedMembers {
  readonly limit: number;
  /** Members, and names, among which the search looks. */
  readonly scannedMax: number;
  readonly nowMs: number;
}

export interface MembersPage {
  readonly members: readonly RoomMember[];
  /** The username after which the list continues, of a member or not; undefined if it ends. */
  readonly next: string | undefined;
}

/** A room of which a user is a member or was one. */
export interface OwnRoom {
  readonly roomId: RoomId;
  readonly kind: Room['kind'];
  /** Its messages are being deleted. */
  readonly isDeleted: boolean;
  /** Undefined if the user has left, or was removed. */
  readonly role: RoomRole | undefined;
  readonly level: NotificationLevel | undefined;
  readonly joinedAtMs: number | undefined;
  /** Sequence up to which the user has read. */
  readonly readUpTo: number | undefined;
  readonly readAtMs: number | undefined;
}

export interface MembershipEntry {
  readonly roomId: RoomId;
  readonly kind: Room['kind'];
  /** Absent if the user is not muted there. */
  readonly mutedUntilMs?: number | undefined;
}

/** A user who is banned from a room, or muted in it. */
export interface RestrictedUser extends Restriction {
  readonly user: Pick<User, 'id' | 'username' | 'displayName'>;
  readonly createdBy: UserId;
  readonly createdAtMs: number;
}

export type RestrictionKind = 'ban' | 'mute';

export interface UnusedRooms {
  readonly rooms: readonly Room[];
  /** The last checked room, if there may be more after it. */
  readonly next: RoomId | undefined;
}
