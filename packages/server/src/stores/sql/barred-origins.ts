/**
 * Where banned and suspended users came from: the networks of their sessions, and their invites. For a
 * day, a newer account of the same origin does not return in their place: not to the room, or after
 * a suspension, not to the server.
 */
import type { RoomId, UserId } from '@parley/protocol';
import { originOfAddress } from '../../model/origin-of-address.ts';
import { all, type Operation, one, run } from './operation.ts';
import { EXPIRED_ROWS_MAX } from './tables.ts';

const BARRED_MS = 24 * 60 * 60 * 1000;
/** Origins of a user: the latest. */
const ORIGINS_MAX = 50;
/** In place of a room. */
const SERVER = '';

interface Newcomer {
  readonly userId: UserId;
  /** The account was made later than that of the barred user was barred. */
  readonly createdAtMs: number;
  readonly origins: readonly string[];
}

/** @param roomId Undefined for the server. */
export function* barOrigins(
  roomId: RoomId | undefined,
  userId: UserId,
  atMs: number,
): Operation<void> {
  yield* run(
    `DELETE FROM barred_origins WHERE barred_at <= $1 AND user_id = ANY (ARRAY(
       SELECT user_id FROM barred_origins WHERE barred_at <= $1 LIMIT ${EXPIRED_ROWS_MAX}))`,
    atMs - BARRED_MS,
  );
  for (const origin of yield* originsOf(userId)) {
    yield* run(
      `INSERT INTO barred_origins (room_id, origin, user_id, barred_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (user_id, room_id, origin) DO UPDATE SET barred_at = excluded.barred_at`,
      ...[roomId ?? SERVER, origin, userId, atMs],
    );
  }
}

/** @param roomId Undefined for the server. */
export function* unbarOrigins(roomId: RoomId | undefined, userId: UserId): Operation<void> {
  const sql = 'DELETE FROM barred_origins WHERE user_id = $1 AND room_id = $2';
  yield* run(sql, userId, roomId ?? SERVER);
}

/** @param roomId Undefined for the server. */
export function* isBarred(
  roomId: RoomId | undefined,
  { userId, createdAtMs, origins }: Newcomer,
  nowMs: number,
): Operation<boolean> {
  if (origins.length === 0) return false;
  const found = yield* one(
    `SELECT 1 AS barred FROM barred_origins
     WHERE room_id = $1 AND origin = ANY($2::text[]) AND user_id <> $3 AND barred_at > $4
       AND barred_at <= $5 LIMIT 1`,
    ...[roomId ?? SERVER, origins, userId, nowMs - BARRED_MS, createdAtMs],
  );
  return found !== undefined;
}

/** Whether somebody who was banned from the room for less than a day had the user's origin. */
export function* isBarredFrom(roomId: RoomId, userId: UserId, nowMs: number): Operation<boolean> {
  const sql = 'SELECT created_at FROM users WHERE id = $1';
  const account = yield* one<{ created_at: number }>(sql, userId);
  if (account === undefined || account.created_at <= nowMs - BARRED_MS) return false;
  const newcomer = { userId, createdAtMs: account.created_at, origins: yield* originsOf(userId) };
  return yield* isBarred(roomId, newcomer, nowMs);
}

/** @param address Of the client that makes the account. */
export function toOrigins(address: string | undefined, inviteId: string | undefined): string[] {
  return [address && originOfAddress(address), inviteId].filter((each) => each !== undefined);
}

function* originsOf(userId: UserId): Operation<string[]> {
  const sessions = yield* all<{ address: string }>(
    `SELECT address FROM sessions WHERE user_id = $1 ORDER BY created_at DESC LIMIT ${ORIGINS_MAX}`,
    userId,
  );
  const invites = yield* all<{ invite_id: string }>(
    `SELECT invite_id FROM invite_uses WHERE user_id = $1 ORDER BY invite_id DESC LIMIT ${ORIGINS_MAX}`,
    userId,
  );
  const networks = sessions.flatMap(({ address }) => toOrigins(address, undefined));
  return [...new Set([...networks, ...invites.map((use) => use.invite_id)])];
}
