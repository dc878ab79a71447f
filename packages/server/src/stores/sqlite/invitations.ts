/** Invitations in SQLite: statements of the invitation store. */
import type { UserId, WorkspaceId } from '@parley/protocol';
import type { Invitation, ListedInvitation, Standing } from '../../model/invitation.ts';
import {
  INVITATION_COLUMNS,
  type InvitationRow,
  type ListedInvitationRow,
  roleOf,
  STANDING,
  type StandingRow,
  toInvitation,
  toListedInvitation,
  toStanding,
  WITHOUT_BLOCK,
} from '../sql-invitations.ts';
import { USER_COLUMNS } from '../sql-rows.ts';
import type { Database } from './database.ts';

const FIND_STANDING = STANDING.replaceAll('$', '?');

interface InvitationKey {
  readonly userId: UserId;
  readonly targetId: string;
}

export function setAsksFirst(
  database: Database,
  { userId, asksFirst }: { readonly userId: UserId; readonly asksFirst: boolean },
): void {
  database.run('UPDATE users SET asks_first = ? WHERE id = ?', asksFirst ? 1 : 0, userId);
}

export function findAsksFirst(
  database: Database,
  { userId }: { readonly userId: UserId },
): boolean {
  const sql = 'SELECT asks_first FROM users WHERE id = ?';
  return database.one<{ asks_first: number }>(sql, userId)?.asks_first === 1;
}

export function findStanding(
  database: Database,
  pair: { readonly userId: UserId; readonly otherId: UserId; readonly directKey: string },
): Standing {
  const { userId, otherId, directKey } = pair;
  return toStanding(database.one<StandingRow>(FIND_STANDING, userId, otherId, directKey));
}

export function listBlockersAmong(
  database: Database,
  { userIds }: { readonly userIds: readonly UserId[] },
): UserId[] {
  const rows = database.all<{ user_id: UserId }>(
    `SELECT DISTINCT user_id FROM blocks WHERE user_id IN (SELECT value FROM json_each(?1))
     AND blocked_id IN (SELECT value FROM json_each(?1)) ORDER BY user_id`,
    JSON.stringify(userIds),
  );
  return rows.map((row) => row.user_id);
}

export function hasBlockedMember(
  database: Database,
  { userId, workspaceId }: { readonly userId: UserId; readonly workspaceId: WorkspaceId },
): boolean {
  const sql = `SELECT 1 FROM blocks b JOIN workspace_members w ON w.user_id = b.blocked_id
    WHERE b.user_id = ? AND w.workspace_id = ? LIMIT 1`;
  return database.one(sql, userId, workspaceId) !== undefined;
}

export function insertInvitations(
  database: Database,
  { invitations }: { readonly invitations: readonly Invitation[] },
): void {
  for (const invitation of invitations) {
    const { userId, target, inviterId, createdAtMs } = invitation;
    database.run(
      `INSERT INTO invitations (user_id, target_id, kind, role, inviter_id, created_at) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (user_id, target_id) DO UPDATE SET role = excluded.role,
         inviter_id = excluded.inviter_id, created_at = excluded.created_at`,
      userId,
      target.id,
      target.kind,
      roleOf(invitation),
      inviterId,
      createdAtMs,
    );
  }
}

export function listInvitations(
  database: Database,
  { userId, limit }: { readonly userId: UserId; readonly limit: number },
): ListedInvitation[] {
  return database
    .all<ListedInvitationRow>(
      `SELECT ${INVITATION_COLUMNS}, ${USER_COLUMNS}, coalesce(s.name, r.name) AS target_name
       FROM invitations i JOIN users u ON u.id = i.inviter_id
       LEFT JOIN workspaces s ON i.kind = 'workspace' AND s.id = i.target_id
       LEFT JOIN rooms r ON i.kind = 'group' AND r.id = i.target_id
       WHERE i.user_id = ? AND coalesce(s.id, r.id) IS NOT NULL AND ${WITHOUT_BLOCK}
       ORDER BY i.created_at DESC, i.target_id LIMIT ?`,
      userId,
      limit,
    )
    .map(toListedInvitation);
}

export function findInvitation(
  database: Database,
  { userId, targetId }: InvitationKey,
): Invitation | undefined {
  const row = database.one<InvitationRow>(
    `SELECT ${INVITATION_COLUMNS} FROM invitations i WHERE i.user_id = ? AND i.target_id = ? AND ${WITHOUT_BLOCK}`,
    userId,
    targetId,
  );
  return row && toInvitation(row);
}

export function removeInvitation(database: Database, key: InvitationKey): Invitation | undefined {
  const invitation = findInvitation(database, key);
  if (invitation !== undefined) deleteInvitation(database, key);
  return invitation;
}

/** Returns whether the invitation existed. */
export function deleteInvitation(database: Database, { userId, targetId }: InvitationKey): boolean {
  const sql = 'DELETE FROM invitations WHERE user_id = ? AND target_id = ?';
  return database.run(sql, userId, targetId) === 1;
}
