/** Invitations: operations of the invitation store. */

import type { RoomId, UserId, WorkspaceId } from '@parley/protocol';
import {
  CONVERSATION_MESSAGES_READ,
  type Invitation,
  type ListedInvitation,
  type Standing,
} from '../../model/invitation.ts';
import { LIST_START, type TimeCursor } from '../../model/page.ts';
import { toWorkspaceRole } from '../../model/stored-role.ts';
import type { ShownPrivacy, User } from '../../model/user.ts';
import {
  DEFAULT_WORKSPACE_ID,
  type MemberPage,
  type WorkspaceMember,
} from '../../model/workspace.ts';
import type { WorkspaceRole } from '../../model/workspace-policy.ts';
import { all, type Feature, type Operation, one, run } from './operation.ts';
import { toUser, toWritersCell, USER_COLUMNS, type UserRow } from './rows.ts';

interface InvitationRow {
  readonly invited_id: UserId;
  readonly target_id: string;
  readonly kind: 'workspace' | 'group';
  readonly invited_role: string;
  readonly inviter_id: UserId;
  readonly invited_at: number;
}

type ListedInvitationRow = InvitationRow & UserRow & { readonly target_name: string };

interface StandingRow {
  readonly has_blocked: number;
  readonly is_blocked: number;
  readonly asks_first: number;
  readonly is_known: number;
  readonly has_written: number;
  readonly shares_room: number;
  readonly has_left: number;
}

const INVITATION_COLUMNS = `i.user_id AS invited_id, i.target_id, i.kind,
  i.role AS invited_role, i.inviter_id, i.created_at AS invited_at`;

/** Hides an invitation from the invited user while one of the two has blocked the other. */
const WITHOUT_BLOCK = `NOT EXISTS (SELECT 1 FROM blocks b WHERE
  (b.user_id = i.user_id AND b.blocked_id = i.inviter_id) OR (b.user_id = i.inviter_id AND b.blocked_id = i.user_id))`;

/** Whether two users, each the name of a parameter or column, share a private room or a workspace. */
const shareMembership = (user: string, other: string) =>
  `(EXISTS (SELECT 1 FROM workspace_members a JOIN workspace_members o ON o.workspace_id = a.workspace_id
      WHERE a.user_id = ${user} AND o.user_id = ${other} AND a.workspace_id <> '${DEFAULT_WORKSPACE_ID}')
    OR EXISTS (SELECT 1 FROM memberships a JOIN rooms r ON r.id = a.room_id WHERE a.user_id = ${user} AND r.kind = 'group'
      AND EXISTS (SELECT 1 FROM memberships o WHERE o.room_id = a.room_id AND o.user_id = ${other})))`;

/** The authors of the latest messages of a direct room, whose key is `$3`. */
const LATEST_AUTHORS = `(SELECT m.user_id FROM messages m WHERE m.room_id =
    (SELECT id FROM rooms WHERE workspace_id = '${DEFAULT_WORKSPACE_ID}' AND name_key = $3)
  ORDER BY m.sequence_number DESC LIMIT ${CONVERSATION_MESSAGES_READ})`;

/** `$1` is the user, `$2` the other user, `$3` the key of their direct room and `$4` a room. */
const STANDING = `SELECT
  CASE WHEN EXISTS (SELECT 1 FROM blocks WHERE user_id = $1 AND blocked_id = $2) THEN 1 ELSE 0 END AS has_blocked,
  CASE WHEN EXISTS (SELECT 1 FROM blocks WHERE user_id = $2 AND blocked_id = $1) THEN 1 ELSE 0 END AS is_blocked,
  coalesce((SELECT asks_first FROM users WHERE id = $1), 0) AS asks_first,
  CASE WHEN ${shareMembership('$1', '$2')}
    OR (SELECT count(DISTINCT l.user_id) FROM ${LATEST_AUTHORS} l) = 2 THEN 1 ELSE 0 END AS is_known,
  CASE WHEN EXISTS (SELECT 1 FROM ${LATEST_AUTHORS} l WHERE l.user_id = $1) THEN 1 ELSE 0 END AS has_written,
  CASE WHEN (SELECT accepted_writers FROM users WHERE id = $1) = ${toWritersCell('shared-rooms')}
    AND EXISTS (SELECT 1 FROM memberships a JOIN rooms r ON r.id = a.room_id WHERE a.user_id = $1 AND r.kind <> 'direct'
      AND EXISTS (SELECT 1 FROM memberships o WHERE o.room_id = a.room_id AND o.user_id = $2)) THEN 1 ELSE 0 END AS shares_room,
  CASE WHEN EXISTS (SELECT 1 FROM departures WHERE room_id = $4 AND user_id = $1) THEN 1 ELSE 0 END AS has_left`;

