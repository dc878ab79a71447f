/** Rooms and memberships: operations of the room store; read positions are in `unread.ts`. */
import { randomBytes } from 'node:crypto';
import type { RoomId, UserId, WorkspaceId } from '@parley/protocol';
import { type By, OPERATOR, SERVER } from '../../model/audit.ts';
import type { AdministeredRoom, ListedRoom, RoomsPage } from '../../model/listed-room.ts';
import {
  MEMBERSHIP_CHANGES_MAX,
  type MembershipChange,
  type MembershipChangesQuery,
} from '../../model/membership-change.ts';
import { LIST_START, type TimeCursor } from '../../model/page.ts';
import type { ReadPosition } from '../../model/read-receipt.ts';
import {
  isInForce,
  type Mute,
  type MuteCells,
  type Restriction,
  toMuteIfAny,
  type UserMute,
} from '../../model/restriction.ts';
import { permits } from '../../model/role-table.ts';
import type { Room, RoomChange, RoomReference, RoomRole } from '../../model/room.ts';
import type {
  FoundRoom,
  MembershipEntry,
  MembersPage,
  MembersRequest,
  OwnRoom,
  RestrictedUser,
  RestrictionKind,
  RoomMember,
  UnusedRooms,
} from '../../model/room-member.ts';
import {
  mayChangeRoom,
  mayDeleteRoom,
  mayGiveRoles,
  mayModerate,
  mayRemove,
  type RoleHolder,
  withoutMutedRole,
} from '../../model/room-policy.ts';
import {
  decideSanction,
  type MadeSanction,
  type SanctionOutcome,
  type SanctionRank,
  type SanctionRefusal,
  sanctionRankOf,
  toSanctionRank,
} from '../../model/sanctions.ts';
import { ROLES, toRole, toRoomRoleIfAny, toWorkspaceRoleIfAny } from '../../model/stored-role.ts';
import { isDisabled } from '../../model/user.ts';
import { DEFAULT_WORKSPACE_ID } from '../../model/workspace.ts';
import type { AddedMember, GivenRole } from '../../ports/room-store.ts';
import { audited } from './audit-chain.ts';
import { isBarredFrom, unbarOrigins } from './barred-origins.ts';
import { placePicture, releasePicture } from './files.ts';
import { all, type Feature, type Operation, one, run } from './operation.ts';
import {
  CHANGE_COLUMNS,
  CHECKED_ROOMS,
  type CheckedRoomRow,
  HEAD_COLUMNS,
  type HeadRow,
  isDisabledRow,
  type MemberRow,
  type MembershipChangeRow,
  ROOM_COLUMNS,
  type RoomRow,
  toHead,
  toMembershipChange,
  toRoom,
  toRoomMember,
  toUnusedRooms,
  USER_COLUMNS,
} from './rows.ts';
import { toMembership, UNREAD_COLUMNS, type UnreadRow } from './unread.ts';

export type ListedRow = RoomRow &
  HeadRow & { [Column in keyof UnreadRow]: UnreadRow[Column] | null } & {
    readonly workspace_role: string | null;
    readonly member_total: number;
  };

/**
 * Members as others see them: both users of a direct room, whom a block does not show missing, and
 * those who are invited.
 */
const MEMBER_TOTAL = `CASE r.kind WHEN 'direct' THEN 2 ELSE
  coalesce((SELECT c.count FROM member_counts c WHERE c.room_id = r.id), 0) END
  + CASE WHEN r.kind <> 'direct' THEN (SELECT count(*) FROM invitations i WHERE i.target_id = r.id) ELSE 0 END AS member_total`;
export const LISTED = `SELECT ${ROOM_COLUMNS}, ${HEAD_COLUMNS}, ${UNREAD_COLUMNS}, w.role AS workspace_role, ${MEMBER_TOTAL}`;
/** A read position exists exactly as long as its membership. */
export const OWN_MEMBERSHIP = `LEFT JOIN memberships m ON m.room_id = r.id AND m.user_id = $1
  LEFT JOIN read_receipts p ON p.room_id = m.room_id AND p.user_id = m.user_id
  LEFT JOIN workspace_members w ON w.workspace_id = r.workspace_id AND w.user_id = $1`;
/** The user is known to have another role: guests see their own rooms only. */
const NO_GUEST = `EXISTS (SELECT 1 FROM users u WHERE u.id = $1 AND u.role IN (${ROLES.filter(
  (role) => permits('join-rooms', { role }),
)
  .map((role) => `'${role}'`)
  .join()}))`;
/**
 * The rooms that a user may see, each kind from its own index: rooms of others are not read, and
 * archived rooms only of members. The public channels of the user's workspaces are sorted together.
 */
const VISIBLE = `SELECT id FROM (SELECT id FROM rooms WHERE visibility = 'public' AND kind = 'room' AND archived_at IS NULL AND id > $2
    AND ${NO_GUEST} ORDER BY id LIMIT $3) a
  UNION SELECT room_id FROM (SELECT room_id FROM memberships WHERE user_id = $1 AND room_id > $2 ORDER BY room_id LIMIT $3) b
  UNION SELECT id FROM (SELECT r.id FROM workspace_members w CROSS JOIN rooms r
    WHERE r.workspace_id = w.workspace_id AND w.user_id = $1 AND r.kind = 'channel' AND r.visibility = 'public' AND r.archived_at IS NULL AND r.id > $2
      AND ${NO_GUEST} ORDER BY r.id LIMIT $3) c
  ORDER BY 1 LIMIT $3`;
