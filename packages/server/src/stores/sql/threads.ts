/** Followed threads and their unread replies: operations of the store, and what a reply writes. */
import type { MessageId, RoomId, UserId } from '@parley/protocol';
import { LIST_START } from '../../model/page.ts';
import {
  type FollowedThread,
  type NewReply,
  type OwnThreadState,
  type ThreadCursor,
  type ThreadId,
  UNREAD_REPLIES_MAX,
  UNREAD_THREADS_MAX,
} from '../../model/thread.ts';
import { leaveOut } from './deletions.ts';
import { all, type Feature, type Operation, one, runAll } from './operation.ts';

type Run = readonly [sql: string, ...values: (string | number | null | readonly string[])[]];

/** The unread replies of a follower `f` in the thread. */
const OWN_UNREAD = 'u.user_id = f.user_id AND u.room_id = f.room_id AND u.root_id = f.root_id';
const UNREAD_COUNT = `(SELECT count(*) FROM (SELECT 1 FROM unread_replies u WHERE ${OWN_UNREAD}
  LIMIT ${UNREAD_REPLIES_MAX}) AS counted)`;

const unreadThreadsOf = (
  userId: string,
): string => `(SELECT count(*) FROM (SELECT 1 FROM thread_follows o
  WHERE o.user_id = ${userId} AND o.is_followed = 1 AND o.has_unread = 1 LIMIT ${UNREAD_THREADS_MAX}) AS counted)`;

/** Number of unread replies of a reader `p` in a room `r`, without those that count there for everyone. */
export const REPLIES_ABOVE = `(SELECT count(*) FROM unread_replies u WHERE u.user_id = p.user_id
  AND u.room_id = r.id AND u.sequence > p.last_read_sequence AND u.in_room = 0)`;

/**
 * Notes a new reply, after its mentions: who follows now, and for whom it is unread. None of the
 * statements needs the result of another one, so that PostgreSQL gets them together.
 */
export function* writeReply(roomId: RoomId, reply: NewReply): Operation<void> {
  const { rootId, rootAuthorId = '', authorId, number, sequence, atMs, isInRoom } = reply;
  const notes: Run[] = [
    [
      // Members of direct and group rooms all follow. UNION: each from few members, never all of a room.
      `INSERT INTO thread_follows (user_id, room_id, root_id, is_followed, has_unread, read_number, last_at)
       SELECT w.user_id, $1, $2, 1, 0, $3::bigint - 1, $4::bigint FROM (
         SELECT m.user_id FROM memberships m WHERE m.room_id = $1 AND m.user_id IN ($5, $6)
         UNION SELECT m.user_id FROM mentions n CROSS JOIN memberships m
           WHERE n.room_id = $1 AND n.sequence = $7 AND m.room_id = n.room_id AND m.user_id = n.user_id
         UNION SELECT m.user_id FROM rooms r CROSS JOIN memberships m
           WHERE r.id = $1 AND r.kind IN ('direct', 'group') AND m.room_id = r.id
       ) w WHERE true ON CONFLICT (user_id, room_id, root_id) DO NOTHING`,
      ...[roomId, rootId, number, atMs, authorId, rootAuthorId, sequence],
    ],
    [
      `INSERT INTO unread_replies (user_id, room_id, sequence, root_id, in_room)
       SELECT f.user_id, f.room_id, $3::bigint, f.root_id, $4::bigint FROM thread_follows f
       WHERE f.room_id = $1 AND f.root_id = $2 AND f.user_id <> $5
         AND (f.is_followed = 1 AND f.read_number >= $6 AND NOT EXISTS (
             SELECT 1 FROM blocks b WHERE b.user_id = f.user_id AND b.blocked_id = $5)
           OR EXISTS (SELECT 1 FROM mentions n
             WHERE n.room_id = f.room_id AND n.user_id = f.user_id AND n.sequence = $3))
       ON CONFLICT DO NOTHING`,
      ...[roomId, rootId, sequence, isInRoom ? 1 : 0, authorId, number - UNREAD_REPLIES_MAX],
    ],
    [
      `UPDATE thread_follows AS f SET last_at = $3, has_unread = CASE WHEN f.user_id = $4 THEN 0
           WHEN EXISTS (SELECT 1 FROM unread_replies u WHERE ${OWN_UNREAD} AND u.sequence = $5) THEN 1
           ELSE f.has_unread END,
         is_followed = CASE WHEN f.user_id = $4 THEN 1 ELSE f.is_followed END,
         read_number = CASE WHEN f.user_id = $4 THEN $6 ELSE f.read_number END
       WHERE f.room_id = $1 AND f.root_id = $2`,
      ...[roomId, rootId, atMs, authorId, sequence, number],
    ],
    [
      // The author has read the thread by now, and follows it. In the order in which `markThreadRead` locks the rows.
      'DELETE FROM unread_replies WHERE user_id = $1 AND room_id = $2 AND root_id = $3',
      ...[authorId, roomId, rootId],
    ],
  ];
  yield* runAll(isInRoom ? notes : [...leaveOut(roomId, sequence), ...notes]);
}

