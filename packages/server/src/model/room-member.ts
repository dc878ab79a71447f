/** Rooms and users in relation to each other. */

import type { RoomId } from '@parley/protocol';
import type { Room, RoomRole } from './room.ts';
import type { User } from './user.ts';
import type { WorkspaceRole } from './workspace-policy.ts';

export interface FoundRoom {
  readonly room: Room;
  /** Role of the requesting user; undefined if not a member. */
  readonly role: RoomRole | undefined;
  readonly isBanned: boolean;
  /** Role of the requesting user in the room's workspace; undefined if not a member. */
  readonly workspaceRole: WorkspaceRole | undefined;
}

export interface RoomMember {
  readonly user: User;
  readonly role: RoomRole;
  readonly lastSeenAtMs: number | undefined;
}

export interface MembershipEntry {
  readonly roomId: RoomId;
  readonly kind: Room['kind'];
}

export interface UnusedRooms {
  readonly rooms: readonly Room[];
  /** The last checked room, if there may be more after it. */
  readonly next: RoomId | undefined;
}