/** Rooms of a user, latest activity first: only ids are sorted. */
const LATEST = `SELECT r.id, r.kind, m.muted_until FROM memberships m JOIN rooms r ON r.id = m.room_id
  WHERE m.user_id = $1 AND r.deleted_at IS NULL AND (r.last_event_at < $3 OR (r.last_event_at = $3 AND r.id > $4))
  ORDER BY r.last_event_at DESC, r.id LIMIT $2`;
const LATEST_CONVERSATIONS = LATEST.replace('ORDER', "AND r.kind IN ('direct', 'group') ORDER");

function* findRoom(reference: RoomReference, userId: UserId): Operation<FoundRoom | undefined> {
  type Row = RoomRow &
    MuteCells & {
      readonly room_role: string | null;
      readonly banned: string | null;
      readonly banned_until: number | null;
      readonly ban_reason: string | null;
      readonly workspace_role: string | null;
      readonly user_role: string | null;
    };
  const found = `SELECT ${ROOM_COLUMNS}, m.role AS room_role, m.muted_until, m.mute_reason,
      b.user_id AS banned, b.until AS banned_until, b.reason AS ban_reason, w.role AS workspace_role,
      (SELECT u.role FROM users u WHERE u.id = $1) AS user_role
    FROM rooms r
    LEFT JOIN memberships m ON m.room_id = r.id AND m.user_id = $1
    LEFT JOIN bans b ON b.room_id = r.id AND b.user_id = $1
    LEFT JOIN workspace_members w ON w.workspace_id = r.workspace_id AND w.user_id = $1`;
  const row =
    reference.kind === 'id'
      ? yield* one<Row>(`${found} WHERE r.id = $2 AND r.deleted_at IS NULL`, userId, reference.id)
      : yield* one<Row>(
          `${found} WHERE r.workspace_id = $2 AND r.name_key = $3`,
          userId,
          reference.workspaceId,
          reference.nameKey,
        );
  const mute = row && toMuteIfAny(row);
  return (
    row && {
      room: toRoom(row),
      role: toRoomRoleIfAny(row.room_role),
      ...(row.banned === null
        ? {}
        : { ban: { untilMs: row.banned_until ?? undefined, reason: row.ban_reason ?? '' } }),
      ...(mute === undefined ? {} : { mute }),
      workspaceRole: toWorkspaceRoleIfAny(row.workspace_role),
      ...(row.user_role !== null && isGuest(row.user_role) ? { isGuest: true } : {}),
    }
  );
}

function isGuest(stored: string): boolean {
  return !permits('join-rooms', { role: toRole(stored) });
}

/** @param createdBy The first member by default. */
export function* createRoom(
  room: Room,
  members: readonly { readonly userId: UserId; readonly role: RoomRole }[],
  nowMs: number,
  createdBy: UserId | undefined = members[0]?.userId,
): Operation<Room> {
  const created = yield* run(
    `INSERT INTO rooms (id, workspace_id, kind, name, name_key, visibility, created_at, created_by, log_id, last_event_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $7) ON CONFLICT DO NOTHING`,
    room.id,
    room.workspaceId,
    room.kind,
    room.name,
    room.nameKey,
    room.visibility,
    room.createdAtMs,
    createdBy ?? null,
    randomBytes(6).toString('hex'),
  );
  if (created === 1) {
    for (const member of members) yield* insertMembership({ roomId: room.id, ...member, nowMs });
    return room;
  }
  const row = yield* one<RoomRow>(
    `SELECT ${ROOM_COLUMNS} FROM rooms r WHERE r.workspace_id = $1 AND r.name_key = $2`,
    room.workspaceId,
    room.nameKey,
  );
  if (row === undefined) throw new Error('The room with this name does not exist');
  return toRoom(row);
}

function* insertMembership(membership: {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly role: RoomRole;
  readonly nowMs: number;
  readonly readUpTo?: ReadPosition | undefined;
}): Operation<boolean> {
  const { roomId, userId, role, nowMs, readUpTo } = membership;
  const inserted = yield* run(
    `INSERT INTO memberships (room_id, user_id, role, created_at, muted_until, mute_reason)
     VALUES ($1, $2, $3, $4, (SELECT until FROM mutes WHERE room_id = $1 AND user_id = $2),
       (SELECT reason FROM mutes WHERE room_id = $1 AND user_id = $2))
     ON CONFLICT (room_id, user_id) DO NOTHING`,
    roomId,
    userId,
    role,
    nowMs,
  );
  if (inserted === 0) return false;
  yield* run(
    `INSERT INTO read_receipts (user_id, room_id, last_read_at, last_read_sequence, last_read_ordinal)
     SELECT $1, id, $2, coalesce($4::bigint, head_sequence), coalesce($5::bigint, head_ordinal) FROM rooms WHERE id = $3`,
    ...[userId, nowMs, roomId, readUpTo?.sequence ?? null, readUpTo?.ordinal ?? null],
  );
  return true;
}