/** Statements by which replies of a room are unread no more: those of a condition on `u` with the parameter $2. */
export function forgetReplies(roomId: RoomId, condition: string, upTo: number): Run[] {
  return [
    [
      `UPDATE thread_follows AS f SET has_unread = 0 WHERE f.room_id = $1 AND f.has_unread = 1
         AND (f.user_id, f.root_id) IN (
           SELECT u.user_id, u.root_id FROM unread_replies u WHERE u.room_id = $1 AND ${condition})
         AND NOT EXISTS (SELECT 1 FROM unread_replies u WHERE ${OWN_UNREAD} AND NOT (${condition}))`,
      roomId,
      upTo,
    ],
    [`DELETE FROM unread_replies AS u WHERE u.room_id = $1 AND ${condition}`, roomId, upTo],
  ];
}

function* setFollowed(
  userId: UserId,
  thread: ThreadId & {
    readonly isFollowed: boolean;
    readonly number: number;
    readonly lastAtMs: number;
  },
): Operation<boolean> {
  const { roomId, rootId, isFollowed, number, lastAtMs } = thread;
  const remove =
    'DELETE FROM unread_replies WHERE user_id = $1 AND room_id = $2 AND root_id = $3 AND $4::bigint = 0';
  const [written] = yield* runAll([
    [
      `INSERT INTO thread_follows (user_id, room_id, root_id, is_followed, has_unread, read_number, last_at)
       SELECT m.user_id, m.room_id, $3, $4::bigint, 0, $5::bigint, $6::bigint FROM memberships m
       WHERE m.room_id = $2 AND m.user_id = $1
       ON CONFLICT (user_id, room_id, root_id) DO UPDATE SET is_followed = excluded.is_followed,
         has_unread = thread_follows.has_unread * excluded.is_followed,
         read_number = CASE WHEN thread_follows.is_followed = 1 THEN thread_follows.read_number
           ELSE greatest(thread_follows.read_number, excluded.read_number) END`,
      ...[userId, roomId, rootId, isFollowed ? 1 : 0, number, lastAtMs],
    ],
    [remove, userId, roomId, rootId, isFollowed ? 1 : 0],
  ]);
  return written === 1;
}

function* markThreadRead(
  userId: UserId,
  { roomId, rootId, sequence, number }: ThreadId & { sequence: number; number: number },
): Operation<void> {
  // The lock comes first: the statements after it see the reply of a commit that it has waited for.
  yield* one(
    'SELECT 1 AS found FROM thread_follows WHERE user_id = $1 AND room_id = $2 AND root_id = $3 FOR UPDATE',
    ...[userId, roomId, rootId],
  );
  yield* runAll([
    [
      'DELETE FROM unread_replies WHERE user_id = $1 AND room_id = $2 AND root_id = $3 AND sequence <= $4',
      ...[userId, roomId, rootId, sequence],
    ],
    [
      // Without those that stay unread: a user who marks none of them as read has no more of them.
      `UPDATE thread_follows AS f SET read_number = greatest(f.read_number,
           $4::bigint - (SELECT count(*) FROM unread_replies u WHERE ${OWN_UNREAD})),
         has_unread = CASE WHEN EXISTS (SELECT 1 FROM unread_replies u WHERE ${OWN_UNREAD}) THEN 1 ELSE 0 END
       WHERE f.user_id = $1 AND f.room_id = $2 AND f.root_id = $3`,
      ...[userId, roomId, rootId, number],
    ],
  ]);
}

