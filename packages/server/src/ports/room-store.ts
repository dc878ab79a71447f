import type { NotificationLevel, RoomId, UserId, WorkspaceId } from '@parley/protocol';
import type { By } from '../model/audit.ts';
import type { AdministeredRoom, ListedRoom, RoomsPage } from '../model/listed-room.ts';
import type { MembershipChange, MembershipChangesQuery } from '../model/membership-change.ts';
import type { TimeCursor } from '../model/page.ts';
import type { MarkedRead, Reader, ReadPosition } from '../model/read-receipt.ts';
import type { Mute, UserMute } from '../model/restriction.ts';
import type { Room, RoomChange, RoomReference, RoomRole } from '../model/room.ts';
import type {
  FoundRoom,
  MembershipEntry,
  MembersPage,
  MembersRequest,
  OwnRoom,
  RestrictedUser,
  RestrictionKind,
  RoomMember,
  UnusedRooms,
} from '../model/room-member.ts';
import type { SanctionOutcome } from '../model/sanctions.ts';
import type { MemberUnread } from '../model/unread.ts';
import type { User } from '../model/user.ts';

export interface AddedMember {
  readonly kind: 'member';
  /** Where the timeline shows the new membership; undefined if it shows none. */
  readonly notedAfter: number | undefined;
  /** Absent if the user is not muted in the room; it may have ended. */
  readonly mutedUntilMs?: number | undefined;
}

/**
 * `forbidden`: the actor may not give roles there. `absent`: the room does not exist, or the user is not
 * a member. `only-owner`: the room would be left without an owner. `disabled`: no higher role is given to an
 * account that is disabled or deleted.
 */
export type GivenRole =
  | {
      readonly kind: 'given';
      /** The members with new roles: a new owner and the former one. */
      readonly members: readonly { readonly user: User; readonly role: RoomRole }[];
      /** Where the timeline shows it. */
      readonly notedAfter: number;
    }
  | { readonly kind: 'unchanged' | 'forbidden' | 'absent' | 'only-owner' | 'disabled' };

