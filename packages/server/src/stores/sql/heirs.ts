/**
 * The next owner of a room or a workspace that has lost its own: those with a higher role in it first, then the
 * longest-standing members, guests of the server last in a room and never in a workspace. Accounts that are
 * disabled or deleted now, and bots, are left out. If nobody is left, the audit log tells the owners of the server.
 */
import type { RoomId, UserId, WorkspaceId } from '@parley/protocol';
import { type Recorded, SERVER } from '../../model/audit.ts';
import { OWN_ISSUER } from '../../model/user.ts';
import { all, type Operation, one, run } from './operation.ts';
import { isDisabledRow } from './rows.ts';

/** A change of owners, and its entry. */
export interface Inherited {
  /** Undefined if nobody is left. */
  readonly heirId: UserId | undefined;
  readonly recorded: Recorded;
}

/** Rooms and workspaces of a user that are passed on at once; the user keeps others. */
const PASSED_ON_MAX = 500;
/** Detail of an entry about a room or workspace that nobody owns now. */
const OWNERLESS = 'without-owner';

/** @param user Alias of the account. @param time Parameter with the time. */
export function isUsable(user: string, time: string): string {
  return `NOT ${isDisabledRow(user, time)} AND ${user}.deleted_at IS NULL
    AND NOT ${isBot(`${user}.id`)}`;
}

function isBot(id: string): string {
  return `EXISTS (SELECT 1 FROM external_identities b WHERE b.user_id = ${id} AND b.issuer = '${OWN_ISSUER}')`;
}

/** In their order; each reads members of the room by age until it has found one. */
const ROOM_HEIRS = [
  "m.role = 'moderator' AND u.role <> 'guest'",
  "m.role = 'moderator'",
  "m.role = 'member' AND u.role <> 'guest'",
  "m.role = 'member'",
];

/** Gives the room an owner if it has none: call it with the room locked. */
export function* appointOwner(roomId: RoomId, nowMs: number): Operation<Inherited | undefined> {
  const owner = "SELECT user_id FROM memberships WHERE room_id = $1 AND role = 'owner' LIMIT 1";
  if ((yield* one(owner, roomId)) !== undefined) return undefined;
  const heirId = yield* findRoomHeir(roomId, nowMs);
  if (heirId !== undefined) yield* setRoomRole(roomId, heirId, 'owner');
  else {
    const there = `SELECT m.user_id FROM memberships m WHERE m.room_id = $1 AND NOT ${isBot('m.user_id')} LIMIT 1`;
    if ((yield* one(there, roomId)) === undefined) return undefined;
  }
  return { heirId, recorded: toRecorded('room', roomId, heirId, nowMs) };
}

function* findRoomHeir(roomId: RoomId, nowMs: number): Operation<UserId | undefined> {
  for (const condition of ROOM_HEIRS) {
    const row = yield* one<{ user_id: UserId }>(
      `SELECT m.user_id FROM memberships m JOIN users u ON u.id = m.user_id
       WHERE m.room_id = $1 AND ${condition} AND ${isUsable('u', '$2')} ORDER BY m.created_at, m.user_id LIMIT 1`,
      ...[roomId, nowMs],
    );
    if (row !== undefined) return row.user_id;
  }
  return undefined;
}

function* setRoomRole(roomId: RoomId, userId: UserId, role: string): Operation<void> {
  const sql = 'UPDATE memberships SET role = $3 WHERE room_id = $1 AND user_id = $2';
  yield* run(sql, roomId, userId, role);
}

