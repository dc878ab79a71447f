/** Workspaces and channels: operations of the workspace store. */
import type { RoomId, UserId, WorkspaceId } from '@parley/protocol';
import type { By, Recorded } from '../../model/audit.ts';
import type { ChannelCreation, StrayMembership } from '../../model/channel.ts';
import type { ListedRoom } from '../../model/listed-room.ts';
import type { Room } from '../../model/room.ts';
import { toRole, toWorkspaceRole, toWorkspaceRoleIfAny } from '../../model/stored-role.ts';
import type {
  FoundWorkspace,
  MemberChangeRequest,
  MemberPage,
  OwnWorkspace,
  Workspace,
  WorkspaceMember,
} from '../../model/workspace.ts';
import { judgeMemberChange, type MemberVerdict } from '../../model/workspace-policy.ts';
import { audited } from './audit-chain.ts';
import { placePicture } from './files.ts';
import { isUsable } from './heirs.ts';
import { deleteInvitation, insertInvitation } from './invitations.ts';
import { all, type Feature, type Operation, one, run } from './operation.ts';
import { createRoom, LISTED, type ListedRow, OWN_MEMBERSHIP, toListed } from './rooms.ts';
import { isDisabledRow, toUser, USER_COLUMNS, type UserRow } from './rows.ts';

interface WorkspaceRow {
  readonly id: WorkspaceId;
  readonly name: string;
  readonly picture_file_id: string | null;
  readonly created_at: number;
}

type OwnWorkspaceRow = WorkspaceRow & { readonly workspace_role: string };
type MemberRow = UserRow & { readonly workspace_role: string };

/** Facts that decide a change of roles. */
interface MemberRoles {
  readonly actor_role: string;
  readonly actor_workspace_role: string | null;
  readonly subject_role: string | null;
  /** Counted up to 2: the rules ask for none, one or more. */
  readonly owner_count: number;
  readonly member_count: number;
  readonly has_successor: number;
  readonly is_actor_enabled: number;
  readonly is_subject_enabled: number;
}

interface AdmissionRequest {
  readonly workspaceId: WorkspaceId;
  readonly userId: UserId;
  readonly nowMs: number;
}

const WORKSPACE_COLUMNS = 's.id, s.name, s.picture_file_id, s.created_at';

function toWorkspace(row: WorkspaceRow): Workspace {
  const { id, name, picture_file_id: pictureFileId, created_at: createdAtMs } = row;
  return { id, name, ...(pictureFileId === null ? {} : { pictureFileId }), createdAtMs };
}

/** Builds the argument of `judgeMemberChange`. */
function toMemberChange(roles: MemberRoles, request: MemberChangeRequest) {
  const { actorId, subjectId, role: to } = request;
  return {
    actor: {
      role: toRole(roles.actor_role),
      workspaceRole: toWorkspaceRoleIfAny(roles.actor_workspace_role),
    },
    from: toWorkspaceRoleIfAny(roles.subject_role),
    to,
    isActorEnabled: roles.is_actor_enabled === 1,
    isSubjectEnabled: roles.is_subject_enabled === 1,
    isOwnLeave: actorId === subjectId && to === undefined,
    ownerCount: roles.owner_count,
    memberCount: roles.member_count,
    hasSuccessor: roles.has_successor === 1,
  };
}

/** `$1` is the actor, `$2` the subject, `$3` the workspace and `$4` the time. */
const MEMBER_ROLES = `SELECT u.role AS actor_role, CASE WHEN ${isDisabledRow('u', '$4')} THEN 0 ELSE 1 END AS is_actor_enabled,
    CASE WHEN EXISTS (SELECT 1 FROM users v WHERE v.id = $2 AND NOT ${isDisabledRow('v', '$4')}) THEN 1 ELSE 0 END AS is_subject_enabled, a.role AS actor_workspace_role, b.role AS subject_role,
    (SELECT count(*) FROM (SELECT 1 FROM workspace_members o WHERE o.workspace_id = $3 AND o.role = 'owner'
      LIMIT 2) several) AS owner_count,
    (SELECT count(*) FROM (SELECT 1 FROM workspace_members o WHERE o.workspace_id = $3 LIMIT 2) several) AS member_count,
    CASE WHEN EXISTS (${successorOf('$3', '$2', '$4')}) THEN 1 ELSE 0 END AS has_successor
  FROM workspaces s JOIN users u ON u.id = $1
  LEFT JOIN workspace_members a ON a.workspace_id = s.id AND a.user_id = u.id
  LEFT JOIN workspace_members b ON b.workspace_id = s.id AND b.user_id = $2
  WHERE s.id = $3`;

