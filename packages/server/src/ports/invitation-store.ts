/** Invitations: users who want to be asked first become members by accepting. */
import type { RoomId, UserId, WorkspaceId } from '@parley/protocol';
import type { Invitation, ListedInvitation, Standing } from '../model/invitation.ts';
import type { TimeCursor } from '../model/page.ts';
import type { ShownPrivacy, User } from '../model/user.ts';
import type { MemberPage, WorkspaceMember } from '../model/workspace.ts';

export interface InvitationStore {
  setAsksFirst(userId: UserId, asksFirst: boolean): Promise<void>;
  /** Changes what is given. */
  setShown(userId: UserId, change: ShownPrivacy): Promise<void>;
  /** Undefined if the user has not chosen. */
  findAsksFirst(userId: UserId): Promise<boolean | undefined>;
  /** @param directKey Key of the direct room of the two users. */
  /** @param roomId To which the other user wants to add the user. */
  findStanding(
    userId: UserId,
    otherId: UserId,
    directKey: string,
    roomId?: RoomId,
  ): Promise<Standing>;
  /**
   * Members of direct rooms who ask before strangers add them, do not know the other member from
   * elsewhere (`Standing.isKnown`), and have written none of the latest messages there.
   *
   * @param asksByDefault Whether users who have not chosen ask first.
   */
  listHiddenInDirectRooms(
    roomIds: readonly RoomId[],
    asksByDefault: boolean,
  ): Promise<ReadonlyMap<RoomId, ReadonlySet<UserId>>>;
  /** Users who are invited to each of these groups, whatever they see of it; ordered by id. */
  listInvited(groupIds: readonly RoomId[]): Promise<ReadonlyMap<RoomId, readonly User[]>>;
  /**
   * Users who are invited to a workspace by a user whom they have blocked, and who do not ask first:
   * authors are told that these are members. Ordered by id.
   *
   * @param asksByDefault Whether users who have not chosen ask first.
   */
  listUnwantedMembers(
    id: WorkspaceId,
    page: MemberPage & { readonly asksByDefault: boolean },
  ): Promise<WorkspaceMember[]>;
  insertInvitations(invitations: readonly Invitation[]): Promise<void>;
  /** Latest first, without invitations from users blocked in either direction. */
  listInvitations(userId: UserId, limit: number, after?: TimeCursor): Promise<ListedInvitation[]>;
  /** Undefined if `listInvitations` would not include it. */
  findInvitation(userId: UserId, targetId: string): Promise<Invitation | undefined>;
  /** Deletes an invitation and returns it; undefined if `findInvitation` would not find it. */
  removeInvitation(userId: UserId, targetId: string): Promise<Invitation | undefined>;
  /** Deletes an invitation, also one that the user does not see. Returns whether it existed. */
  withdrawInvitation(userId: UserId, targetId: string): Promise<boolean>;
  /** Deletes all invitations that a user has from another; returns how many. */
  removeInvitationsFrom(userId: UserId, inviterId: UserId): Promise<number>;
}
