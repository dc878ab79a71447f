/** Invitations to a workspace or group. */
import type { RoomId, UserId, WorkspaceId } from '@parley/protocol';
import type { User } from './user.ts';
import type { WorkspaceRole } from './workspace-policy.ts';

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
