import type { RoomId, UserId } from '@parley/protocol';
import type { ListedRoom, RoomsPage } from '../model/listed-room.ts';
import type { MarkedRead, Reader } from '../model/read-receipt.ts';
import type { Room, RoomReference, RoomRole } from '../model/room.ts';
import type { FoundRoom, MembershipEntry, RoomMember } from '../model/room-member.ts';
import type { MemberUnread } from '../model/unread.ts';

/** Rooms, memberships and read positions. */
export interface RoomStore {
  findRoom(reference: RoomReference, userId: UserId): Promise<FoundRoom | undefined>;
  /**
   * Stores a room with its first members. Where the key is taken, as when two make
   * it at once, stores nothing and answers with the room that has it.
   */
  createRoom(
    room: Room,
    members: readonly { readonly userId: UserId; readonly role: RoomRole }[],
    nowMs: number,
  ): Promise<Room>;
  /**
   * Makes a person a member of a room, who begins with everything read. One who is a
   * member stays as they are; one who is banned stays out, and of a channel one who
   * is not of its workspace.
   */
  addMember(
    roomId: RoomId,
    userId: UserId,
    nowMs: number,
  ): Promise<'member' | 'banned' | 'foreign' | 'no-room'>;
  /** Lets a person in again. Whether there was a ban; it brings no membership back. */
  liftBan(roomId: RoomId, userId: UserId): Promise<boolean>;
  /** The members of a room, by id, after the given one. */
  listMembers(
    roomId: RoomId,
    page: { readonly after: UserId | undefined; readonly limit: number },
  ): Promise<RoomMember[]>;
  /** Every room of which a person is a member, latest activity first. */
  listMemberships(userId: UserId, limit: number): Promise<MembershipEntry[]>;
  /** The rooms that a person may see, by id, after the given one. */
  listVisibleRooms(
    userId: UserId,
    page: { readonly after: RoomId | undefined; readonly limit: number },
  ): Promise<RoomsPage>;
  /** The rooms of a person's memberships, latest activity first. */
  listRoomsOf(userId: UserId, limit: number): Promise<ListedRoom[]>;
  /**
   * Moves a person's read position forward, to at most the room's head, and takes
   * the mark `unread` away. Answers with where it stands now, or with undefined for
   * one who is no member.
   */
  markRead(
    roomId: RoomId,
    userId: UserId,
    mark: { readonly sequence: number; readonly atMs: number },
  ): Promise<MarkedRead | undefined>;
  /** Members who have read up to the sequence or further, those who are furthest first. */
  listReaders(roomId: RoomId, sequence: number, limit: number): Promise<Reader[]>;
  /**
   * Of a direct room: where each of its people had read up to, and when they came there,
   * from a sequence on and in order; so many of each, and last where they are now. Each
   * is over a message at least that they had not read, so that a page of messages needs
   * no more of them than it has messages.
   */
  listReadSteps(
    roomId: RoomId,
    page: { readonly from: number; readonly limit: number },
  ): Promise<Reader[]>;
  /** Marks a room as unread, whatever the position says. False for one who is no member. */
  markUnread(roomId: RoomId, userId: UserId): Promise<boolean>;
  /** What each of these people has not read of a room, and where its log stands; those who are no members are left out. */
  readUnread(
    roomId: RoomId,
    userIds: readonly UserId[],
  ): Promise<{ readonly headSequence: number; readonly members: readonly MemberUnread[] }>;
  /** Rooms that a join made, and that go once nobody has them open: nobody ever wrote there, or they are temporary. */
  listUnusedRooms(): Promise<Room[]>;
  /** Deletes a room in which nobody ever wrote; false where somebody did. */
  deleteUnusedRoom(roomId: RoomId): Promise<boolean>;
  /** Deletes a room with all that was said in it. */
  deleteRoom(roomId: RoomId): Promise<void>;
}
