/** Rooms as one user sees them in a list. */

import type { NotificationLevel } from '@parley/protocol';
import type { ReadPosition } from './read-receipt.ts';
import type { Mute } from './restriction.ts';
import type { Room, RoomRole } from './room.ts';
import type { LogHead } from './room-event.ts';
import type { Unread } from './unread.ts';
import type { WorkspaceRole } from './workspace-policy.ts';

/** A membership as its member sees it. */
export interface OwnMembership {
  readonly role: RoomRole;
  readonly read: ReadPosition;
  readonly unread: Unread;
  /** Undefined if the user has not chosen one. */
  readonly notificationLevel: NotificationLevel | undefined;
  /** Also one that has ended. */
  readonly mute?: Mute | undefined;
}

/** A room as one user sees it in a list. */
export interface ListedRoom {
  readonly room: Room;
  readonly head: LogHead;
  /** Undefined if the user is not a member. */
  readonly membership: OwnMembership | undefined;
  /** Role of the user in the room's workspace; undefined if not a member. */
  readonly workspaceRole: WorkspaceRole | undefined;
  /** Users who belong to the room, whether or not they have it open. */
  readonly memberTotal: number;
}

/** A room as the operator sees it. */
export interface AdministeredRoom {
  readonly room: Room;
  /** Username; undefined if the room has no owner, as a group. */
  readonly owner: string | undefined;
  readonly memberTotal: number;
}

export interface RoomsPage {
  readonly rooms: readonly ListedRoom[];
  readonly hasMore: boolean;
}