/** @param givenSequence Of the latest event, in the middle of a batch; default the head of the room. */
export function* addMember(
  roomId: RoomId,
  userId: UserId,
  nowMs: number,
  givenActorId?: UserId,
  readUpTo?: ReadPosition,
  givenSequence?: number,
): Operation<AddedMember | 'banned' | 'foreign' | 'archived' | 'no-room'> {
  // Waits for a running commit: the new member starts after it.
  const room = yield* one<
    Pick<RoomRow, 'kind' | 'visibility' | 'workspace_id' | 'archived_at'> & {
      readonly head_sequence: number;
    }
  >(
    `SELECT kind, visibility, workspace_id, archived_at, head_sequence FROM rooms
     WHERE id = $1 AND deleted_at IS NULL FOR SHARE`,
    roomId,
  );
  if (room === undefined) return 'no-room';
  const isOpen = room.visibility === 'public' || room.kind === 'direct' || room.kind === 'group';
  const own = 'SELECT role FROM memberships WHERE room_id = $1 AND user_id = $2';
  if (!isOpen && givenActorId === undefined && (yield* one(own, roomId, userId)) === undefined) {
    return 'no-room';
  }
  const actorId = givenActorId ?? userId;
  const ban =
    'SELECT 1 AS banned FROM bans WHERE room_id = $1 AND user_id = $2 AND (until IS NULL OR until > $3)';
  if ((yield* one(ban, roomId, userId, nowMs)) !== undefined) return 'banned';
  // Moderators may let the user in.
  const isOwnAct = givenActorId === undefined;
  if (isOwnAct && (yield* isBarredFrom(roomId, userId, nowMs))) return 'banned';
  if (room.kind === 'channel') {
    // Locked: a running removal ends first, or sees the new membership.
    const place =
      'SELECT role FROM workspace_members WHERE workspace_id = $1 AND user_id = $2 FOR SHARE';
    if ((yield* one(place, room.workspace_id, userId)) === undefined) return 'foreign';
  }
  if (room.archived_at !== null && (yield* one(own, roomId, userId)) === undefined) {
    return 'archived';
  }
  const isNew = yield* insertMembership({ roomId, userId, role: 'member', nowMs, readUpTo });
  if (!isNew || room.kind === 'direct') return { kind: 'member', notedAfter: undefined };
  const { head_sequence: head } = room;
  const afterSequence = givenSequence ?? head;
  yield* noteChange({ roomId, userId, actorId, kind: 'joined', afterSequence, atMs: nowMs });
  const muted = 'SELECT until FROM mutes WHERE room_id = $1 AND user_id = $2';
  const mute = yield* one<{ until: number }>(muted, roomId, userId);
  const member = { kind: 'member', notedAfter: afterSequence } as const;
  return mute === undefined ? member : { ...member, mutedUntilMs: mute.until };
}

function* storeRole(
  roomId: RoomId,
  userId: UserId,
  role: RoomRole,
  { actor, atMs }: By,
): Operation<GivenRole> {
  // Waits for other changes of roles, and a running commit: the roles below stay.
  const locked = yield* one<{ readonly head_sequence: number }>(
    'SELECT head_sequence FROM rooms WHERE id = $1 AND deleted_at IS NULL FOR UPDATE',
    roomId,
  );
  if (locked === undefined) return { kind: 'absent' };
  if (!(yield* mayAct(roomId, { actor, atMs }, mayGiveRoles))) return { kind: 'forbidden' };
  const member = `SELECT ${USER_COLUMNS}, u.last_seen_at, m.role AS room_role
    FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.room_id = $1 AND`;
  const found = yield* one<MemberRow>(`${member} m.user_id = $2`, roomId, userId);
  if (found === undefined) return { kind: 'absent' };
  const { user, role: before } = toRoomMember(found);
  if (before === role) return { kind: 'unchanged' };
  if (before === 'owner') return { kind: 'only-owner' };
  if (role !== 'member' && isDisabled(user, atMs)) return { kind: 'disabled' };
  const former =
    role === 'owner' ? yield* all<MemberRow>(`${member} m.role = 'owner'`, roomId) : [];
  const members = [
    ...former.map((row) => ({ user: toRoomMember(row).user, role: 'moderator' as const })),
    { user, role },
  ];
  const { head_sequence: afterSequence } = locked;
  const about = { roomId, actorId: actor as UserId, afterSequence, atMs };
  for (const each of members) {
    const change = 'UPDATE memberships SET role = $3 WHERE room_id = $1 AND user_id = $2';
    yield* run(change, roomId, each.user.id, each.role);
    yield* noteChange({ ...about, userId: each.user.id, kind: each.role });
  }
  return { kind: 'given', members, notedAfter: afterSequence };
}

/** Decides by the roles as they are in this transaction. */
function* mayAct(
  roomId: RoomId,
  { actor, atMs }: Pick<By, 'actor' | 'atMs'>,
  may: typeof mayGiveRoles,
): Operation<boolean> {
  if (actor === OPERATOR) return true;
  const actorId = actor as UserId; // The server gives no roles, and deletes no rooms.
  const user = yield* one<{ role: string }>('SELECT role FROM users WHERE id = $1', actorId);
  const found = yield* findRoom({ kind: 'id', id: roomId }, actorId);
  if (user === undefined || found === undefined) return false;
  const { room, workspaceRole, role: roomRole, mute } = found;
  const holder = { role: toRole(user.role), roomRole, workspaceRole, mute };
  return may(withoutMutedRole(holder, atMs), room.kind);
}

const giveRole = audited(
  storeRole,
  (given, roomId: RoomId, target: UserId, role: RoomRole, by: By) =>
    given.kind === 'given'
      ? { ...by, action: 'member.role', target, detail: `${roomId} ${role}` }
      : undefined,
);

/** Notes a change of a membership for the timeline. */
export function* noteChange(
  change: Omit<MembershipChange, 'username' | 'createdAtMs'> & { readonly atMs: number },
): Operation<void> {
  yield* run(
    `INSERT INTO membership_changes (room_id, after_sequence, user_id, kind, actor_id, created_at)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (room_id, after_sequence, created_at, user_id, kind) DO NOTHING`,
    change.roomId,
    change.afterSequence,
    change.userId,
    change.kind,
    change.actorId,
    change.atMs,
  );
}

