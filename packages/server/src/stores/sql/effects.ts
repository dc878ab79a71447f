/**
 * The facts by which commands are decided, and the rows that their effects write, where the database
 * keeps the logs. New messages are each database's own: they are the hot path.
 */
import { type MessageId, pollOf, type RoomId, type UserId } from '@parley/protocol';
import type { Effect, Facts, KnownMessage, Plan } from '../../model/plan-command.ts';
import { toSanctionRank } from '../../model/sanctions.ts';
import { toRole, toRoomRoleIfAny } from '../../model/stored-role.ts';
import { appendEntries } from './audit-chain.ts';
import { barOrigins } from './barred-origins.ts';
import { countDeletion } from './deletions.ts';
import { areFilesFree, placeFiles, releaseFiles } from './files.ts';
import { appointOwner, type Inherited } from './heirs.ts';
import { deleteInvitation, insertInvitation } from './invitations.ts';
import { deleteMentions, writeMentions } from './mentions.ts';
import { deleteVersions, keepStoredText } from './message-versions.ts';
import { all, type Operation, one, run, runAll, together } from './operation.ts';
import { addMember, noteChange } from './rooms.ts';
import { FLAG_COLUMNS, NO_FLAG_CELLS, toAttachments } from './rows.ts';
import { REACTIONS_WITH_MESSAGE_MAX } from './tables.ts';
import { forgetReplies, writeReply } from './threads.ts';

/** The facts of a room for a plan, read by operations. */
export type RoomFacts = {
  readonly [K in keyof Facts]: (
    ...about: Parameters<Facts[K]>
  ) => Operation<Awaited<ReturnType<Facts[K]>>>;
};

export function* decide<T>(plan: Plan<T>, facts: RoomFacts): Operation<T> {
  let step = plan.next();
  while (step.done !== true) {
    // A plan only passes on what the facts return.
    const reading = step.value(facts as unknown as Facts) as Operation<unknown>;
    step = plan.next(yield* reading);
  }
  return step.value;
}

/** @param known Facts that were read before. */
export function factsOf(roomId: RoomId, known: { readonly isClosed?: boolean } = {}): RoomFacts {
  return {
    *isClosed() {
      if (known.isClosed !== undefined) return known.isClosed;
      // CROSS JOIN keeps the order in SQLite: from the two members, never from all blocks.
      const sql = `SELECT 1 AS found FROM memberships one CROSS JOIN memberships other CROSS JOIN blocks b
         WHERE one.room_id = $1 AND other.room_id = one.room_id
           AND b.user_id = one.user_id AND b.blocked_id = other.user_id LIMIT 1`;
      return (yield* one(sql, roomId)) !== undefined;
    },
    findMessage: (id) => findMessage(roomId, id),
    *latestReplyNumber(parentId) {
      const row = yield* one<{ reply_number: number }>(
        'SELECT reply_number FROM messages WHERE parent_id = $1 ORDER BY sequence_number DESC LIMIT 1',
        parentId,
      );
      return row?.reply_number ?? 0;
    },
    *readReactions({ messageId, userId }) {
      const rows = yield* all<{ emoji: string; count: number; is_own: number }>(
        `SELECT c.emoji, c.count, CASE WHEN EXISTS (SELECT 1 FROM reactions r
             WHERE r.message_id = c.message_id AND r.emoji = c.emoji AND r.user_id = $2) THEN 1 ELSE 0 END AS is_own
           FROM reaction_counts c WHERE c.message_id = $1`,
        messageId,
        userId,
      );
      return {
        counts: new Map(rows.map(({ emoji, count }) => [emoji, count])),
        own: new Set(rows.flatMap((row) => (row.is_own === 1 ? row.emoji : []))),
      };
    },
    *findSubject(userId) {
      const row = yield* one<{
        username: string;
        role: string;
        room_role: string | null;
        banned: string | null;
        banned_until: number | null;
        ban_made_as: string | null;
      }>(
        `SELECT u.username, u.role, m.role AS room_role, b.user_id AS banned, b.until AS banned_until,
           b.made_as AS ban_made_as FROM users u
         LEFT JOIN memberships m ON m.user_id = u.id AND m.room_id = $1
         LEFT JOIN bans b ON b.user_id = u.id AND b.room_id = $1 WHERE u.id = $2`,
        roomId,
        userId,
      );
      if (row === undefined) return undefined;
      const { username, role, room_role: roomRole } = row;
      const ban = {
        untilMs: row.banned_until ?? undefined,
        madeAs: toSanctionRank(row.ban_made_as),
      };
      return {
        ...{ username, role: toRole(role), roomRole: toRoomRoleIfAny(roomRole) },
        ...(row.banned === null ? {} : { ban }),
      };
    },
    areFilesFree,
  };
}

function* findMessage(roomId: RoomId, id: MessageId): Operation<KnownMessage | undefined> {
  const row = yield* one<{
    user_id: UserId;
    sequence_number: number;
    is_deleted: number;
    parent_id: MessageId | null;
    reply_count: number;
    attachments: string | null;
  }>(
    `SELECT user_id, sequence_number, is_deleted, parent_id, reply_count, attachments
     FROM messages WHERE id = $1 AND room_id = $2`,
    id,
    roomId,
  );
  return (
    row && {
      userId: row.user_id,
      sequence: row.sequence_number,
      isDeleted: row.is_deleted === 1,
      parentId: row.parent_id ?? undefined,
      replyCount: row.reply_count,
      poll: pollOf(toAttachments(row.attachments)),
    }
  );
}

/** Any effect but a new message. */
type Change = Exclude<Effect, { readonly kind: 'message' }>;

export type Admitting = Extract<Effect, { readonly kind: 'admission' }>;

