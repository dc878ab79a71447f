/** Workspaces and their members. */
import type { UserId, WorkspaceId } from '@parley/protocol';
import type { By } from './audit.ts';
import type { User } from './user.ts';
import type { WorkspaceRole } from './workspace-policy.ts';

/** Workspace of rooms that name no other; every store creates it in its first migration. */
// The literal is a valid id.
export const DEFAULT_WORKSPACE_ID = '00000000-0000-7000-8000-000000000001' as WorkspaceId;

export interface Workspace {
  readonly id: WorkspaceId;
  readonly name: string;
  /** Shown to its members; absent if it has no picture. */
  readonly pictureFileId?: string | undefined;
  readonly createdAtMs: number;
}

/** A workspace and the user's role in it. */
export interface OwnWorkspace {
  readonly workspace: Workspace;
  readonly role: WorkspaceRole;
}

/** A workspace, and the role of the user who asks; undefined if not a member. */
export interface FoundWorkspace {
  readonly workspace: Workspace;
  readonly role: WorkspaceRole | undefined;
}

export interface WorkspaceMember {
  readonly user: User;
  readonly role: WorkspaceRole;
}

export interface MemberPage {
  /** Returns members ordered by id, after this one. */
  readonly after: UserId | undefined;
  readonly limit: number;
}

export interface MemberChangeRequest {
  readonly workspaceId: WorkspaceId;
  readonly actorId: UserId;
  readonly subjectId: UserId;
  readonly role: WorkspaceRole | undefined;
  /** The subject is invited, and gets the role after accepting. */
  readonly isInvitation?: boolean;
  /** The subject accepts an invitation: without one, as after its withdrawal, nothing changes. */
  readonly isAcceptance?: boolean;
  /** For the audit log; absent if the subject causes the change: by accepting, or with a link. */
  readonly by?: By;
  readonly nowMs: number;
}