/** `$1` are the rooms, `$2` the value of users who ask first besides those who have chosen it. */
const HIDDEN_IN_DIRECT_ROOMS = `SELECT m.room_id, m.user_id FROM memberships m
  JOIN rooms r ON r.id = m.room_id AND r.kind = 'direct'
  JOIN memberships other ON other.room_id = m.room_id AND other.user_id <> m.user_id
  JOIN users u ON u.id = m.user_id
  WHERE m.room_id = ANY($1::text[]) AND (u.asks_first = 1 OR u.asks_first = $2)
    AND NOT EXISTS (SELECT 1 FROM (SELECT w.user_id FROM messages w WHERE w.room_id = m.room_id
        ORDER BY w.sequence_number DESC LIMIT ${CONVERSATION_MESSAGES_READ}) l WHERE l.user_id = m.user_id)
    AND NOT ${shareMembership('m.user_id', 'other.user_id')}`;

/** Values of `users.asks_first`; 0 is the default, so it means that the user has not chosen. */
const ASKS = 1;
const ASKS_NOT = 2;

function toAsksCell(asksFirst: boolean): number {
  return asksFirst ? ASKS : ASKS_NOT;
}

function toAsksFirst(cell: number | undefined): boolean | undefined {
  return cell === ASKS ? true : cell === ASKS_NOT ? false : undefined;
}

interface InvitedRow extends UserRow {
  readonly target_id: RoomId;
}

function toStanding(row: StandingRow | undefined): Standing {
  return {
    hasBlocked: row?.has_blocked === 1,
    isBlocked: row?.is_blocked === 1,
    asksFirst: toAsksFirst(row?.asks_first),
    isKnown: row?.is_known === 1,
    hasWritten: row?.has_written === 1,
    sharesRoom: row?.shares_room === 1,
    hasLeft: row?.has_left === 1,
  };
}