function* listMembershipChanges(query: MembershipChangesQuery): Operation<MembershipChange[]> {
  const { roomId, from, to = Number.MAX_SAFE_INTEGER } = query;
  const rows = yield* all<MembershipChangeRow>(
    `SELECT ${CHANGE_COLUMNS} FROM membership_changes c JOIN users u ON u.id = c.user_id
     WHERE c.room_id = $1 AND c.after_sequence >= $2 AND c.after_sequence <= $3
     ORDER BY c.after_sequence DESC, c.created_at DESC, c.user_id DESC, c.kind DESC LIMIT $4`,
    roomId,
    from,
    to,
    MEMBERSHIP_CHANGES_MAX,
  );
  return rows.map(toMembershipChange).reverse();
}

interface PictureRow {
  readonly picture_file_id: string | null;
}

const PICTURE = 'SELECT picture_file_id FROM rooms WHERE id = $1';

function* storeRoomChange(
  roomId: RoomId,
  change: RoomChange,
  by: By | undefined,
): Operation<'changed' | 'taken' | 'absent' | 'forbidden'> {
  const {
    name,
    visibility,
    topic,
    description,
    posting,
    inviting,
    pinning,
    mentioningAll,
    slowModeSeconds,
    isDefault,
    archivedAtMs,
    picture,
  } = change;
  // Locked: a new room of the workspace waits, and finds the name taken.
  const room =
    name &&
    (yield* one<{ workspace_id: WorkspaceId }>(
      `SELECT s.id AS workspace_id FROM rooms r JOIN workspaces s ON s.id = r.workspace_id
       WHERE r.id = $1 FOR UPDATE OF s`,
      roomId,
    ));
  // Waits for changes of roles: the roles below stay.
  const locked = yield* one<PictureRow>(`${PICTURE} FOR UPDATE`, roomId);
  if (locked === undefined || (name !== undefined && room === undefined)) return 'absent';
  const may: typeof mayGiveRoles = (manager, kind) => mayChangeRoom(manager, kind, change);
  if (by !== undefined && !(yield* mayAct(roomId, by, may))) return 'forbidden';
  if (name !== undefined && room !== undefined) {
    const other = 'SELECT id FROM rooms WHERE workspace_id = $1 AND name_key = $2 AND id <> $3';
    if ((yield* one(other, room.workspace_id, name.key, roomId)) !== undefined) return 'taken';
    const rename = 'UPDATE rooms SET name = $1, name_key = $2 WHERE id = $3';
    yield* run(rename, name.shown, name.key, roomId);
  }
  if (picture !== undefined && by !== undefined) {
    const former = locked.picture_file_id ?? undefined;
    yield* placePicture(by.actor as UserId, { former, next: picture.fileId, roomId });
    const sql = 'UPDATE rooms SET picture_file_id = $1 WHERE id = $2';
    yield* run(sql, picture.fileId ?? null, roomId);
  }
  if (archivedAtMs !== undefined) {
    yield* run('UPDATE rooms SET archived_at = $1 WHERE id = $2', archivedAtMs, roomId);
  }
  const changed = yield* run(
    `UPDATE rooms SET topic = coalesce($2, topic), description = coalesce($3, description),
       posting = coalesce($4, posting), is_default = coalesce($5, is_default),
       visibility = coalesce($6, visibility),
       slow_mode_seconds = coalesce($7, slow_mode_seconds), inviting = coalesce($8, inviting),
       pinning = coalesce($9, pinning), mentioning_all = coalesce($10, mentioning_all),
       has_settings = 1 WHERE id = $1`,
    roomId,
    topic ?? null,
    description ?? null,
    posting ?? null,
    isDefault === undefined ? null : Number(isDefault),
    visibility ?? null,
    slowModeSeconds ?? null,
    inviting ?? null,
    pinning ?? null,
    mentioningAll ?? null,
  );
  return changed === 1 ? 'changed' : 'absent';
}

const changeRoom = audited(
  storeRoomChange,
  (outcome, roomId: RoomId, change: RoomChange, by: By | undefined) => {
    const { archivedAtMs, ...settings } = change;
    const detail = Object.keys(settings)
      .map((each) => (each === 'visibility' ? `visibility:${change.visibility}` : each))
      .join(' ');
    if (by === undefined || outcome !== 'changed') return undefined;
    if (archivedAtMs === undefined && detail === '') return undefined;
    const action =
      archivedAtMs === undefined ? 'update' : archivedAtMs === null ? 'unarchive' : 'archive';
    return { ...by, action: `room.${action}`, target: roomId, detail };
  },
);

interface SanctionRow {
  readonly until: number | null;
  readonly made_as: string | null;
}

const BAN = 'SELECT until, made_as FROM bans WHERE room_id = $1 AND user_id = $2';
const MUTE = BAN.replace('bans', 'mutes');

function toSanction(row: SanctionRow | undefined): MadeSanction | undefined {
  return row && { untilMs: row.until ?? undefined, madeAs: toSanctionRank(row.made_as) };
}

interface SanctionRequest {
  readonly roomId: RoomId;
  readonly userId: UserId;
  /** Undefined lifts the one in force. */
  readonly wanted: Pick<Restriction, 'untilMs'> | undefined;
  readonly onlyProlongs?: boolean | undefined;
}

