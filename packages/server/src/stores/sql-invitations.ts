/** Rows of invitations, in both SQL stores. */

import type { RoomId, UserId, WorkspaceId } from '@parley/protocol';
import type { Invitation, ListedInvitation, Standing } from '../model/invitation.ts';
import { toWorkspaceRole } from '../model/stored-role.ts';
import { DEFAULT_WORKSPACE_ID } from '../model/workspace.ts';
import type { WorkspaceRole } from '../model/workspace-policy.ts';
import { toUser, type UserRow } from './sql-rows.ts';

export interface InvitationRow {
  readonly invited_id: UserId;
  readonly target_id: string;
  readonly kind: 'workspace' | 'group';
  readonly invited_role: string;
  readonly inviter_id: UserId;
  readonly invited_at: number;
}

export type ListedInvitationRow = InvitationRow & UserRow & { readonly target_name: string };

export interface StandingRow {
  readonly is_blocked: number;
  readonly asks_first: number;
  readonly is_known: number;
}

export const INVITATION_COLUMNS = `i.user_id AS invited_id, i.target_id, i.kind,
  i.role AS invited_role, i.inviter_id, i.created_at AS invited_at`;

/** Hides an invitation from the invited user while one of the two has blocked the other. */
export const WITHOUT_BLOCK = `NOT EXISTS (SELECT 1 FROM blocks b WHERE
  (b.user_id = i.user_id AND b.blocked_id = i.inviter_id) OR (b.user_id = i.inviter_id AND b.blocked_id = i.user_id))`;

/**
 * `$1` is the user, `$2` the other user and `$3` the key of their direct room, in PostgreSQL's
 * parameter syntax.
 */
export const STANDING = `SELECT
  CASE WHEN EXISTS (SELECT 1 FROM blocks WHERE user_id = $1 AND blocked_id = $2)
    OR EXISTS (SELECT 1 FROM blocks WHERE user_id = $2 AND blocked_id = $1) THEN 1 ELSE 0 END AS is_blocked,
  coalesce((SELECT asks_first FROM users WHERE id = $1), 0) AS asks_first,
  CASE WHEN EXISTS (SELECT 1 FROM workspace_members a JOIN workspace_members o ON o.workspace_id = a.workspace_id
      WHERE a.user_id = $1 AND o.user_id = $2 AND a.workspace_id <> '${DEFAULT_WORKSPACE_ID}')
    OR EXISTS (SELECT 1 FROM rooms r JOIN send_keys k ON k.room_id = r.id AND k.sender_id = $1
      WHERE r.workspace_id = '${DEFAULT_WORKSPACE_ID}' AND r.name_key = $3) THEN 1 ELSE 0 END AS is_known`;

export function toStanding(row: StandingRow | undefined): Standing {
  return {
    isBlocked: row?.is_blocked === 1,
    asksFirst: row?.asks_first === 1,
    isKnown: row?.is_known === 1,
  };
}

export function toInvitation(row: InvitationRow): Invitation {
  const { target_id: id, kind, invited_role } = row;
  return {
    userId: row.invited_id,
    // The kind determines the type of the id.
    target:
      kind === 'workspace'
        ? { kind, id: id as WorkspaceId, role: toWorkspaceRole(invited_role) }
        : { kind, id: id as RoomId },
    inviterId: row.inviter_id,
    createdAtMs: row.invited_at,
  };
}

export function toListedInvitation(row: ListedInvitationRow): ListedInvitation {
  return { invitation: toInvitation(row), name: row.target_name, inviter: toUser(row) };
}

export function roleOf({ target }: Invitation): WorkspaceRole {
  return target.kind === 'workspace' ? target.role : 'member';
}
