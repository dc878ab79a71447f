import type { RoomId, UserId, WorkspaceId } from '@parley/protocol';
import type { ListedRoom, ReadPosition, Room } from './model.ts';

/** A room by its id, or by its key within a workspace. */
export type RoomReference =
  | { readonly kind: 'id'; readonly id: RoomId }
  | { readonly kind: 'key'; readonly workspaceId: WorkspaceId; readonly nameKey: string };

export interface FoundRoom {
  readonly room: Room;
  readonly isMember: boolean;
}

export interface RoomsPage {
  readonly rooms: readonly ListedRoom[];
  readonly hasMore: boolean;
}

/** Rooms, memberships and read positions. */
export interface RoomStore {
  findRoom(reference: RoomReference, userId: UserId): Promise<FoundRoom | undefined>;
  /**
   * Stores a room and makes its maker a member, as owner. Where the key is taken,
   * as when two make it at once, stores nothing and answers with the room that has it.
   */
  createRoom(room: Room, ownerId: UserId, nowMs: number): Promise<Room>;
  /**
   * Makes a person a member of a room, who begins with everything read. False
   * where there is no such room; one who is a member stays as they are.
   */
  addMember(roomId: RoomId, userId: UserId, nowMs: number): Promise<boolean>;
  /** The rooms that a person may see, by id, after the given one. */
  listVisibleRooms(
    userId: UserId,
    page: { readonly after: RoomId | undefined; readonly limit: number },
  ): Promise<RoomsPage>;
  /** The rooms of a person's memberships, latest activity first. */
  listRoomsOf(userId: UserId, limit: number): Promise<ListedRoom[]>;
  /**
   * Moves a person's read position forward, to at most the room's head. Answers
   * with where it stands now, or with undefined for one who is no member.
   */
  markRead(
    roomId: RoomId,
    userId: UserId,
    mark: { readonly sequence: number; readonly atMs: number },
  ): Promise<ReadPosition | undefined>;
  /** Rooms that a join made and in which nobody ever wrote. */
  listUnusedRooms(): Promise<Room[]>;
  /** Deletes a room in which nobody ever wrote; false where somebody did. */
  deleteUnusedRoom(roomId: RoomId): Promise<boolean>;
  /** Deletes a room with all that was said in it. */
  deleteRoom(roomId: RoomId): Promise<void>;
}
