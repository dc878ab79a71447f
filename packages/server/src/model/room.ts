/** Rooms, without their logs and members. */
import type { RoomId, RoomKind, WorkspaceId } from '@parley/protocol';

/** Keys of rooms that go with their last participant begin so. */
export const TEMPORARY_PREFIX = 'temp-';

/** What a person may do in one room; owners and moderators may delete what others wrote, and remove people. */
export type RoomRole = 'owner' | 'moderator' | 'member';

export interface Room {
  readonly id: RoomId;
  readonly workspaceId: WorkspaceId;
  readonly kind: RoomKind;
  /** As its maker wrote it; for display only. Empty where there is none, as between two people. */
  readonly name: string;
  /** The key by which it is found; of a direct room made of the two people, of a group of its id. */
  readonly nameKey: string;
  readonly visibility: 'public' | 'private';
  readonly createdAtMs: number;
}

/** A room by its id, or by its key within a workspace. */
export type RoomReference =
  | { readonly kind: 'id'; readonly id: RoomId }
  | { readonly kind: 'key'; readonly workspaceId: WorkspaceId; readonly nameKey: string };