function* markThreadsRead(
  roomId: RoomId,
  userIds: readonly UserId[],
  { from, upTo }: { readonly from: number; readonly upTo: number },
): Operation<void> {
  yield* runAll([
    [
      `DELETE FROM unread_replies WHERE room_id = $1 AND user_id = ANY($2::text[]) AND sequence >= $3
         AND sequence <= $4`,
      ...[roomId, userIds, from, upTo],
    ],
    [
      // The author of the last reply has its number.
      `UPDATE thread_follows AS f SET
         has_unread = CASE WHEN EXISTS (SELECT 1 FROM unread_replies u WHERE ${OWN_UNREAD}) THEN 1 ELSE 0 END,
         read_number = greatest(f.read_number, (SELECT max(o.read_number) FROM thread_follows o
             WHERE o.room_id = f.room_id AND o.root_id = f.root_id)
           - (SELECT count(*) FROM unread_replies u WHERE ${OWN_UNREAD}))
       WHERE f.room_id = $1 AND f.user_id = ANY($2::text[])`,
      ...[roomId, userIds],
    ],
  ]);
}

function* listFollowed(
  userId: UserId,
  { after, limit }: { readonly after: ThreadCursor | undefined; readonly limit: number },
): Operation<FollowedThread[]> {
  const { hasUnread, atMs, id } = after ?? { ...LIST_START, hasUnread: true };
  const rows = yield* all<{
    room_id: RoomId;
    root_id: MessageId;
    has_unread: number;
    last_at: number;
    unread: number;
  }>(
    `SELECT f.room_id, f.root_id, f.has_unread, f.last_at, ${UNREAD_COUNT} AS unread FROM thread_follows f
     WHERE f.user_id = $1 AND f.is_followed = 1 AND (f.has_unread, f.last_at, f.root_id) < ($2, $3, $4)
     ORDER BY f.has_unread DESC, f.last_at DESC, f.root_id DESC LIMIT $5`,
    ...[userId, hasUnread ? 1 : 0, atMs, id, limit],
  );
  return rows.map((row) => ({
    ...{ roomId: row.room_id, rootId: row.root_id, lastAtMs: row.last_at },
    ...{ hasUnread: row.has_unread === 1, unreadCount: row.unread },
  }));
}

function* listFollowers({ roomId, rootId }: ThreadId): Operation<UserId[]> {
  const rows = yield* all<{ user_id: UserId }>(
    'SELECT user_id FROM thread_follows WHERE room_id = $1 AND root_id = $2 AND is_followed = 1',
    ...[roomId, rootId],
  );
  return rows.map((row) => row.user_id);
}

function* countUnreadThreads(userId: UserId): Operation<number> {
  const row = yield* one<{ threads: number }>(`SELECT ${unreadThreadsOf('$1')} AS threads`, userId);
  return row?.threads ?? 0;
}

function* readThreadStates(
  { roomId, rootId }: ThreadId,
  userIds: readonly UserId[],
): Operation<OwnThreadState[]> {
  const rows = yield* all<{
    user_id: UserId;
    is_followed: number;
    unread: number;
    threads: number;
  }>(
    `SELECT f.user_id, f.is_followed, ${UNREAD_COUNT} AS unread, ${unreadThreadsOf('f.user_id')} AS threads
     FROM thread_follows f WHERE f.room_id = $1 AND f.root_id = $2 AND f.user_id = ANY($3::text[])`,
    ...[roomId, rootId, userIds],
  );
  return rows.map((row) => ({
    ...{ userId: row.user_id, isFollowing: row.is_followed === 1 },
    ...{ unreadCount: row.unread, unreadThreads: row.threads },
  }));
}

function* deleteThreads(userId: UserId, threads: readonly ThreadId[]): Operation<void> {
  for (const { roomId, rootId } of threads) {
    yield* runAll(
      ['thread_follows', 'unread_replies'].map((table) => [
        `DELETE FROM ${table} WHERE user_id = $1 AND room_id = $2 AND root_id = $3`,
        ...[userId, roomId, rootId],
      ]),
    );
  }
}

export const THREADS = {
  reads: { listFollowed, listFollowers, countUnreadThreads, readThreadStates },
  writes: {},
  transactions: { setFollowed, markThreadRead, markThreadsRead, deleteThreads },
} satisfies Feature;
