/** Invitations to a workspace or group. */
import type { RoomId, UserId, WorkspaceId } from '@parley/protocol';
import type { User } from './user.ts';
import type { WorkspaceRole } from './workspace-policy.ts';

/** Target of an invitation, with the role after acceptance. */
export type InvitationTarget =
  | { readonly kind: 'workspace'; readonly id: WorkspaceId; readonly role: WorkspaceRole }
  | { readonly kind: 'group'; readonly id: RoomId };

/** At most one per user and target: a later invitation replaces the earlier one. */
export interface Invitation {
  readonly userId: UserId;
  readonly target: InvitationTarget;
  readonly inviterId: UserId;
  readonly createdAtMs: number;
}

export interface ListedInvitation {
  readonly invitation: Invitation;
  /** Name of the workspace or group. */
  readonly name: string;
  readonly inviter: User;
}

/** Relation between a user and another user who wants to add or invite them. */
export interface Standing {
  /** One of the two users has blocked the other. */
  readonly isBlocked: boolean;
  /** The user must be asked before strangers can add them. */
  readonly asksFirst: boolean;
  /**
   * The other user is not a stranger: they share a workspace, or the user has written to the other.
   */
  readonly isKnown: boolean;
}