/** Decides by the roles as they are in this transaction, which no other one changes until its end. */
function* decideRoomSanction(
  { roomId, userId, wanted, onlyProlongs }: SanctionRequest,
  stored: string,
  { actor, atMs }: By,
): Operation<{ readonly madeAs: SanctionRank } | SanctionRefusal | 'absent' | 'forbidden'> {
  const lock = 'SELECT kind FROM rooms WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE';
  const room = yield* one<Pick<RoomRow, 'kind'>>(lock, roomId);
  if (room === undefined) return 'absent';
  const isUser = actor !== OPERATOR && actor !== SERVER;
  const holder = isUser ? yield* holderIn(roomId, actor, atMs) : undefined;
  const present = toSanction(yield* one<SanctionRow>(stored, roomId, userId));
  if (actor === userId) {
    const isThere = present !== undefined && isInForce({ ...present, reason: '' }, atMs);
    return isThere ? 'own-sanction' : wanted === undefined ? 'absent' : 'forbidden';
  }
  const rank = sanctionRankOf({ actor, ...holder });
  if (rank === undefined) return 'forbidden';
  if (holder !== undefined) {
    const subject = wanted && (yield* holderIn(roomId, userId));
    const isAllowed =
      wanted === undefined
        ? mayModerate(holder, room.kind)
        : subject !== undefined && mayRemove(holder, subject, room.kind);
    if (!isAllowed) return 'forbidden';
  }
  if (present === undefined && wanted === undefined) return 'absent';
  return decideSanction({ rank, isOwn: false, atMs, wanted, onlyProlongs }, present);
}

/**
 * The roles of a user; undefined if there is no such user.
 *
 * @param atMs The rights at this time: none of a disabled user, and those of a member of a muted one. Default: the roles.
 */
function* holderIn(
  roomId: RoomId,
  userId: UserId,
  atMs?: number,
): Operation<RoleHolder | undefined> {
  type Row = MuteCells & {
    readonly role: string;
    readonly room_role: string | null;
    readonly is_enabled: number;
  };
  const row = yield* one<Row>(
    `SELECT u.role, m.role AS room_role, m.muted_until, m.mute_reason,
       CASE WHEN ${isDisabledRow('u', '$3')} THEN 0 ELSE 1 END AS is_enabled
     FROM users u LEFT JOIN memberships m ON m.room_id = $1 AND m.user_id = u.id WHERE u.id = $2`,
    ...[roomId, userId, atMs ?? 0],
  );
  if (row === undefined) return undefined;
  const roomRole = toRoomRoleIfAny(row.room_role) ?? 'member';
  const holder = { role: toRole(row.role), roomRole };
  if (atMs === undefined) return holder;
  return row.is_enabled === 1
    ? withoutMutedRole({ ...holder, mute: toMuteIfAny(row) }, atMs)
    : undefined;
}

function* deleteBan(roomId: RoomId, userId: UserId, by: By): Operation<SanctionOutcome> {
  const decided = yield* decideRoomSanction({ roomId, userId, wanted: undefined }, BAN, by);
  if (typeof decided === 'string') return decided;
  yield* unbarOrigins(roomId, userId);
  yield* run('DELETE FROM bans WHERE room_id = $1 AND user_id = $2', roomId, userId);
  return 'done';
}

const liftBan = audited(deleteBan, (outcome, detail: RoomId, target: UserId, by: By) =>
  outcome === 'done' ? { ...by, action: 'ban.lift', target, detail } : undefined,
);

function* storeMute(
  roomId: RoomId,
  userId: UserId,
  mute: Mute | undefined,
  by: By,
  onlyProlongs?: 'only-prolongs',
): Operation<SanctionOutcome> {
  const request = { roomId, userId, wanted: mute, onlyProlongs: onlyProlongs !== undefined };
  const decided = yield* decideRoomSanction(request, MUTE, by);
  if (typeof decided === 'string') return decided;
  yield* run('DELETE FROM mutes WHERE room_id = $1 AND user_id = $2', roomId, userId);
  const cells = [mute?.untilMs ?? null, mute?.reason ?? null];
  const sql =
    'UPDATE memberships SET muted_until = $3, mute_reason = $4 WHERE room_id = $1 AND user_id = $2';
  yield* run(sql, roomId, userId, ...cells);
  if (mute === undefined) return 'done';
  yield* run(
    'INSERT INTO mutes (room_id, user_id, until, reason, created_by, created_at, made_as) VALUES ($1, $2, $3, $4, $5, $6, $7)',
    ...[roomId, userId, mute.untilMs, mute.reason, by.actor, by.atMs, decided.madeAs],
  );
  return 'done';
}

export const setMute = audited(
  storeMute,
  (
    outcome,
    detail: RoomId,
    target: UserId,
    mute: Mute | undefined,
    by: By,
    _onlyProlongs?: 'only-prolongs',
  ) => {
    const action = mute === undefined ? 'mute.lift' : 'mute.create';
    return outcome === 'done' ? { ...by, action, target, detail } : undefined;
  },
);

function* listRestricted(
  kind: RestrictionKind,
  roomId: RoomId,
  page: { readonly after: UserId | undefined; readonly limit: number; readonly nowMs: number },
): Operation<RestrictedUser[]> {
  const table = kind === 'ban' ? 'bans' : 'mutes';
  const rows = yield* all<{
    id: UserId;
    username: string;
    display_name: string;
    until: number | null;
    reason: string;
    created_by: UserId;
    created_at: number;
  }>(
    `SELECT u.id, u.username, u.display_name, x.until, x.reason, x.created_by, x.created_at
     FROM ${table} x JOIN users u ON u.id = x.user_id
     WHERE x.room_id = $1 AND x.user_id > $2 AND (x.until IS NULL OR x.until > $3)
     ORDER BY x.user_id LIMIT $4`,
    ...[roomId, page.after ?? '', page.nowMs, page.limit],
  );
  return rows.map((row) => ({
    user: { id: row.id, username: row.username, displayName: row.display_name },
    untilMs: row.until ?? undefined,
    reason: row.reason,
    createdBy: row.created_by,
    createdAtMs: row.created_at,
  }));
}