/** `$1` is the workspace, `$2` its last owner, who leaves, and `$3` the time. */
const PROMOTE_SUCCESSOR = `UPDATE workspace_members SET role = 'owner'
  WHERE workspace_id = $1 AND user_id = (${successorOf('$1', '$2', '$3')} ORDER BY w.created_at, w.user_id LIMIT 1)
  AND NOT EXISTS (SELECT 1 FROM workspace_members o WHERE o.workspace_id = $1 AND o.role = 'owner')`;

/** Of a user who leaves the workspace: of private channels, which the user has not joined yet. */
const WITHDRAW_CHANNEL_INVITATIONS = `DELETE FROM invitations WHERE user_id = $2
  AND EXISTS (SELECT 1 FROM rooms r WHERE r.id = target_id AND r.workspace_id = $1 AND r.kind = 'channel')`;

function successorOf(workspace: string, owner: string, time: string): string {
  return `SELECT w.user_id FROM workspace_members w WHERE w.workspace_id = ${workspace} AND w.role = 'admin'
    AND w.user_id <> ${owner}
    AND EXISTS (SELECT 1 FROM users h WHERE h.id = w.user_id AND ${isUsable('h', time)})
    AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.user_id = w.user_id AND k.blocked_id = ${owner})`;
}

/** Memberships in channels of workspaces that their user is not a member of. */
const STRAY_MEMBERSHIPS = `SELECT m.room_id, m.user_id FROM rooms r CROSS JOIN memberships m
  LEFT JOIN workspace_members w ON w.workspace_id = r.workspace_id AND w.user_id = m.user_id
  WHERE r.kind = 'channel' AND m.room_id = r.id AND w.user_id IS NULL ORDER BY m.room_id, m.user_id LIMIT $1`;

/** Those of one user in one workspace. `$1` is the user and `$2` the workspace. */
const STRAY_MEMBERSHIPS_OF = `SELECT m.room_id, m.user_id FROM memberships m CROSS JOIN rooms r
  LEFT JOIN workspace_members w ON w.workspace_id = r.workspace_id AND w.user_id = m.user_id
  WHERE m.user_id = $1 AND r.id = m.room_id AND r.kind = 'channel' AND r.workspace_id = $2 AND w.user_id IS NULL
  ORDER BY m.room_id LIMIT $3`;

const CHANNELS = `${LISTED} FROM rooms r ${OWN_MEMBERSHIP} WHERE r.kind = 'channel' AND r.deleted_at IS NULL`;

/** The channels that a member of the workspace `$2` may see: private ones of others are not read. */
const VISIBLE_CHANNELS = `SELECT id FROM (SELECT id FROM rooms WHERE workspace_id = $2 AND kind = 'channel' AND visibility = 'public'
    AND id > $4 ORDER BY id LIMIT $3) a
  UNION SELECT id FROM (SELECT r.id FROM memberships m CROSS JOIN rooms r WHERE r.id = m.room_id AND m.user_id = $1 AND m.room_id > $4
    AND r.kind = 'channel' AND r.visibility = 'private' AND r.workspace_id = $2 ORDER BY m.room_id LIMIT $3) b`;

function* createWorkspace({ id, name, createdAtMs }: Workspace, ownerId: UserId): Operation<void> {
  const sql = 'INSERT INTO workspaces (id, name, created_at) VALUES ($1, $2, $3)';
  yield* run(sql, id, name, createdAtMs);
  yield* writeMember({ workspaceId: id, subjectId: ownerId, role: 'owner', nowMs: createdAtMs });
}

function* writeName(id: WorkspaceId, name: string): Operation<void> {
  yield* run('UPDATE workspaces SET name = $2 WHERE id = $1', id, name);
}