function toInvitation(row: InvitationRow): Invitation {
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

function roleOf({ target }: Invitation): WorkspaceRole {
  return target.kind === 'workspace' ? target.role : 'member';
}

function* setAsksFirst(userId: UserId, asksFirst: boolean): Operation<void> {
  yield* run('UPDATE users SET asks_first = $1 WHERE id = $2', toAsksCell(asksFirst), userId);
}

function* setShown(
  userId: UserId,
  { hidesLastSeen, acceptedWriters }: ShownPrivacy,
): Operation<void> {
  yield* run(
    `UPDATE users SET hides_last_seen = coalesce($1::bigint, hides_last_seen),
       accepted_writers = coalesce($2::bigint, accepted_writers) WHERE id = $3`,
    hidesLastSeen === undefined ? null : Number(hidesLastSeen),
    acceptedWriters === undefined ? null : toWritersCell(acceptedWriters),
    userId,
  );
}

function* findAsksFirst(userId: UserId): Operation<boolean | undefined> {
  const sql = 'SELECT asks_first FROM users WHERE id = $1';
  return toAsksFirst((yield* one<{ asks_first: number }>(sql, userId))?.asks_first);
}

function* findStanding(
  userId: UserId,
  otherId: UserId,
  directKey: string,
  roomId?: RoomId,
): Operation<Standing> {
  return toStanding(yield* one<StandingRow>(STANDING, userId, otherId, directKey, roomId ?? ''));
}

function* listHiddenInDirectRooms(
  roomIds: readonly RoomId[],
  asksByDefault: boolean,
): Operation<ReadonlyMap<RoomId, ReadonlySet<UserId>>> {
  const rows = yield* all<{ readonly room_id: RoomId; readonly user_id: UserId }>(
    HIDDEN_IN_DIRECT_ROOMS,
    roomIds,
    asksByDefault ? 0 : ASKS,
  );
  const byRoom = Map.groupBy(rows, (row) => row.room_id);
  return new Map(
    [...byRoom].map(([roomId, hidden]) => [roomId, new Set(hidden.map((row) => row.user_id))]),
  );
}

function* listInvited(
  groupIds: readonly RoomId[],
): Operation<ReadonlyMap<RoomId, readonly User[]>> {
  const rows = yield* all<InvitedRow>(
    `SELECT i.target_id, ${USER_COLUMNS} FROM invitations i JOIN users u ON u.id = i.user_id
     WHERE i.target_id = ANY($1::text[]) ORDER BY i.user_id`,
    groupIds,
  );
  const byRoom = Map.groupBy(rows, (row) => row.target_id);
  return new Map([...byRoom].map(([roomId, invited]) => [roomId, invited.map(toUser)]));
}

function* listUnwantedMembers(
  id: WorkspaceId,
  { after, limit, asksByDefault }: MemberPage & { readonly asksByDefault: boolean },
): Operation<WorkspaceMember[]> {
  const rows = yield* all<UserRow & { readonly invited_role: string }>(
    `SELECT ${USER_COLUMNS}, i.role AS invited_role FROM invitations i JOIN users u ON u.id = i.user_id
     WHERE i.target_id = $1 AND i.user_id > $2 AND i.kind = 'workspace' AND i.role <> 'owner'
       AND (u.asks_first = ${ASKS_NOT} OR u.asks_first = $3)
       AND EXISTS (SELECT 1 FROM blocks b WHERE b.user_id = i.user_id AND b.blocked_id = i.inviter_id)
     ORDER BY i.user_id LIMIT $4`,
    id,
    after ?? '',
    asksByDefault ? ASKS_NOT : 0,
    limit,
  );
  return rows.map((row) => ({ user: toUser(row), role: toWorkspaceRole(row.invited_role) }));
}

export function* insertInvitation(invitation: Invitation): Operation<void> {
  const { userId, target, inviterId, createdAtMs } = invitation;
  yield* run(
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

function* insertInvitations(invitations: readonly Invitation[]): Operation<void> {
  for (const invitation of invitations) yield* insertInvitation(invitation);
}

function* listInvitations(
  userId: UserId,
  limit: number,
  after: TimeCursor = LIST_START,
): Operation<ListedInvitation[]> {
  const rows = yield* all<ListedInvitationRow>(
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
  return rows.map((row) => ({
    invitation: toInvitation(row),
    name: row.target_name,
    inviter: toUser(row),
  }));
}

function* findInvitation(userId: UserId, targetId: string): Operation<Invitation | undefined> {
  const row = yield* one<InvitationRow>(
    `SELECT ${INVITATION_COLUMNS} FROM invitations i
     WHERE i.user_id = $1 AND i.target_id = $2 AND ${WITHOUT_BLOCK}`,
    userId,
    targetId,
  );
  return row && toInvitation(row);
}

function* removeInvitation(userId: UserId, targetId: string): Operation<Invitation | undefined> {
  const invitation = yield* findInvitation(userId, targetId);
  if (invitation === undefined) return undefined;
  // One of two concurrent calls deletes it.
  return (yield* deleteInvitation(userId, targetId)) ? invitation : undefined;
}

/** Returns whether the invitation existed. */
export function* deleteInvitation(userId: UserId, targetId: string): Operation<boolean> {
  const sql = 'DELETE FROM invitations WHERE user_id = $1 AND target_id = $2';
  return (yield* run(sql, userId, targetId)) === 1;
}

function* removeInvitationsFrom(userId: UserId, inviterId: UserId): Operation<number> {
  const sql = 'DELETE FROM invitations WHERE user_id = $1 AND inviter_id = $2';
  return yield* run(sql, userId, inviterId);
}

export const INVITATIONS = {
  reads: {
    findAsksFirst,
    findStanding,
    listHiddenInDirectRooms,
    listInvited,
    listUnwantedMembers,
    listInvitations,
    findInvitation,
  },
  writes: { setAsksFirst, setShown, withdrawInvitation: deleteInvitation, removeInvitationsFrom },
  transactions: { insertInvitations, removeInvitation },
} satisfies Feature;