/** Gives the workspace an owner if it has none: call it with the workspace locked. */
function* appointWorkspaceOwner(id: WorkspaceId, nowMs: number): Operation<Inherited | undefined> {
  const owner =
    "SELECT user_id FROM workspace_members WHERE workspace_id = $1 AND role = 'owner' LIMIT 1";
  if ((yield* one(owner, id)) !== undefined) return undefined;
  const heirId = yield* findWorkspaceHeir(id, nowMs);
  if (heirId !== undefined) {
    const sql =
      "UPDATE workspace_members SET role = 'owner' WHERE workspace_id = $1 AND user_id = $2";
    yield* run(sql, id, heirId);
  } else {
    const there = `SELECT w.user_id FROM workspace_members w WHERE w.workspace_id = $1 AND NOT ${isBot('w.user_id')} LIMIT 1`;
    if ((yield* one(there, id)) === undefined) return undefined;
  }
  return { heirId, recorded: toRecorded('workspace', id, heirId, nowMs) };
}

function* findWorkspaceHeir(id: WorkspaceId, nowMs: number): Operation<UserId | undefined> {
  // Members by id: the oldest accounts first, in the order of the key.
  for (const condition of [
    "w.role = 'admin' AND %s ORDER BY w.created_at, w.user_id",
    "w.role = 'member' AND %s ORDER BY w.user_id",
  ]) {
    const row = yield* one<{ user_id: UserId }>(
      `SELECT w.user_id FROM workspace_members w JOIN users u ON u.id = w.user_id
       WHERE w.workspace_id = $1 AND u.role <> 'guest' AND ${condition.replace('%s', isUsable('u', '$2'))} LIMIT 1`,
      ...[id, nowMs],
    );
    if (row !== undefined) return row.user_id;
  }
  return undefined;
}

/** Takes a user out of the workspaces, each of which keeps an owner. */
export function* leaveWorkspaces(userId: UserId, nowMs: number): Operation<Recorded[]> {
  const owned = yield* all<{ workspace_id: WorkspaceId }>(
    "SELECT workspace_id FROM workspace_members WHERE user_id = $1 AND role = 'owner' ORDER BY workspace_id",
    userId,
  );
  for (const { workspace_id: id } of owned) {
    yield* one('SELECT id FROM workspaces WHERE id = $1 FOR UPDATE', id);
  }
  yield* run('DELETE FROM workspace_members WHERE user_id = $1', userId);
  const recorded: Recorded[] = [];
  for (const { workspace_id: id } of owned) {
    const inherited = yield* appointWorkspaceOwner(id, nowMs);
    if (inherited !== undefined) recorded.push(inherited.recorded);
  }
  return recorded;
}

/**
 * Passes the rooms of a user whose account is disabled for good to the next owner, of whom the user becomes a
 * moderator. A room with nobody else keeps the user.
 */
export function* passOnRooms(userId: UserId, nowMs: number): Operation<Recorded[]> {
  const owned = yield* all<{ room_id: RoomId }>(
    `SELECT m.room_id FROM memberships m JOIN rooms r ON r.id = m.room_id
     WHERE m.user_id = $1 AND m.role = 'owner' AND r.deleted_at IS NULL ORDER BY m.room_id LIMIT ${PASSED_ON_MAX}`,
    userId,
  );
  const recorded: Recorded[] = [];
  for (const { room_id: roomId } of owned) {
    yield* one('SELECT id FROM rooms WHERE id = $1 FOR UPDATE', roomId);
    const heirId = yield* findRoomHeir(roomId, nowMs);
    if (heirId !== undefined) {
      yield* setRoomRole(roomId, userId, 'moderator');
      yield* setRoomRole(roomId, heirId, 'owner');
    }
    recorded.push(toRecorded('room', roomId, heirId, nowMs));
  }
  return recorded;
}

function toRecorded(
  kind: 'room' | 'workspace',
  id: string,
  heirId: UserId | undefined,
  atMs: number,
): Recorded {
  const by = { actor: SERVER, address: '', atMs } as const;
  if (heirId === undefined)
    return { ...by, action: `${kind}.update`, target: id, detail: OWNERLESS };
  return kind === 'room'
    ? { ...by, action: 'member.role', target: heirId, detail: `${id} owner` }
    : { ...by, action: 'workspace.role', target: heirId, detail: `owner ${id}` };
}