function* listMentioning(
  roomId: RoomId,
  userId: UserId,
  sequences: readonly number[],
): Operation<ReadonlySet<number>> {
  const rows = yield* all<{ sequence: number }>(
    `SELECT m.sequence FROM unnest($3::bigint[]) AS n (sequence) CROSS JOIN mentions m
     WHERE m.room_id = $1 AND m.user_id = $2 AND m.sequence = n.sequence`,
    ...[roomId, userId, sequences],
  );
  return new Set(rows.map(({ sequence }) => sequence));
}

function* listMembers(
  roomId: RoomId,
  { after, limit }: { readonly after: UserId | undefined; readonly limit: number },
): Operation<RoomMember[]> {
  const rows = yield* all<MemberRow>(
    `SELECT ${USER_COLUMNS}, u.last_seen_at, m.role AS room_role FROM memberships m JOIN users u ON u.id = m.user_id
     WHERE m.room_id = $1 AND m.user_id > $2 ORDER BY m.user_id LIMIT $3`,
    roomId,
    after ?? '',
    limit,
  );
  return rows.map(toRoomMember);
}

function* listMembersByName(
  roomId: RoomId,
  { after, limit, sortedMax, searchedMax, nowMs }: MembersRequest,
): Operation<MembersPage> {
  const key = after.toLowerCase();
  const counted = 'SELECT count FROM member_counts WHERE room_id = $1';
  const total = (yield* one<{ count: number }>(counted, roomId))?.count ?? 0;
  const isSmall = total <= sortedMax;
  const found = isSmall
    ? `SELECT u.id, m.role FROM (SELECT user_id, role FROM memberships WHERE room_id = $1
         AND NOT EXISTS (SELECT 1 FROM users d WHERE d.id = user_id AND ${isDisabledRow('d', '$5')}) LIMIT $4) m
       CROSS JOIN users u WHERE u.id = m.user_id AND u.username_key > $2`
    : `SELECT u.id, m.role FROM (SELECT id, username_key, disabled_at, disabled_until FROM users WHERE username_key > $2 ORDER BY username_key LIMIT $4) u
       CROSS JOIN memberships m WHERE m.room_id = $1 AND m.user_id = u.id`;
  const rows = yield* all<MemberRow>(
    `SELECT ${USER_COLUMNS}, u.last_seen_at, f.role AS room_role
     FROM (${found} AND NOT ${isDisabledRow('u', '$5')} ORDER BY u.username_key LIMIT $3) f
     JOIN users u ON u.id = f.id ORDER BY u.username_key`,
    ...[roomId, key, limit + 1, isSmall ? sortedMax : searchedMax, nowMs],
  );
  const members = rows.slice(0, limit).map(toRoomMember);
  if (rows.length > limit) return { members, next: members.at(-1)?.user.username };
  if (isSmall) return { members, next: undefined };
  const last = yield* one<{ username_key: string }>(
    'SELECT username_key FROM users WHERE username_key > $1 ORDER BY username_key LIMIT 1 OFFSET $2',
    ...[key, searchedMax - 1],
  );
  return { members, next: last?.username_key };
}

function* countMembers(roomIds: readonly RoomId[]): Operation<ReadonlyMap<RoomId, number>> {
  const rows = yield* all<{ id: RoomId; member_total: number }>(
    `SELECT r.id, ${MEMBER_TOTAL} FROM rooms r WHERE r.id = ANY($1::text[])`,
    roomIds,
  );
  return new Map(rows.map((row) => [row.id, row.member_total]));
}

function* listMembersOf(
  roomIds: readonly RoomId[],
  limit: number,
): Operation<ReadonlyMap<RoomId, RoomMember[]>> {
  const rows = yield* all<MemberRow & { readonly room_id: RoomId }>(
    { own: 'membersOfRooms' },
    roomIds,
    limit,
  );
  const byRoom = Map.groupBy(rows, (row) => row.room_id);
  return new Map([...byRoom].map(([roomId, members]) => [roomId, members.map(toRoomMember)]));
}

function* listOwnRooms(
  userId: UserId,
  { after, limit }: { readonly after: RoomId | undefined; readonly limit: number },
): Operation<OwnRoom[]> {
  type Row = {
    readonly id: RoomId;
    readonly kind: Room['kind'];
    readonly deleted_at: number | null;
    readonly room_role: string | null;
    readonly notification_level: OwnRoom['level'] | null;
    readonly created_at: number | null;
    readonly last_read_sequence: number | null;
    readonly last_read_at: number | null;
  };
  const rows = yield* all<Row>(
    `SELECT r.id, r.kind, r.deleted_at, m.role AS room_role, m.notification_level, m.created_at, p.last_read_sequence, p.last_read_at
     FROM (SELECT room_id FROM (SELECT room_id FROM memberships WHERE user_id = $1 AND room_id > $2 ORDER BY room_id LIMIT $3) a
       UNION SELECT room_id FROM (SELECT room_id FROM departures WHERE user_id = $1 AND room_id > $2 ORDER BY room_id LIMIT $3) b
       ORDER BY 1 LIMIT $3) own
     CROSS JOIN rooms r LEFT JOIN memberships m ON m.room_id = r.id AND m.user_id = $1
     LEFT JOIN read_receipts p ON p.room_id = m.room_id AND p.user_id = m.user_id
     WHERE r.id = own.room_id ORDER BY r.id`,
    ...[userId, after ?? '', limit],
  );
  return rows.map((row) => ({
    ...{ roomId: row.id, kind: row.kind, role: toRoomRoleIfAny(row.room_role) },
    isDeleted: row.deleted_at !== null,
    level: row.notification_level ?? undefined,
    joinedAtMs: row.created_at ?? undefined,
    readUpTo: row.last_read_sequence ?? undefined,
    readAtMs: row.last_read_at ?? undefined,
  }));
}