const renameWorkspace = audited(
  writeName,
  (_, target: WorkspaceId, _name: string, by: By): Recorded => ({
    ...{ ...by, action: 'workspace.rename', target },
  }),
);

function* writePicture(
  id: WorkspaceId,
  fileId: string | undefined,
  { actor }: By,
): Operation<boolean> {
  const sql = 'SELECT picture_file_id FROM workspaces WHERE id = $1 FOR UPDATE';
  const row = yield* one<Pick<WorkspaceRow, 'picture_file_id'>>(sql, id);
  const former = row?.picture_file_id ?? undefined;
  if (former === fileId) return false;
  yield* placePicture(actor as UserId, { former, next: fileId, workspaceId: id });
  const update = 'UPDATE workspaces SET picture_file_id = $2 WHERE id = $1';
  return (yield* run(update, id, fileId ?? null)) === 1;
}

const setWorkspacePicture = audited(
  writePicture,
  (isChanged, target: WorkspaceId, _fileId: string | undefined, by: By) =>
    isChanged ? { ...by, action: 'workspace.update', target, detail: 'picture' } : undefined,
);

function* findWorkspace(id: WorkspaceId, userId: UserId): Operation<FoundWorkspace | undefined> {
  const row = yield* one<WorkspaceRow & { workspace_role: string | null }>(
    `SELECT ${WORKSPACE_COLUMNS}, w.role AS workspace_role FROM workspaces s
     LEFT JOIN workspace_members w ON w.workspace_id = s.id AND w.user_id = $1 WHERE s.id = $2`,
    userId,
    id,
  );
  return row && { workspace: toWorkspace(row), role: toWorkspaceRoleIfAny(row.workspace_role) };
}

