/** Invitations: a person who has to be asked first becomes a member by accepting, and not before. */
import type { UserId, WorkspaceId } from '@parley/protocol';
import type { Invitation, ListedInvitation, Standing } from '../model/invitation.ts';

export interface InvitationStore {
  setAsksFirst(userId: UserId, asksFirst: boolean): Promise<void>;
  findAsksFirst(userId: UserId): Promise<boolean>;
  /** @param directKey The key of the direct room of the two. */
  findStanding(userId: UserId, otherId: UserId, directKey: string): Promise<Standing>;
  /** Those of the people who have blocked another of them. */
  listBlockersAmong(userIds: readonly UserId[]): Promise<UserId[]>;
  /** Whether a person has blocked a member of the workspace. */
  hasBlockedMember(userId: UserId, workspaceId: WorkspaceId): Promise<boolean>;
  insertInvitations(invitations: readonly Invitation[]): Promise<void>;
  /** Latest first, without those of people with whom there is a block. */
  listInvitations(userId: UserId, limit: number): Promise<ListedInvitation[]>;
  /** Deletes an invitation and answers with it; undefined if `listInvitations` would not show it. */
  takeInvitation(userId: UserId, targetId: string): Promise<Invitation | undefined>;
}