function* listMemberships(userId: UserId, limit: number): Operation<MembershipEntry[]> {
  const { atMs, id } = LIST_START;
  type Row = { id: RoomId; kind: Room['kind']; muted_until: number | null };
  const rows = yield* all<Row>(LATEST, userId, limit, atMs, id);
  return rows.map(({ id: roomId, kind, muted_until: mutedUntilMs }) =>
    mutedUntilMs === null ? { roomId, kind } : { roomId, kind, mutedUntilMs },
  );
}

function* listMutesOf(
  userIds: readonly UserId[],
  { nowMs, limit }: { readonly nowMs: number; readonly limit: number },
): Operation<readonly UserMute[]> {
  type Row = { user_id: UserId; room_id: RoomId; until: number; reason: string };
  const rows = yield* all<Row>(
    `SELECT user_id, room_id, until, reason FROM mutes
     WHERE user_id = ANY($1::text[]) AND until > $2 LIMIT $3`,
    ...[userIds, nowMs, limit],
  );
  return rows.map(({ user_id: userId, room_id: roomId, until: untilMs, reason }) => ({
    ...{ userId, roomId, mute: { untilMs, reason } },
  }));
}

function* listRoomIdsOf(
  userIds: readonly UserId[],
  limit: number,
): Operation<ReadonlyMap<UserId, readonly RoomId[]>> {
  const rows = yield* all<{ user_id: UserId; room_ids: string }>(
    { own: 'roomIdsOfUsers' },
    userIds,
    limit,
  );
  // The column is an array of ids as JSON.
  return new Map(rows.map((row) => [row.user_id, JSON.parse(row.room_ids) as RoomId[]]));
}

function* listAcquainted(
  userId: UserId,
  others: readonly { readonly id: UserId; readonly directKey: string }[],
): Operation<UserId[]> {
  // CROSS JOIN keeps the order in SQLite: from the memberships of the user, never from those of a room.
  const rows = yield* all<{ id: UserId }>(
    `SELECT p.id FROM unnest($2::text[], $3::text[]) AS p (id, direct_key)
     WHERE EXISTS (SELECT 1 FROM memberships a CROSS JOIN memberships o
         WHERE a.user_id = $1 AND o.room_id = a.room_id AND o.user_id = p.id)
       OR EXISTS (SELECT 1 FROM workspace_members a CROSS JOIN workspace_members o
         WHERE a.user_id = $1 AND a.workspace_id <> '${DEFAULT_WORKSPACE_ID}' AND o.workspace_id = a.workspace_id AND o.user_id = p.id)
       OR EXISTS (SELECT 1 FROM rooms r CROSS JOIN memberships a
         WHERE r.workspace_id = '${DEFAULT_WORKSPACE_ID}' AND r.name_key = p.direct_key
           AND a.room_id = r.id AND a.user_id = $1)
       OR EXISTS (SELECT 1 FROM invitations i WHERE i.user_id = $1 AND i.inviter_id = p.id)`,
    userId,
    others.map(({ id }) => id),
    others.map(({ directKey }) => directKey),
  );
  return rows.map(({ id }) => id);
}

function* listGroupsCreatedBy(
  userId: UserId,
  creatorId: UserId,
  limit: number,
): Operation<RoomId[]> {
  const rows = yield* all<{ id: RoomId }>(
    `SELECT r.id FROM memberships m JOIN rooms r ON r.id = m.room_id
     WHERE m.user_id = $1 AND r.kind = 'group' AND r.created_by = $2 LIMIT $3`,
    userId,
    creatorId,
    limit,
  );
  return rows.map(({ id }) => id);
}

// CROSS JOIN keeps the order in SQLite: from the ids, never from all rooms.
function* listVisibleRooms(
  userId: UserId,
  { after, limit }: { readonly after: RoomId | undefined; readonly limit: number },
): Operation<RoomsPage> {
  const rows = yield* all<ListedRow>(
    `${LISTED} FROM (${VISIBLE}) v CROSS JOIN rooms r ${OWN_MEMBERSHIP} WHERE r.id = v.id AND r.deleted_at IS NULL ORDER BY v.id`,
    userId,
    after ?? '',
    limit + 1,
  );
  return { rooms: rows.slice(0, limit).map(toListed), hasMore: rows.length > limit };
}

function* listAllRooms(after: RoomId | undefined, limit: number): Operation<AdministeredRoom[]> {
  type Row = RoomRow & { readonly member_total: number; readonly owner: string | null };
  const rows = yield* all<Row>(
    `SELECT ${ROOM_COLUMNS}, ${MEMBER_TOTAL},
       (SELECT u.username FROM memberships m JOIN users u ON u.id = m.user_id
        WHERE m.room_id = r.id AND m.role = 'owner' LIMIT 1) AS owner
     FROM rooms r WHERE r.id > $1 AND r.kind <> 'direct' AND r.deleted_at IS NULL ORDER BY r.id LIMIT $2`,
    after ?? '',
    limit,
  );
  return rows.map((row) => ({
    room: toRoom(row),
    memberTotal: row.member_total,
    owner: row.owner ?? undefined,
  }));
}

function listRoomsOf(userId: UserId, limit: number, after?: TimeCursor): Operation<ListedRoom[]> {
  return listLatest(LATEST, { userId, limit, after });
}

function listConversationsOf(
  userId: UserId,
  limit: number,
  after?: TimeCursor,
): Operation<ListedRoom[]> {
  return listLatest(LATEST_CONVERSATIONS, { userId, limit, after });
}

function* listLatest(
  latest: string,
  page: { readonly userId: UserId; readonly limit: number; readonly after: TimeCursor | undefined },
): Operation<ListedRoom[]> {
  const { atMs, id } = page.after ?? LIST_START;
  const rows = yield* all<ListedRow>(
    `${LISTED} FROM (${latest}) own CROSS JOIN rooms r ${OWN_MEMBERSHIP} WHERE r.id = own.id
     ORDER BY r.last_event_at DESC, r.id`,
    page.userId,
    page.limit,
    atMs,
    id,
  );
  return rows.map(toListed);
}

