/** Workspaces and channels in PostgreSQL: statements of the workspace store. */

import type { RoomId, UserId, WorkspaceId } from '@parley/protocol';
import type { Channel, StrayMembership } from '../../model/channel.ts';
import { toWorkspaceRole, toWorkspaceRoleIfAny } from '../../model/stored-role.ts';
import type { MemberChangeRequest, OwnWorkspace } from '../../model/workspace.ts';
import { judgeMemberChange, type MemberVerdict } from '../../model/workspace-policy.ts';
import type { WorkspaceStore } from '../../ports/workspace-store.ts';
import { deleteInvitation, insertInvitation } from '../sql/invitations.ts';
import { toUser, USER_COLUMNS } from '../sql/rows.ts';
import {
  MEMBER_ROLES,
  type MemberRoles,
  type MemberRow,
  type OwnWorkspaceRow,
  PROMOTE_SUCCESSOR,
  STRAY_MEMBERSHIPS,
  STRAY_MEMBERSHIPS_OF,
  toMemberChange,
  toWorkspace,
  WORKSPACE_COLUMNS,
  type WorkspaceRow,
} from '../sql/workspaces.ts';
import type { Database } from './database.ts';
import type { Queries } from './queries.ts';
import { createRoom, LISTED, type ListedRow, OWN_MEMBERSHIP, toListed } from './rooms.ts';
import { runLater } from './run-later.ts';

type ChannelRow = ListedRow & { readonly archived_at: number | null };

const CHANNELS = `${LISTED}, r.archived_at FROM rooms r ${OWN_MEMBERSHIP} WHERE r.kind = 'channel'`;

export function workspaceStore(database: Database): WorkspaceStore {
  return {
    createWorkspace: ({ id, name, createdAtMs }, ownerId) =>
      database.transaction(async (queries) => {
        const sql = 'INSERT INTO workspaces (id, name, created_at) VALUES ($1, $2, $3)';
        await queries.run(sql, id, name, createdAtMs);
        const owner = { workspaceId: id, subjectId: ownerId, nowMs: createdAtMs };
        await writeMember(queries, { ...owner, role: 'owner' });
      }),

    async renameWorkspace(id, name) {
      await database.run('UPDATE workspaces SET name = $2 WHERE id = $1', id, name);
    },

    async findWorkspace(id, userId) {
      const row = await database.one<WorkspaceRow & { workspace_role: string | null }>(
        `SELECT ${WORKSPACE_COLUMNS}, w.role AS workspace_role FROM workspaces s
         LEFT JOIN workspace_members w ON w.workspace_id = s.id AND w.user_id = $1 WHERE s.id = $2`,
        userId,
        id,
      );
      return row && { workspace: toWorkspace(row), role: toWorkspaceRoleIfAny(row.workspace_role) };
    },

    async listWorkspacesOf(userId, limit, after) {
      const rows = await database.all<OwnWorkspaceRow>(
        `SELECT ${WORKSPACE_COLUMNS}, w.role AS workspace_role FROM workspace_members w
         JOIN workspaces s ON s.id = w.workspace_id WHERE w.user_id = $1 AND s.id > $3 ORDER BY s.id LIMIT $2`,
        userId,
        limit,
        after ?? '',
      );
      return rows.map((row) => ({
        workspace: toWorkspace(row),
        role: toWorkspaceRole(row.workspace_role),
      }));
    },

    async listWorkspaceMembers(id, { after, limit }) {
      const rows = await database.all<MemberRow>(
        `SELECT ${USER_COLUMNS}, w.role AS workspace_role FROM workspace_members w JOIN users u ON u.id = w.user_id
         WHERE w.workspace_id = $1 AND w.user_id > $2 ORDER BY w.user_id LIMIT $3`,
        id,
        after ?? '',
        limit,
      );
      return rows.map((row) => ({ user: toUser(row), role: toWorkspaceRole(row.workspace_role) }));
    },

    changeWorkspaceMember: (request) =>
      database.transaction((queries) => changeMember(queries, request)),

    async admitToWorkspace({ workspaceId, userId, nowMs }) {
      await database.run(
        `INSERT INTO workspace_members (workspace_id, user_id, role, created_at) VALUES ($1, $2, 'member', $3)
         ON CONFLICT (workspace_id, user_id) DO NOTHING`,
        workspaceId,
        userId,
        nowMs,
      );
    },

    createChannel: (channel, { creatorId: userId, isAdmin, nowMs }) =>
      database.transaction(async (queries) => {
        // Locked: a running removal ends first, or sees the new membership.
        const lock = 'SELECT id FROM workspaces WHERE id = $1 FOR KEY SHARE';
        await queries.one(lock, channel.workspaceId);
        const own = 'SELECT role FROM workspace_members WHERE workspace_id = $1 AND user_id = $2';
        const isMember = (await queries.one(own, channel.workspaceId, userId)) !== undefined;
        if (!isMember && !isAdmin) return 'foreign';
        const members = isMember ? [{ userId, role: 'owner' } as const] : [];
        return createRoom(queries, { room: channel, members, nowMs, createdBy: userId });
      }),

    async listChannels(id, userId, limit, after) {
      const sql = `${CHANNELS} AND r.workspace_id = $2 AND r.id > $4 ORDER BY r.id LIMIT $3`;
      return (await database.all<ChannelRow>(sql, userId, id, limit, after ?? '')).map(toChannel);
    },

    async findChannel(roomId, userId) {
      const row = await database.one<ChannelRow>(`${CHANNELS} AND r.id = $2`, userId, roomId);
      return row && toChannel(row);
    },

    changeChannel: (roomId, { name, archivedAtMs }) =>
      database.transaction(async (queries) => {
        const channel = await queries.one<{ workspace_id: WorkspaceId }>(
          `SELECT s.id AS workspace_id FROM rooms r JOIN workspaces s ON s.id = r.workspace_id
           WHERE r.id = $1 AND r.kind = 'channel' FOR UPDATE OF s`,
          roomId,
        );
        if (channel === undefined) return 'absent';
        if (name !== undefined) {
          const other =
            'SELECT id FROM rooms WHERE workspace_id = $1 AND name_key = $2 AND id <> $3';
          if ((await queries.one(other, channel.workspace_id, name.key, roomId)) !== undefined) {
            return 'taken';
          }
          const rename = 'UPDATE rooms SET name = $1, name_key = $2 WHERE id = $3';
          await queries.run(rename, name.shown, name.key, roomId);
        }
        if (archivedAtMs !== undefined) {
          const archive = 'UPDATE rooms SET archived_at = $1 WHERE id = $2';
          await queries.run(archive, archivedAtMs, roomId);
        }
        return 'changed';
      }),

    async listStrayMemberships(limit) {
      return (await database.all<StrayRow>(STRAY_MEMBERSHIPS, limit)).map(toStray);
    },

    async listStrayMembershipsOf(userId, workspaceId, limit) {
      const rows = await database.all<StrayRow>(STRAY_MEMBERSHIPS_OF, userId, workspaceId, limit);
      return rows.map(toStray);
    },
  };
}