/** Returns who inherits the room, with an entry that the caller appends to the audit log at its end. */
export function* writeChange(roomId: RoomId, change: Change): Operation<Inherited | undefined> {
  switch (change.kind) {
    case 'admission':
      yield* admit(roomId, change);
      return undefined;
    case 'files':
      yield* placeFiles(roomId, change);
      return undefined;
    case 'reply-count': {
      const { replyCount, messageId } = change;
      yield* run('UPDATE messages SET reply_count = $1 WHERE id = $2', replyCount, messageId);
      return undefined;
    }
    case 'reply':
      yield* writeReply(roomId, change.reply);
      return undefined;
    case 'edit': {
      const { command, editedAtMs, messageSequence, sequence } = change;
      const { content, messageId } = command;
      const place = { roomId, sequence: messageSequence };
      yield* keepStoredText(place, { messageId, content, sequence });
      const sql = 'UPDATE messages SET content = $1, edited_at = $2 WHERE id = $3';
      const write = run(sql, content, editedAtMs, messageId);
      if (command.keepsMentions === true) yield* write;
      else yield* together([write, deleteMentions(roomId, messageSequence)]);
      yield* writeMentions(command, messageSequence);
      return undefined;
    }
    case 'deletion': {
      const { messageId, messageSequence, isRepeated } = change;
      const sql = `UPDATE messages SET content = '', attachments = NULL, edited_at = NULL, is_deleted = 1, ${NO_FLAG_CELLS}
         WHERE id = $1`;
      yield* together([
        run(sql, messageId),
        // A repeated deletion finds none, or those that wait for the sweep.
        ...(isRepeated ? [] : [deleteReactions(messageId)]),
        deleteMentions(roomId, messageSequence),
        deleteVersions({ roomId, sequence: messageSequence }),
        countDeletion(roomId, messageSequence),
        runAll(forgetReplies(roomId, 'u.sequence = $2', messageSequence)),
        releaseFiles(roomId, messageSequence),
      ]);
      return undefined;
    }
    case 'flag': {
      const { flag, value, messageId } = change;
      const sql = `UPDATE messages SET ${FLAG_COLUMNS[flag]} = $1 WHERE id = $2`;
      yield* run(sql, value ? 1 : 0, messageId);
      return undefined;
    }
    case 'reaction':
      yield* writeReaction(change);
      return undefined;
    case 'ban':
      yield* run(
        `INSERT INTO bans (room_id, user_id, created_by, created_at, until, reason, made_as) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (room_id, user_id) DO UPDATE SET created_by = excluded.created_by,
           created_at = excluded.created_at, until = excluded.until, reason = excluded.reason,
           made_as = excluded.made_as`,
        ...[roomId, change.subjectId, change.actorId, change.atMs],
        ...[change.ban.untilMs ?? null, change.ban.reason, change.madeAs],
      );
      yield* barOrigins(roomId, change.subjectId, change.atMs);
      return undefined;
    case 'audit':
      yield* appendEntries([change.recorded]);
      return undefined;
    case 'membership-end':
      return yield* writeEnd(roomId, change);
    default:
      return change satisfies never;
  }
}

export function* admit(
  roomId: RoomId,
  { admission, actorId, readUpTo, afterSequence, atMs }: Admitting,
): Operation<void> {
  const { userId, as } = admission;
  if (as === 'invited') {
    const target = { kind: 'group', id: roomId } as const;
    yield* insertInvitation({ userId, target, inviterId: actorId, createdAtMs: atMs });
    return;
  }
  const added = yield* addMember(roomId, userId, atMs, actorId, readUpTo, afterSequence);
  // An earlier invitation would admit the user again after a removal.
  if (typeof added !== 'string') yield* deleteInvitation(userId, roomId);
}

/** The reactions of a popular message become unreadable now, and are deleted later, in steps. */
function* deleteReactions(messageId: MessageId): Operation<void> {
  const counts = yield* all<{ count: number }>(
    'SELECT count FROM reaction_counts WHERE message_id = $1',
    messageId,
  );
  if (counts.reduce((sum, { count }) => sum + count, 0) <= REACTIONS_WITH_MESSAGE_MAX) {
    yield* run('DELETE FROM reactions WHERE message_id = $1', messageId);
    return;
  }
  yield* run('DELETE FROM reaction_counts WHERE message_id = $1', messageId);
  yield* run('INSERT INTO leftover_reactions (message_id) VALUES ($1)', messageId);
}

function* writeReaction({
  messageId,
  emoji,
  userId,
  sequence,
}: Extract<Change, { readonly kind: 'reaction' }>): Operation<void> {
  if (sequence === undefined) {
    const sql = 'DELETE FROM reactions WHERE message_id = $1 AND emoji = $2 AND user_id = $3';
    yield* run(sql, messageId, emoji, userId);
    return;
  }
  const sql =
    'INSERT INTO reactions (message_id, emoji, user_id, sequence) VALUES ($1, $2, $3, $4)';
  yield* run(sql, messageId, emoji, userId, sequence);
}

function* writeEnd(
  roomId: RoomId,
  { command, wasOwner, afterSequence, atMs }: Extract<Change, { readonly kind: 'membership-end' }>,
): Operation<Inherited | undefined> {
  const { userId: actorId, subjectId, reason: kind } = command;
  yield* together([
    run('DELETE FROM memberships WHERE room_id = $1 AND user_id = $2', roomId, subjectId),
    run('DELETE FROM read_receipts WHERE room_id = $1 AND user_id = $2', roomId, subjectId),
    noteChange({ roomId, userId: subjectId, actorId, kind, afterSequence, atMs }),
    run(
      'INSERT INTO departures (room_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING',
      roomId,
      subjectId,
    ),
  ]);
  return wasOwner ? yield* appointOwner(roomId, atMs) : undefined;
}