/** Rooms, memberships and read positions. */
export interface RoomStore {
  findRoom(reference: RoomReference, userId: UserId): Promise<FoundRoom | undefined>;
  /**
   * Stores a room with its first members. If the key is taken, for example by a concurrent call,
   * stores nothing and returns the existing room.
   */
  createRoom(
    room: Room,
    members: readonly { readonly userId: UserId; readonly role: RoomRole }[],
    nowMs: number,
  ): Promise<Room>;
  /**
   * Makes a user a member, with everything marked as read. Existing members are not changed; banned
   * users are rejected, in a channel also users outside its workspace, and in an archived room all. The new membership is
   * noted for the timeline, except in direct rooms.
   *
   * @param actorId Who adds the member; undefined if the user joins, which nobody does with a private room.
   * @param readUpTo What is marked as read, if it is not everything.
   */
  addMember(
    roomId: RoomId,
    userId: UserId,
    nowMs: number,
    actorId?: UserId,
    readUpTo?: ReadPosition,
  ): Promise<AddedMember | 'banned' | 'foreign' | 'archived' | 'no-room'>;
  /**
   * Gives a member another role, noted for the timeline. The members who own the room become moderators
   * of a new owner.
   *
   * @param by The operator may always.
   */
  giveRole(roomId: RoomId, userId: UserId, role: RoomRole, by: By): Promise<GivenRole>;
  /** The latest changes in that part of the log, oldest first: at most `MEMBERSHIP_CHANGES_MAX`. */
  listMembershipChanges(query: MembershipChangesQuery): Promise<MembershipChange[]>;
  /**
   * Changes the settings of a room, which is then no longer deleted for being unused. `taken`: another
   * room of the workspace has the name. `absent`: the room does not exist. `forbidden`: the roles of the
   * actor, as they are in the transaction, do not suffice.
   *
   * @param by Undefined for the settings with which a user creates the room.
   */
  changeRoom(
    roomId: RoomId,
    change: RoomChange,
    by: By | undefined,
  ): Promise<'changed' | 'taken' | 'absent' | 'forbidden'>;
  /** Lifts a ban without restoring the membership. The rank of the actor must suffice: `decideSanction`. */
  liftBan(roomId: RoomId, userId: UserId, by: By): Promise<SanctionOutcome>;
  /**
   * Mutes a user, a member or not, who stays muted after leaving and joining again; undefined lifts
   * the mute. The rank of the actor must suffice, for the user and for the mute in force: `decideSanction`.
   *
   * @param onlyProlongs A mute that ends later stays.
   */
  setMute(
    roomId: RoomId,
    userId: UserId,
    mute: Mute | undefined,
    by: By,
    onlyProlongs?: 'only-prolongs',
  ): Promise<SanctionOutcome>;
  /** Users with a ban or mute in force, ordered by id, after the given one. */
  listRestricted(
    kind: RestrictionKind,
    roomId: RoomId,
    page: { readonly after: UserId | undefined; readonly limit: number; readonly nowMs: number },
  ): Promise<RestrictedUser[]>;
  /** Those of these messages of a room that mention the user by name, in a group or by `@here`. */
  listMentioning(
    roomId: RoomId,
    userId: UserId,
    sequences: readonly number[],
  ): Promise<ReadonlySet<number>>;
  /** Members of a room ordered by id, after the given one. */
  listMembers(
    roomId: RoomId,
    page: { readonly after: UserId | undefined; readonly limit: number },
  ): Promise<RoomMember[]>;
  /**
   * The members who are not disabled, by username. A page of a large room may be shorter than the
   * limit although the list continues.
   */
  listMembersByName(roomId: RoomId, request: MembersRequest): Promise<MembersPage>;
  /**
   * Number of members of each of these rooms, as in lists of rooms: without disabled users, with those
   * who are invited to a group, and 2 for a direct room whatever a block has ended.
   */
  countMembers(roomIds: readonly RoomId[]): Promise<ReadonlyMap<RoomId, number>>;
  /** The first members by id of each of these rooms, at most `limit` each. */
  listMembersOf(
    roomIds: readonly RoomId[],
    limit: number,
  ): Promise<ReadonlyMap<RoomId, readonly RoomMember[]>>;
  /** Rooms of which a user is a member or was one, by id. */
  listOwnRooms(
    userId: UserId,
    page: { readonly after: RoomId | undefined; readonly limit: number },
  ): Promise<OwnRoom[]>;
  /** All rooms of which a user is a member, latest activity first. */
  listMemberships(userId: UserId, limit: number): Promise<MembershipEntry[]>;
  /** Mutes of these users that are in force at a time, in no order, at most `limit` together. */
  listMutesOf(
    userIds: readonly UserId[],
    page: { readonly nowMs: number; readonly limit: number },
  ): Promise<readonly UserMute[]>;
  /**
   * Of the others, those who are members of a room or workspace of the user, have a direct room with the user, also one that
   * they have left, or have invited the user; in no order.
   *
   * @param others.directKey Key of the direct room with the user.
   */
  listAcquainted(
    userId: UserId,
    others: readonly { readonly id: UserId; readonly directKey: string }[],
  ): Promise<UserId[]>;
  /** Ids of the rooms of which these users are members, at most `limit` each, in no order. */
  listRoomIdsOf(
    userIds: readonly UserId[],
    limit: number,
  ): Promise<ReadonlyMap<UserId, readonly RoomId[]>>;
  /** Some of the groups that a user is a member of and another user has created. */
  listGroupsCreatedBy(userId: UserId, creatorId: UserId, limit: number): Promise<RoomId[]>;
  /** Rooms visible to a user ordered by id, after the given one. */
  listVisibleRooms(
    userId: UserId,
    page: { readonly after: RoomId | undefined; readonly limit: number },
  ): Promise<RoomsPage>;
  /** Rooms that the new users of a workspace join; new accounts join those of the default one when they are stored. */
  listDefaultRooms(workspaceId: WorkspaceId): Promise<Room[]>;
  /** All rooms by id, after the given one, without direct rooms and those that are being deleted. */
  listAllRooms(after: RoomId | undefined, limit: number): Promise<readonly AdministeredRoom[]>;
  /** Rooms of which a user is a member, latest activity first; after a position. */
  listRoomsOf(userId: UserId, limit: number, after?: TimeCursor): Promise<ListedRoom[]>;
  /** The direct rooms and groups among them. */
  listConversationsOf(userId: UserId, limit: number, after?: TimeCursor): Promise<ListedRoom[]>;
  /**
   * Moves a user's read position forward, at most to the room's head, and clears the mark `unread`.
   * Returns the resulting position; undefined if the user is not a member.
   */
  markRead(
    roomId: RoomId,
    userId: UserId,
    mark: { readonly sequence: number; readonly atMs: number },
  ): Promise<MarkedRead | undefined>;
  /** Members who have read up to the sequence or further, furthest first. */
  listReaders(roomId: RoomId, sequence: number, limit: number): Promise<Reader[]>;
  /**
   * Read positions of the users of a direct room over time: each position reached and when, from a
   * sequence on, in order, at most `limit` per user, followed by the current positions. Each step
   * covers at least one unread message, so that a page of messages needs at most as many steps as
   * it has messages.
   */
  listReadSteps(
    roomId: RoomId,
    page: { readonly from: number; readonly limit: number },
  ): Promise<Reader[]>;
  /** In each of these direct rooms: the first read of each user that covers the sequence. */
  listFirstReads(
    points: readonly { readonly roomId: RoomId; readonly sequence: number }[],
  ): Promise<ReadonlyMap<RoomId, readonly Reader[]>>;
  /**
   * Marks a room as unread, whatever the read position. Returns false if the user is not a member.
   */
  markUnread(roomId: RoomId, userId: UserId): Promise<boolean>;
  /** Stores a member's choice for a room. Returns false if the user is not a member. */
  setNotificationLevel(roomId: RoomId, userId: UserId, level: NotificationLevel): Promise<boolean>;
  /**
   * Unread messages of each of these users in a room, and the head of its log; users who are not
   * members are omitted.
   */
  readUnread(
    roomId: RoomId,
    userIds: readonly UserId[],
  ): Promise<{ readonly headSequence: number; readonly members: readonly MemberUnread[] }>;
  /**
   * Rooms created by a join that are deleted when no connection is subscribed: rooms without
   * messages, and temporary rooms. A call checks a limited number of rooms after the given one; if
   * there are more, `next` continues.
   */
  listUnusedRooms(after?: RoomId): Promise<UnusedRooms>;
  /** Deletes a room without messages; returns false if it has messages. */
  deleteUnusedRoom(roomId: RoomId): Promise<boolean>;
  /**
   * Begins to delete a room: it is found and listed no more, its name is free, and nothing new is
   * accepted. Ends at most `rowsMax` memberships, with those of all users of most rooms, and returns their users;
   * `endMemberships` ends the others.
   *
   * @param by The operator may always.
   */
  hideRoom(
    roomId: RoomId,
    rowsMax: number,
    by: By,
  ): Promise<readonly UserId[] | 'absent' | 'forbidden'>;
  /** Ends memberships of a room that is being deleted; returns their users, at most `rowsMax`. */
  endMemberships(roomId: RoomId, rowsMax: number): Promise<readonly UserId[]>;
  /** Rooms whose deletion has begun, by id, after the given one. */
  listHiddenRooms(after: RoomId | undefined, limit: number): Promise<readonly RoomId[]>;
  /**
   * Deletes a room with all that belongs to it. A call deletes at most `rowsMax` idempotency keys
   * and memberships; it returns false if there are more, and the room is still there.
   */
  deleteRoom(roomId: RoomId, rowsMax: number): Promise<boolean>;
}
