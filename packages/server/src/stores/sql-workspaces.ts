/** Rows of workspaces, in both SQL stores. */
import type { UserId, WorkspaceId } from '@parley/protocol';
import type { Role } from '../ports/model.ts';
import type { WorkspaceRole } from '../ports/workspace-roles.ts';
import type { Workspace } from '../ports/workspace-store.ts';
import type { UserRow } from './sql-rows.ts';

export interface WorkspaceRow {
  readonly id: WorkspaceId;
  readonly name: string;
  readonly created_at: number;
}

export type OwnWorkspaceRow = WorkspaceRow & { readonly workspace_role: WorkspaceRole };
export type MemberRow = UserRow & { readonly workspace_role: WorkspaceRole };

/** What a change of somebody's role is judged by. */
export interface MemberRoles {
  readonly actor_role: Role;
  readonly actor_workspace_role: WorkspaceRole | null;
  readonly subject_role: WorkspaceRole | null;
  readonly owner_count: number;
}

export interface MemberChangeRequest {
  readonly workspaceId: WorkspaceId;
  readonly actorId: UserId;
  readonly subjectId: UserId;
  readonly role: WorkspaceRole | undefined;
  readonly nowMs: number;
}

export interface AdmissionRequest {
  readonly workspaceId: WorkspaceId;
  readonly userId: UserId;
  readonly nowMs: number;
}

export const WORKSPACE_COLUMNS = 's.id, s.name, s.created_at';

export function toWorkspace({ id, name, created_at: createdAtMs }: WorkspaceRow): Workspace {
  return { id, name, createdAtMs };
}

/** What `judgeMemberChange` asks for. */
export function toMemberChange(roles: MemberRoles, request: MemberChangeRequest) {
  const { actorId, subjectId, role: to } = request;
  return {
    actor: { role: roles.actor_role, workspaceRole: roles.actor_workspace_role ?? undefined },
    from: roles.subject_role ?? undefined,
    to,
    isOwnLeave: actorId === subjectId && to === undefined,
    ownerCount: roles.owner_count,
  };
}

/** Members of rooms that they may not read any more. */
export const STRAY_MEMBERSHIPS = `SELECT m.room_id, m.user_id FROM rooms r JOIN memberships m ON m.room_id = r.id
  LEFT JOIN workspace_members w ON w.workspace_id = r.workspace_id AND w.user_id = m.user_id
  WHERE r.kind = 'channel' AND w.user_id IS NULL ORDER BY m.room_id, m.user_id`;
