/** Rows of invitations, in both SQL stores. */

import type { RoomId, UserId, WorkspaceId } from '@parley/protocol';
import {
  CONVERSATION_MESSAGES_READ,
  type Invitation,
  type ListedInvitation,
  type Standing,
} from '../model/invitation.ts';
import { toWorkspaceRole } from '../model/stored-role.ts';
import type { User } from '../model/user.ts';
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
  readonly has_blocked: number;
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
  CASE WHEN EXISTS (SELECT 1 FROM blocks WHERE user_id = $1 AND blocked_id = $2) THEN 1 ELSE 0 END AS has_blocked,
  CASE WHEN EXISTS (SELECT 1 FROM blocks WHERE user_id = $2 AND blocked_id = $1) THEN 1 ELSE 0 END AS is_blocked,
  coalesce((SELECT asks_first FROM users WHERE id = $1), 0) AS asks_first,
  CASE WHEN EXISTS (SELECT 1 FROM workspace_members a JOIN workspace_members o ON o.workspace_id = a.workspace_id
      WHERE a.user_id = $1 AND o.user_id = $2 AND a.workspace_id <> '${DEFAULT_WORKSPACE_ID}')
    OR EXISTS (SELECT 1 FROM memberships a JOIN rooms r ON r.id = a.room_id WHERE a.user_id = $1 AND r.kind = 'group'
      AND EXISTS (SELECT 1 FROM memberships o WHERE o.room_id = a.room_id AND o.user_id = $2))
    OR (SELECT count(DISTINCT l.user_id) FROM (SELECT m.user_id FROM messages m WHERE m.room_id =
        (SELECT id FROM rooms WHERE workspace_id = '${DEFAULT_WORKSPACE_ID}' AND name_key = $3)
      ORDER BY m.sequence_number DESC LIMIT ${CONVERSATION_MESSAGES_READ}) l) = 2 THEN 1 ELSE 0 END AS is_known`;

/** Values of `users.asks_first`; 0 is the default, so it means that the user has not chosen. */
const ASKS = 1;
const ASKS_NOT = 2;

export function toAsksCell(asksFirst: boolean): number {
  return asksFirst ? ASKS : ASKS_NOT;
}

export function toAsksFirst(cell: number | undefined): boolean | undefined {
  return cell === ASKS ? true : cell === ASKS_NOT ? false : undefined;
}

export interface InvitedRow extends UserRow {
  readonly target_id: RoomId;
}

export function toInvited(rows: readonly InvitedRow[]): ReadonlyMap<RoomId, readonly User[]> {
  const byRoom = Map.groupBy(rows, (row) => row.target_id);
  return new Map([...byRoom].map(([roomId, invited]) => [roomId, invited.map(toUser)]));
}

export function toStanding(row: StandingRow | undefined): Standing {
  return {
    hasBlocked: row?.has_blocked === 1,
    isBlocked: row?.is_blocked === 1,
    asksFirst: toAsksFirst(row?.asks_first),
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

/**
 * Blocks `b` of a user that come after the block of another user, latest first. If that one has
 * ended meanwhile, the list begins again: users may be repeated, but none is left out.
 */
export function behindBlocked(userId: string, after: string): string {
  const created = `(SELECT c.created_at FROM blocks c WHERE c.user_id = ${userId} AND c.blocked_id = ${after})`;
  const last = `coalesce(${created}, ${Number.MAX_SAFE_INTEGER})`;
  return `(b.created_at < ${last} OR (b.created_at = ${last} AND b.blocked_id > ${after}))`;
}
