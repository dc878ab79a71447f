/** Invitations to a workspace or group. */
import type { RoomId, UserId, WorkspaceId } from '@parley/protocol';
import type { User } from './user.ts';
import type { WorkspaceRole } from './workspace-policy.ts';

/** Target of an invitation, with the role after acceptance. */
type InvitationTarget =
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

/** Two users have talked if both wrote among so many latest messages of their direct room. */
export const CONVERSATION_MESSAGES_READ = 200;

/** Relation between a user and another user who wants to add or invite them. */
export interface Standing {
  /** The user has blocked the other user. */
  readonly hasBlocked: boolean;
  /** The other user has blocked the user. */
  readonly isBlocked: boolean;
  /** The user must be asked before strangers can add them; undefined if the user has not chosen. */
  readonly asksFirst: boolean | undefined;
  /**
   * The other user is not a stranger: they share a workspace or a group, or both have written to
   * their direct room. Public rooms make no user known.
   */
  readonly isKnown: boolean;
  /** The user has written one of the latest messages of their direct room. */
  readonly hasWritten: boolean;
  /** They share a room or group; false unless the user accepts messages from such users. */
  readonly sharesRoom: boolean;
  /** The user was a member of the room in question, and left it or was removed from it. */
  readonly hasLeft: boolean;
}
