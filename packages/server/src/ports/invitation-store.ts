/** Invitations: users who want to be asked first become members by accepting. */
import type { UserId, WorkspaceId } from '@parley/protocol';
import type { Invitation, ListedInvitation, Standing } from '../model/invitation.ts';

export interface InvitationStore {
  setAsksFirst(userId: UserId, asksFirst: boolean): Promise<void>;
  findAsksFirst(userId: UserId): Promise<boolean>;
  /** @param directKey Key of the direct room of the two users. */
  findStanding(userId: UserId, otherId: UserId, directKey: string): Promise<Standing>;
  /** Those of the users who have blocked another one of them. */
  listBlockersAmong(userIds: readonly UserId[]): Promise<UserId[]>;
  /** Whether a user has blocked a member of the workspace. */
  hasBlockedMember(userId: UserId, workspaceId: WorkspaceId): Promise<boolean>;
  insertInvitations(invitations: readonly Invitation[]): Promise<void>;
  /** Latest first, without invitations from users blocked in either direction. */
  listInvitations(userId: UserId, limit: number): Promise<ListedInvitation[]>;
  /** Undefined if `listInvitations` would not include it. */
  findInvitation(userId: UserId, targetId: string): Promise<Invitation | undefined>;
  /** Deletes an invitation and returns it; undefined if `findInvitation` would not find it. */
  removeInvitation(userId: UserId, targetId: string): Promise<Invitation | undefined>;
}