async function changeMember(
  queries: Queries,
  request: MemberChangeRequest,
): Promise<MemberVerdict> {
  const { workspaceId, actorId, subjectId, role, nowMs } = request;
  const roles = await readRoles(queries, request);
  const verdict = roles ? judgeMemberChange(toMemberChange(roles, request)) : 'unknown';
  if (verdict !== 'allowed' && verdict !== 'no-member') return verdict;
  if (role !== undefined && request.isInvitation === true) {
    const target = { kind: 'workspace', id: workspaceId, role } as const;
    const invitation = { userId: subjectId, target, inviterId: actorId, createdAtMs: nowMs };
    await runLater(queries, insertInvitation(invitation));
    return verdict;
  }
  const wasInvited = await runLater(queries, deleteInvitation(subjectId, workspaceId));
  if (verdict === 'no-member') return wasInvited ? 'allowed' : verdict;
  if (request.isAcceptance === true && !wasInvited) return 'no-member';
  if (role === undefined) {
    const sql = 'DELETE FROM workspace_members WHERE workspace_id = $1 AND user_id = $2';
    await queries.run(sql, workspaceId, subjectId);
    await queries.run(PROMOTE_SUCCESSOR, workspaceId, subjectId);
  } else {
    await writeMember(queries, { ...request, role });
  }
  return verdict;
}

/** Locks the workspace's row: two owners who remove each other wait for one another. */
async function readRoles(
  queries: Queries,
  { workspaceId, actorId, subjectId }: MemberChangeRequest,
): Promise<MemberRoles | undefined> {
  await queries.one('SELECT id FROM workspaces WHERE id = $1 FOR UPDATE', workspaceId);
  return queries.one<MemberRoles>(MEMBER_ROLES, actorId, subjectId, workspaceId);
}

async function writeMember(
  queries: Queries,
  member: Omit<MemberChangeRequest, 'actorId' | 'role'> & { readonly role: OwnWorkspace['role'] },
): Promise<void> {
  await queries.run(
    `INSERT INTO workspace_members (workspace_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (workspace_id, user_id) DO UPDATE SET role = excluded.role`,
    member.workspaceId,
    member.subjectId,
    member.role,
    member.nowMs,
  );
}

function toChannel(row: ChannelRow): Channel {
  return { ...toListed(row), archivedAtMs: row.archived_at ?? undefined };
}

interface StrayRow {
  readonly room_id: RoomId;
  readonly user_id: UserId;
}

function toStray({ room_id: roomId, user_id: userId }: StrayRow): StrayMembership {
  return { roomId, userId };
}
