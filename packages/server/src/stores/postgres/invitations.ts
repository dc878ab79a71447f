/** Invitations in PostgreSQL: statements of the invitation store. */
import type { UserId } from '@parley/protocol';
import type { Invitation } from '../../model/invitation.ts';
import { LIST_START } from '../../model/page.ts';
import type { InvitationStore } from '../../ports/invitation-store.ts';
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
import type { Queries } from './queries.ts';

export function invitationStore(database: Database): InvitationStore {
  return {
    async setAsksFirst(userId, asksFirst) {
      const sql = 'UPDATE users SET asks_first = $1 WHERE id = $2';
      await database.run(sql, toAsksCell(asksFirst), userId);
    },

    async findAsksFirst(userId) {
      const sql = 'SELECT asks_first FROM users WHERE id = $1';
      return toAsksFirst((await database.one<{ asks_first: number }>(sql, userId))?.asks_first);
    },

    async findStanding(userId, otherId, directKey) {
      return toStanding(await database.one<StandingRow>(STANDING, userId, otherId, directKey));
    },

    async listInvited(groupIds) {
      return toInvited(
        await database.all<InvitedRow>(
          `SELECT i.target_id, ${USER_COLUMNS} FROM invitations i JOIN users u ON u.id = i.user_id
           WHERE i.target_id = ANY($1::text[]) ORDER BY i.user_id`,
          groupIds,
        ),
      );
    },

    insertInvitations: (invitations) =>
      database.transaction(async (queries) => {
        for (const invitation of invitations) await insertInvitation(queries, invitation);
      }),

    async listInvitations(userId, limit, after = LIST_START) {
      const rows = await database.all<ListedInvitationRow>(
        `SELECT ${INVITATION_COLUMNS}, ${USER_COLUMNS}, coalesce(s.name, r.name) AS target_name
         FROM invitations i JOIN users u ON u.id = i.inviter_id
         LEFT JOIN workspaces s ON i.kind = 'workspace' AND s.id = i.target_id
         LEFT JOIN rooms r ON i.kind = 'group' AND r.id = i.target_id
         WHERE i.user_id = $1 AND coalesce(s.id, r.id) IS NOT NULL AND ${WITHOUT_BLOCK}
           AND (i.created_at < $3 OR (i.created_at = $3 AND i.target_id > $4))
         ORDER BY i.created_at DESC, i.target_id LIMIT $2`,
        userId,
        limit,
        after.atMs,
        after.id,
      );
      return rows.map(toListedInvitation);
    },

    async findInvitation(userId, targetId) {
      const row = await database.one<InvitationRow>(
        `SELECT ${INVITATION_COLUMNS} FROM invitations i
         WHERE i.user_id = $1 AND i.target_id = $2 AND ${WITHOUT_BLOCK}`,
        userId,
        targetId,
      );
      return row && toInvitation(row);
    },

    async removeInvitation(userId, targetId) {
      const row = await database.one<InvitationRow>(
        `DELETE FROM invitations i WHERE i.user_id = $1 AND i.target_id = $2 AND ${WITHOUT_BLOCK}
         RETURNING ${INVITATION_COLUMNS}`,
        userId,
        targetId,
      );
      return row && toInvitation(row);
    },

    withdrawInvitation: (userId, targetId) => deleteInvitation(database, userId, targetId),

    removeInvitationsFrom: (userId, inviterId) =>
      database.run(
        'DELETE FROM invitations WHERE user_id = $1 AND inviter_id = $2',
        userId,
        inviterId,
      ),
  };
}

export async function insertInvitation(queries: Queries, invitation: Invitation): Promise<void> {
  const { userId, target, inviterId, createdAtMs } = invitation;
  await queries.run(
    `INSERT INTO invitations (user_id, target_id, kind, role, inviter_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)
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

/** Returns whether the invitation existed. */
export async function deleteInvitation(
  queries: Queries,
  userId: UserId,
  targetId: string,
): Promise<boolean> {
  const sql = 'DELETE FROM invitations WHERE user_id = $1 AND target_id = $2';
  return (await queries.run(sql, userId, targetId)) === 1;
}
