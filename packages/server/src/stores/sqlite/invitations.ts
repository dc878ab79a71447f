/** Invitations in SQLite: statements of the invitation store. */
import type { RoomId, UserId } from '@parley/protocol';
import type { Invitation, ListedInvitation, Standing } from '../../model/invitation.ts';
import type { TimeCursor } from '../../model/page.ts';
import type { User } from '../../model/user.ts';
import {
  INVITATION_COLUMNS,
  type InvitationRow,
  type InvitedRow,
  type ListedInvitationRow,
  roleOf,
  STANDING,
  type StandingRow,
  toAsksCell,
  toAsksFirst,
  toInvitation,
  toInvited,
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
  database.run('UPDATE users SET asks_first = ? WHERE id = ?', toAsksCell(asksFirst), userId);
}

export function findAsksFirst(
  database: Database,
  { userId }: { readonly userId: UserId },
): boolean | undefined {
  const sql = 'SELECT asks_first FROM users WHERE id = ?';
  return toAsksFirst(database.one<{ asks_first: number }>(sql, userId)?.asks_first);
}

export function findStanding(
  database: Database,
  pair: { readonly userId: UserId; readonly otherId: UserId; readonly directKey: string },
): Standing {
  const { userId, otherId, directKey } = pair;
  return toStanding(database.one<StandingRow>(FIND_STANDING, userId, otherId, directKey));
}

export function listInvited(
  database: Database,
  { groupIds }: { readonly groupIds: readonly RoomId[] },
): ReadonlyMap<RoomId, readonly User[]> {
  return toInvited(
    database.all<InvitedRow>(
      `SELECT i.target_id, ${USER_COLUMNS} FROM invitations i JOIN users u ON u.id = i.user_id
       WHERE i.target_id IN (SELECT value FROM json_each(?)) ORDER BY i.user_id`,
      JSON.stringify(groupIds),
    ),
  );
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
  {
    userId,
    limit,
    after,
  }: { readonly userId: UserId; readonly limit: number; readonly after: TimeCursor },
): ListedInvitation[] {
  return database
    .all<ListedInvitationRow>(
      `SELECT ${INVITATION_COLUMNS}, ${USER_COLUMNS}, coalesce(s.name, r.name) AS target_name
       FROM invitations i JOIN users u ON u.id = i.inviter_id
       LEFT JOIN workspaces s ON i.kind = 'workspace' AND s.id = i.target_id
       LEFT JOIN rooms r ON i.kind = 'group' AND r.id = i.target_id
       WHERE i.user_id = ?1 AND coalesce(s.id, r.id) IS NOT NULL AND ${WITHOUT_BLOCK}
         AND (i.created_at < ?3 OR (i.created_at = ?3 AND i.target_id > ?4))
       ORDER BY i.created_at DESC, i.target_id LIMIT ?2`,
      userId,
      limit,
      after.atMs,
      after.id,
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

export function removeInvitationsFrom(
  database: Database,
  { userId, inviterId }: { readonly userId: UserId; readonly inviterId: UserId },
): number {
  const sql = 'DELETE FROM invitations WHERE user_id = ? AND inviter_id = ?';
  return database.run(sql, userId, inviterId);
}
