/** Rows of workspaces, in both SQL stores. */
import type { UserId, WorkspaceId } from '@parley/protocol';
import { toRole, toWorkspaceRoleIfAny } from '../../model/stored-role.ts';
import { OWN_ISSUER } from '../../model/user.ts';
import type { MemberChangeRequest, Workspace } from '../../model/workspace.ts';
import type { UserRow } from './rows.ts';

export interface WorkspaceRow {
  readonly id: WorkspaceId;
  readonly name: string;
  readonly created_at: number;
}

export type OwnWorkspaceRow = WorkspaceRow & { readonly workspace_role: string };
export type MemberRow = UserRow & { readonly workspace_role: string };

/** Facts that decide a change of roles. */
export interface MemberRoles {
  readonly actor_role: string;
  readonly actor_workspace_role: string | null;
  readonly subject_role: string | null;
  /** Counted up to 2: the rules ask for none, one or more. */
  readonly owner_count: number;
  readonly member_count: number;
  readonly has_successor: number;
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

/** Builds the argument of `judgeMemberChange`. */
export function toMemberChange(roles: MemberRoles, request: MemberChangeRequest) {
  const { actorId, subjectId, role: to } = request;
  return {
    actor: {
      role: toRole(roles.actor_role),
      workspaceRole: toWorkspaceRoleIfAny(roles.actor_workspace_role),
    },
    from: toWorkspaceRoleIfAny(roles.subject_role),
    to,
    isOwnLeave: actorId === subjectId && to === undefined,
    ownerCount: roles.owner_count,
    memberCount: roles.member_count,
    hasSuccessor: roles.has_successor === 1,
  };
}

/** `$1` is the actor, `$2` the subject and `$3` the workspace, in PostgreSQL's parameter syntax. */
export const MEMBER_ROLES = `SELECT u.role AS actor_role, a.role AS actor_workspace_role, b.role AS subject_role,
    (SELECT count(*) FROM (SELECT 1 FROM workspace_members o WHERE o.workspace_id = $3 AND o.role = 'owner'
      LIMIT 2) several) AS owner_count,
    (SELECT count(*) FROM (SELECT 1 FROM workspace_members o WHERE o.workspace_id = $3 LIMIT 2) several) AS member_count,
    CASE WHEN EXISTS (${successorOf('$3', '$2')}) THEN 1 ELSE 0 END AS has_successor
  FROM workspaces s JOIN users u ON u.id = $1
  LEFT JOIN workspace_members a ON a.workspace_id = s.id AND a.user_id = u.id
  LEFT JOIN workspace_members b ON b.workspace_id = s.id AND b.user_id = $2
  WHERE s.id = $3`;

/** `$1` is the workspace and `$2` its last owner, who leaves. */
export const PROMOTE_SUCCESSOR = `UPDATE workspace_members SET role = 'owner'
  WHERE workspace_id = $1 AND user_id = (${successorOf('$1', '$2')} ORDER BY w.created_at, w.user_id LIMIT 1)
  AND NOT EXISTS (SELECT 1 FROM workspace_members o WHERE o.workspace_id = $1 AND o.role = 'owner')`;

function successorOf(workspace: string, owner: string): string {
  return `SELECT w.user_id FROM workspace_members w WHERE w.workspace_id = ${workspace} AND w.role = 'admin'
    AND w.user_id <> ${owner}
    AND w.user_id NOT IN (SELECT e.user_id FROM external_identities e WHERE e.issuer = '${OWN_ISSUER}')
    AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.user_id = w.user_id AND k.blocked_id = ${owner})`;
}

/** Memberships in channels of workspaces that their user is not a member of. */
export const STRAY_MEMBERSHIPS = `SELECT m.room_id, m.user_id FROM rooms r CROSS JOIN memberships m
  LEFT JOIN workspace_members w ON w.workspace_id = r.workspace_id AND w.user_id = m.user_id
  WHERE r.kind = 'channel' AND m.room_id = r.id AND w.user_id IS NULL ORDER BY m.room_id, m.user_id LIMIT $1`;

/** Those of one user in one workspace. `$1` is the user and `$2` the workspace. */
export const STRAY_MEMBERSHIPS_OF = `SELECT m.room_id, m.user_id FROM memberships m CROSS JOIN rooms r
  LEFT JOIN workspace_members w ON w.workspace_id = r.workspace_id AND w.user_id = m.user_id
  WHERE m.user_id = $1 AND r.id = m.room_id AND r.kind = 'channel' AND r.workspace_id = $2 AND w.user_id IS NULL
  ORDER BY m.room_id LIMIT $3`;
