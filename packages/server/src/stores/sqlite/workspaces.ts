/** Workspaces and channels in SQLite: statements of the workspace store. */

import type { RoomId, UserId, WorkspaceId } from '@parley/protocol';
import type {
  Channel,
  ChannelChange,
  ChannelCreation,
  StrayMembership,
} from '../../model/channel.ts';
import type { Room } from '../../model/room.ts';
import { toWorkspaceRole, toWorkspaceRoleIfAny } from '../../model/stored-role.ts';
import type {
  FoundWorkspace,
  MemberChangeRequest,
  MemberPage,
  OwnWorkspace,
  Workspace,
  WorkspaceMember,
} from '../../model/workspace.ts';
import { judgeMemberChange, type MemberVerdict } from '../../model/workspace-policy.ts';
import { deleteInvitation, insertInvitation } from '../sql/invitations.ts';
import { toUser, USER_COLUMNS } from '../sql/rows.ts';
import {
  type AdmissionRequest,
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
import { createRoom, LISTED, type ListedRow, OWN_MEMBERSHIP, toListed } from './rooms.ts';
import { runNow } from './run-now.ts';

type ChannelRow = ListedRow & { readonly archived_at: number | null };

const ROLES = MEMBER_ROLES.replaceAll('$', '?');
const STRAY = STRAY_MEMBERSHIPS.replaceAll('$', '?');
const STRAY_OF = STRAY_MEMBERSHIPS_OF.replaceAll('$', '?');
const PROMOTION = PROMOTE_SUCCESSOR.replaceAll('$', '?');
const CHANNELS = `${LISTED}, r.archived_at FROM rooms r ${OWN_MEMBERSHIP} WHERE r.kind = 'channel'`;

export function createWorkspace(
  database: Database,
  { workspace, ownerId }: { readonly workspace: Workspace; readonly ownerId: UserId },
): void {
  const { id, name, createdAtMs } = workspace;
  database.run(
    'INSERT INTO workspaces (id, name, created_at) VALUES (?, ?, ?)',
    id,
    name,
    createdAtMs,
  );
  writeMember(database, { workspaceId: id, subjectId: ownerId, role: 'owner', nowMs: createdAtMs });
}

export function renameWorkspace(
  database: Database,
  { id, name }: { readonly id: WorkspaceId; readonly name: string },
): void {
  database.run('UPDATE workspaces SET name = ? WHERE id = ?', name, id);
}

export function findWorkspace(
  database: Database,
  { id, userId }: { readonly id: WorkspaceId; readonly userId: UserId },
): FoundWorkspace | undefined {
  const row = database.one<WorkspaceRow & { workspace_role: string | null }>(
    `SELECT ${WORKSPACE_COLUMNS}, w.role AS workspace_role FROM workspaces s
     LEFT JOIN workspace_members w ON w.workspace_id = s.id AND w.user_id = ? WHERE s.id = ?`,
    userId,
    id,
  );
  return row && { workspace: toWorkspace(row), role: toWorkspaceRoleIfAny(row.workspace_role) };
}

export function listWorkspacesOf(
  database: Database,
  query: { readonly userId: UserId; readonly limit: number; readonly after: string },
): OwnWorkspace[] {
  return database
    .all<OwnWorkspaceRow>(
      `SELECT ${WORKSPACE_COLUMNS}, w.role AS workspace_role FROM workspace_members w
       JOIN workspaces s ON s.id = w.workspace_id WHERE w.user_id = ? AND s.id > ? ORDER BY s.id LIMIT ?`,
      query.userId,
      query.after,
      query.limit,
    )
    .map((row) => ({ workspace: toWorkspace(row), role: toWorkspaceRole(row.workspace_role) }));
}

export function listWorkspaceMembers(
  database: Database,
  { id, after, limit }: { readonly id: WorkspaceId } & MemberPage,
): WorkspaceMember[] {
  return database
    .all<MemberRow>(
      `SELECT ${USER_COLUMNS}, w.role AS workspace_role FROM workspace_members w JOIN users u ON u.id = w.user_id
       WHERE w.workspace_id = ? AND w.user_id > ? ORDER BY w.user_id LIMIT ?`,
      id,
      after ?? '',
      limit,
    )
    .map((row) => ({ user: toUser(row), role: toWorkspaceRole(row.workspace_role) }));
}

export function changeWorkspaceMember(
  database: Database,
  request: MemberChangeRequest,
): MemberVerdict {
  const { workspaceId, actorId, subjectId, role, nowMs } = request;
  const roles = database.one<MemberRoles>(ROLES, actorId, subjectId, workspaceId);
  const verdict = roles ? judgeMemberChange(toMemberChange(roles, request)) : 'unknown';
  if (verdict !== 'allowed' && verdict !== 'no-member') return verdict;
  if (role !== undefined && request.isInvitation === true) {
    const target = { kind: 'workspace', id: workspaceId, role } as const;
    const invitation = { userId: subjectId, target, inviterId: actorId, createdAtMs: nowMs };
    runNow(database, insertInvitation(invitation));
    return verdict;
  }
  const wasInvited = runNow(database, deleteInvitation(subjectId, workspaceId));
  if (verdict === 'no-member') return wasInvited ? 'allowed' : verdict;
  if (request.isAcceptance === true && !wasInvited) return 'no-member';
  if (role === undefined) {
    const sql = 'DELETE FROM workspace_members WHERE workspace_id = ? AND user_id = ?';
    database.run(sql, workspaceId, subjectId);
    database.run(PROMOTION, workspaceId, subjectId);
  } else {
    writeMember(database, { ...request, role });
  }
  return verdict;
}

export function admitToWorkspace(
  database: Database,
  { workspaceId, userId, nowMs }: AdmissionRequest,
): void {
  database.run(
    `INSERT INTO workspace_members (workspace_id, user_id, role, created_at) VALUES (?, ?, 'member', ?)
     ON CONFLICT (workspace_id, user_id) DO NOTHING`,
    workspaceId,
    userId,
    nowMs,
  );
}

function writeMember(
  database: Database,
  member: Omit<MemberChangeRequest, 'actorId' | 'role'> & { readonly role: OwnWorkspace['role'] },
): void {
  database.run(
    `INSERT INTO workspace_members (workspace_id, user_id, role, created_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (workspace_id, user_id) DO UPDATE SET role = excluded.role`,
    member.workspaceId,
    member.subjectId,
    member.role,
    member.nowMs,
  );
}

export function createChannel(
  database: Database,
  { channel, creation }: { readonly channel: Room; readonly creation: ChannelCreation },
): Room | 'foreign' {
  const { creatorId: userId, isAdmin, nowMs } = creation;
  const own = 'SELECT role FROM workspace_members WHERE workspace_id = ? AND user_id = ?';
  const isMember = database.one(own, channel.workspaceId, userId) !== undefined;
  if (!isMember && !isAdmin) return 'foreign';
  const members = isMember ? [{ userId, role: 'owner' } as const] : [];
  return createRoom(database, { room: channel, members, nowMs, createdBy: userId });
}

export function listChannels(
  database: Database,
  query: {
    readonly id: WorkspaceId;
    readonly userId: UserId;
    readonly limit: number;
    readonly after: string;
  },
): Channel[] {
  const { id, userId, limit, after } = query;
  return database
    .all<ChannelRow>(
      `${CHANNELS} AND r.workspace_id = ?2 AND r.id > ?4 ORDER BY r.id LIMIT ?3`,
      userId,
      id,
      limit,
      after,
    )
    .map((row) => toChannel(database, userId, row));
}

export function findChannel(
  database: Database,
  { roomId, userId }: { readonly roomId: RoomId; readonly userId: UserId },
): Channel | undefined {
  const row = database.one<ChannelRow>(`${CHANNELS} AND r.id = ?2`, userId, roomId);
  return row && toChannel(database, userId, row);
}

function toChannel(database: Database, userId: UserId, row: ChannelRow): Channel {
  return { ...toListed(database, userId, row), archivedAtMs: row.archived_at ?? undefined };
}

export function changeChannel(
  database: Database,
  { roomId, change }: { readonly roomId: RoomId; readonly change: ChannelChange },
): 'changed' | 'taken' | 'absent' {
  const { name, archivedAtMs } = change;
  const find = "SELECT workspace_id FROM rooms WHERE id = ? AND kind = 'channel'";
  const channel = database.one<{ workspace_id: WorkspaceId }>(find, roomId);
  if (channel === undefined) return 'absent';
  if (name !== undefined) {
    const other = 'SELECT id FROM rooms WHERE workspace_id = ? AND name_key = ? AND id <> ?';
    if (database.one(other, channel.workspace_id, name.key, roomId) !== undefined) return 'taken';
    const rename = 'UPDATE rooms SET name = ?, name_key = ? WHERE id = ?';
    database.run(rename, name.shown, name.key, roomId);
  }
  if (archivedAtMs !== undefined) {
    database.run('UPDATE rooms SET archived_at = ? WHERE id = ?', archivedAtMs, roomId);
  }
  return 'changed';
}

interface StrayRow {
  readonly room_id: RoomId;
  readonly user_id: UserId;
}

export function listStrayMemberships(
  database: Database,
  { limit }: { readonly limit: number },
): StrayMembership[] {
  return database.all<StrayRow>(STRAY, limit).map(toStray);
}

export function listStrayMembershipsOf(
  database: Database,
  query: { readonly userId: UserId; readonly workspaceId: WorkspaceId; readonly limit: number },
): StrayMembership[] {
  return database
    .all<StrayRow>(STRAY_OF, query.userId, query.workspaceId, query.limit)
    .map(toStray);
}

function toStray({ room_id: roomId, user_id: userId }: StrayRow): StrayMembership {
  return { roomId, userId };
}