function* listWorkspacesOf(
  userId: UserId,
  limit: number,
  after?: WorkspaceId,
): Operation<OwnWorkspace[]> {
  const rows = yield* all<OwnWorkspaceRow>(
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
}

function* listWorkspaceMembers(
  id: WorkspaceId,
  { after, limit }: MemberPage,
): Operation<WorkspaceMember[]> {
  const rows = yield* all<MemberRow>(
    `SELECT ${USER_COLUMNS}, w.role AS workspace_role FROM workspace_members w JOIN users u ON u.id = w.user_id
     WHERE w.workspace_id = $1 AND w.user_id > $2 ORDER BY w.user_id LIMIT $3`,
    id,
    after ?? '',
    limit,
  );
  return rows.map((row) => ({ user: toUser(row), role: toWorkspaceRole(row.workspace_role) }));
}

function* filterWorkspaceMembers(id: WorkspaceId, userIds: readonly UserId[]): Operation<UserId[]> {
  const sql =
    'SELECT user_id FROM workspace_members WHERE workspace_id = $1 AND user_id = ANY($2::text[])';
  return (yield* all<{ user_id: UserId }>(sql, id, userIds)).map(({ user_id }) => user_id);
}

function* writeMemberChange(request: MemberChangeRequest): Operation<MemberVerdict> {
  const { workspaceId, actorId, subjectId, role, nowMs } = request;
  // Locked: two owners who remove each other wait for one another.
  yield* one('SELECT id FROM workspaces WHERE id = $1 FOR UPDATE', workspaceId);
  const roles = yield* one<MemberRoles>(MEMBER_ROLES, actorId, subjectId, workspaceId, nowMs);
  const verdict = roles ? judgeMemberChange(toMemberChange(roles, request)) : 'unknown';
  if (verdict !== 'allowed' && verdict !== 'no-member') return verdict;
  if (role !== undefined && request.isInvitation === true) {
    const target = { kind: 'workspace', id: workspaceId, role } as const;
    yield* insertInvitation({ userId: subjectId, target, inviterId: actorId, createdAtMs: nowMs });
    return verdict;
  }
  const wasInvited = yield* deleteInvitation(subjectId, workspaceId);
  if (verdict === 'no-member') return wasInvited ? 'allowed' : verdict;
  if (request.isAcceptance === true && !wasInvited) return 'no-member';
  if (role === undefined) {
    const sql = 'DELETE FROM workspace_members WHERE workspace_id = $1 AND user_id = $2';
    yield* run(sql, workspaceId, subjectId);
    yield* run(PROMOTE_SUCCESSOR, workspaceId, subjectId, nowMs);
    yield* run(WITHDRAW_CHANNEL_INVITATIONS, workspaceId, subjectId);
  } else {
    yield* writeMember({ ...request, role });
  }
  return verdict;
}

const changeWorkspaceMember = audited(
  writeMemberChange,
  (verdict, { by, workspaceId, subjectId: target, role }: MemberChangeRequest) => {
    if (verdict !== 'allowed' || by === undefined || by.actor === target) return undefined;
    return role === undefined
      ? { ...by, action: 'workspace.remove', target, detail: workspaceId }
      : { ...by, action: 'workspace.role', target, detail: `${role} ${workspaceId}` };
  },
);

function* admitToWorkspace({ workspaceId, userId, nowMs }: AdmissionRequest): Operation<void> {
  yield* run(
    `INSERT INTO workspace_members (workspace_id, user_id, role, created_at) VALUES ($1, $2, 'member', $3)
     ON CONFLICT (workspace_id, user_id) DO NOTHING`,
    workspaceId,
    userId,
    nowMs,
  );
}

function* writeMember(
  member: Omit<MemberChangeRequest, 'actorId' | 'role'> & { readonly role: OwnWorkspace['role'] },
): Operation<void> {
  yield* run(
    `INSERT INTO workspace_members (workspace_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (workspace_id, user_id) DO UPDATE SET role = excluded.role`,
    member.workspaceId,
    member.subjectId,
    member.role,
    member.nowMs,
  );
}

function* createChannel(
  channel: Room,
  { creatorId: userId, isAdmin, nowMs }: ChannelCreation,
): Operation<Room | 'foreign'> {
  // Locked: a running removal ends first, or sees the new membership.
  yield* one('SELECT id FROM workspaces WHERE id = $1 FOR KEY SHARE', channel.workspaceId);
  const own = 'SELECT role FROM workspace_members WHERE workspace_id = $1 AND user_id = $2';
  const isMember = (yield* one(own, channel.workspaceId, userId)) !== undefined;
  // A private channel without a member is out of reach.
  if (!isMember && (!isAdmin || channel.visibility === 'private')) return 'foreign';
  const members = isMember ? [{ userId, role: 'owner' } as const] : [];
  return yield* createRoom(channel, members, nowMs, userId);
}

function* listChannels(
  id: WorkspaceId,
  userId: UserId,
  limit: number,
  after?: RoomId,
): Operation<ListedRoom[]> {
  const sql = `${CHANNELS} AND r.id IN (${VISIBLE_CHANNELS}) ORDER BY r.id LIMIT $3`;
  return (yield* all<ListedRow>(sql, userId, id, limit, after ?? '')).map(toListed);
}

function* findChannel(roomId: RoomId, userId: UserId): Operation<ListedRoom | undefined> {
  const row = yield* one<ListedRow>(`${CHANNELS} AND r.id = $2`, userId, roomId);
  return row && toListed(row);
}

interface StrayRow {
  readonly room_id: RoomId;
  readonly user_id: UserId;
}

function* listStrayMemberships(limit: number): Operation<StrayMembership[]> {
  return (yield* all<StrayRow>(STRAY_MEMBERSHIPS, limit)).map(toStray);
}

function* listStrayMembershipsOf(
  userId: UserId,
  workspaceId: WorkspaceId,
  limit: number,
): Operation<StrayMembership[]> {
  return (yield* all<StrayRow>(STRAY_MEMBERSHIPS_OF, userId, workspaceId, limit)).map(toStray);
}

function toStray({ room_id: roomId, user_id: userId }: StrayRow): StrayMembership {
  return { roomId, userId };
}

export const WORKSPACES = {
  reads: {
    findWorkspace,
    listWorkspacesOf,
    listWorkspaceMembers,
    filterWorkspaceMembers,
    listChannels,
    findChannel,
    listStrayMemberships,
    listStrayMembershipsOf,
  },
  writes: { admitToWorkspace },
  transactions: {
    renameWorkspace,
    setWorkspacePicture,
    createWorkspace,
    changeWorkspaceMember,
    createChannel,
  },
} satisfies Feature;
