/** Invitations: a person who has to be asked first becomes a member by accepting, and not before. */
import type { RoomId, UserId, WorkspaceId } from '@parley/protocol';
import type { User } from '../model/entities.ts';
import type { WorkspaceRole } from '../model/workspace-policy.ts';

/** What a person is invited to; with the role that they will have. */
export type InvitationTarget =
  | { readonly kind: 'workspace'; readonly id: WorkspaceId; readonly role: WorkspaceRole }
  | { readonly kind: 'group'; readonly id: RoomId };

/** At most one for each person and target: a later one replaces it. */
export interface Invitation {
  readonly userId: UserId;
  readonly target: InvitationTarget;
  readonly inviterId: UserId;
  readonly createdAtMs: number;
}

export interface ListedInvitation {
  readonly invitation: Invitation;
  /** Of the workspace or group. */
  readonly name: string;
  readonly inviter: User;
}

/** How one person stands to another who wants to take them in somewhere. */
export interface Standing {
  /** One of the two has blocked the other. */
  readonly isBlocked: boolean;
  /** The person wants to be asked before strangers take them in. */
  readonly asksFirst: boolean;
  /** The other is not a stranger: they share a workspace, or the person has written to the other. */
  readonly isKnown: boolean;
}

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
