/** Workspaces and their members. */
import type { UserId, WorkspaceId } from '@parley/protocol';
import type { User } from './user.ts';
import type { WorkspaceRole } from './workspace-policy.ts';

/** Where rooms are made that name no other workspace; every store has it from its first migration. */
// A literal that is such an id.
export const DEFAULT_WORKSPACE_ID = '00000000-0000-7000-8000-000000000001' as WorkspaceId;

export interface Workspace {
  readonly id: WorkspaceId;
  readonly name: string;
  readonly createdAtMs: number;
}

/** A workspace as one of its members sees it. */
export interface OwnWorkspace {
  readonly workspace: Workspace;
  readonly role: WorkspaceRole;
}

export interface WorkspaceMember {
  readonly user: User;
  readonly role: WorkspaceRole;
}

export interface MemberPage {
  /** Members by id, after this one. */
  readonly after: UserId | undefined;
  readonly limit: number;
}

export interface MemberChangeRequest {
  readonly workspaceId: WorkspaceId;
  readonly actorId: UserId;
  readonly subjectId: UserId;
  readonly role: WorkspaceRole | undefined;
  /** The subject is invited to the role, and has it after accepting. */
  readonly isInvitation?: boolean;
  readonly nowMs: number;
}