export function toListed(row: ListedRow): ListedRoom {
  // With a membership, all of its columns are set.
  const own = row.room_role === null ? undefined : (row as UnreadRow);
  const workspaceRole = toWorkspaceRoleIfAny(row.workspace_role);
  const membership = own && toMembership(own);
  const { member_total: memberTotal } = row;
  return { room: toRoom(row), head: toHead(row), membership, workspaceRole, memberTotal };
}

/** Rooms that a new user joins at once. */
const DEFAULT_ROOMS_MAX = 100;

/** In the order of their creation; a room that is deleted or archived has no new members. */
function* listDefaultRooms(workspaceId: WorkspaceId): Operation<Room[]> {
  const rows = yield* all<RoomRow>(
    `SELECT ${ROOM_COLUMNS} FROM rooms r WHERE r.workspace_id = $1 AND r.is_default = 1
       AND r.archived_at IS NULL AND r.deleted_at IS NULL ORDER BY r.id LIMIT ${DEFAULT_ROOMS_MAX}`,
    workspaceId,
  );
  return rows.map(toRoom);
}

/** Makes a new user a member of the default rooms of the server. */
export function* enterDefaultRooms(userId: UserId, nowMs: number): Operation<void> {
  for (const { id: roomId } of yield* listDefaultRooms(DEFAULT_WORKSPACE_ID)) {
    yield* addMember(roomId, userId, nowMs);
  }
}

function* listUnusedRooms(after?: RoomId): Operation<UnusedRooms> {
  return toUnusedRooms(yield* all<CheckedRoomRow>(CHECKED_ROOMS, after ?? ''));
}

function* deleteUnusedRoom(roomId: RoomId): Operation<boolean> {
  const sql =
    "DELETE FROM rooms WHERE id = $1 AND kind = 'room' AND head_ordinal = 0 AND has_settings = 0";
  return (yield* run(sql, roomId)) === 1;
}

function* storeHidden(
  roomId: RoomId,
  rowsMax: number,
  { actor, atMs }: By,
): Operation<readonly UserId[] | 'absent' | 'forbidden'> {
  const lock = 'SELECT id FROM rooms WHERE id = $1 AND deleted_at IS NULL FOR UPDATE';
  if ((yield* one(lock, roomId)) === undefined) return 'absent';
  if (!(yield* mayAct(roomId, { actor, atMs }, mayDeleteRoom))) return 'forbidden';
  // As an archived room it accepts nothing, and as a private one it is in no list of others.
  yield* run(
    `UPDATE rooms SET deleted_at = $2, archived_at = coalesce(archived_at, $2), visibility = 'private',
       name_key = 'deleted:' || id, has_settings = 1 WHERE id = $1`,
    roomId,
    atMs,
  );
  yield* run('DELETE FROM invitations WHERE target_id = $1', roomId);
  return yield* endMemberships(roomId, rowsMax);
}

const hideRoom = audited(storeHidden, (hidden, target: RoomId, _rowsMax: number, by: By) =>
  typeof hidden === 'string' ? undefined : { ...by, action: 'room.delete', target },
);

function* listHiddenRooms(after: RoomId | undefined, limit: number): Operation<RoomId[]> {
  const sql = 'SELECT id FROM rooms WHERE deleted_at IS NOT NULL AND id > $1 ORDER BY id LIMIT $2';
  return (yield* all<{ id: RoomId }>(sql, after ?? '', limit)).map(({ id }) => id);
}

function* endMemberships(roomId: RoomId, rowsMax: number): Operation<UserId[]> {
  const rows = yield* all<{ user_id: UserId }>(
    'SELECT user_id FROM memberships WHERE room_id = $1 ORDER BY user_id LIMIT $2',
    roomId,
    rowsMax,
  );
  const userIds = rows.map((row) => row.user_id);
  for (const table of ['memberships', 'read_receipts']) {
    const sql = `DELETE FROM ${table} WHERE room_id = $1 AND user_id = ANY($2::text[])`;
    yield* run(sql, roomId, userIds);
  }
  return userIds;
}

function* deleteRoom(roomId: RoomId, rowsMax: number): Operation<boolean> {
  const room = yield* one<PictureRow>(`${PICTURE} FOR UPDATE`, roomId);
  const keys = yield* run({ own: 'deleteSendKeys' }, roomId, rowsMax);
  if (keys === rowsMax) return false;
  if ((yield* endMemberships(roomId, rowsMax)).length === rowsMax) return false;
  if (room?.picture_file_id) yield* releasePicture(room.picture_file_id);
  yield* run('DELETE FROM rooms WHERE id = $1', roomId);
  return true;
}

export const ROOMS = {
  reads: {
    findRoom,
    listMembershipChanges,
    listRestricted,
    listMentioning,
    listMembers,
    listMembersByName,
    countMembers,
    listMembersOf,
    listMemberships,
    listOwnRooms,
    listMutesOf,
    listAcquainted,
    listRoomIdsOf,
    listGroupsCreatedBy,
    listVisibleRooms,
    listDefaultRooms,
    listAllRooms,
    listRoomsOf,
    listConversationsOf,
    listUnusedRooms,
    listHiddenRooms,
  },
  writes: { deleteUnusedRoom },
  transactions: {
    ...{ createRoom, addMember, giveRole, changeRoom, setMute, liftBan },
    ...{ hideRoom, endMemberships, deleteRoom },
  },
} satisfies Feature;
