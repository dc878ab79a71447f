/** Reads the facts by which commands are decided, and writes their effects to SQLite. */

import type { MessageId, RoomId, UserId } from '@parley/protocol';
import type { Effect, Facts, KnownMessage } from '../../model/plan-command.ts';
import { toRoomRoleIfAny } from '../../model/stored-role.ts';
import { OWN_ISSUER } from '../../model/user.ts';
import { countDeletion } from '../sql/deletions.ts';
import { deleteMentions, writeMentions } from '../sql/mentions.ts';
import { noteChange } from '../sql/rooms.ts';
import { toAttachmentsCell } from '../sql/rows.ts';
import { REACTIONS_WITH_MESSAGE_MAX } from '../sql/tables.ts';
import type { Database } from './database.ts';
import type { OpenRoomLog } from './room-log-writer.ts';
import { runNow } from './run-now.ts';

export function factsOf(database: Database, roomId: RoomId): Facts {
  return {
    isClosed: () => isClosed(database, roomId),
    findMessage: (id) => findMessage(database, roomId, id),
    latestReplyNumber(parentId) {
      const sql = `SELECT reply_number FROM messages WHERE parent_id = ? ORDER BY sequence_number DESC LIMIT 1`;
      return database.one<{ reply_number: number }>(sql, parentId)?.reply_number ?? 0;
    },
    readReactions({ messageId, emoji, userId }) {
      const rows = database.all<{ emoji: string; count: number }>(
        'SELECT emoji, count FROM reaction_counts WHERE message_id = ?',
        messageId,
      );
      const own = 'SELECT 1 FROM reactions WHERE message_id = ? AND emoji = ? AND user_id = ?';
      return {
        emojis: rows.map((row) => row.emoji),
        count: rows.find((row) => row.emoji === emoji)?.count ?? 0,
        isPresent: database.one(own, messageId, emoji, userId) !== undefined,
      };
    },
    findSubject(userId) {
      const row = database.one<{ username: string; room_role: string | null }>(
        `SELECT u.username, m.role AS room_role FROM users u
         LEFT JOIN memberships m ON m.user_id = u.id AND m.room_id = ? WHERE u.id = ?`,
        roomId,
        userId,
      );
      return row && { username: row.username, roomRole: toRoomRoleIfAny(row.room_role) };
    },
  };
}

/** Whether one of the two users of a direct room has blocked the other. */
function isClosed(database: Database, roomId: RoomId): boolean {
  // CROSS JOIN keeps the order: from the two members, never from all blocks.
  const sql = `SELECT 1 FROM memberships one CROSS JOIN memberships other ON other.room_id = one.room_id
    CROSS JOIN blocks b ON b.user_id = one.user_id AND b.blocked_id = other.user_id WHERE one.room_id = ?`;
  return database.one(sql, roomId) !== undefined;
}

function findMessage(database: Database, roomId: RoomId, id: MessageId): KnownMessage | undefined {
  const row = database.one<{
    user_id: UserId;
    sequence_number: number;
    is_deleted: number;
    parent_id: MessageId | null;
    reply_count: number;
  }>(
    `SELECT user_id, sequence_number, is_deleted, parent_id, reply_count
     FROM messages WHERE id = ? AND room_id = ?`,
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
    }
  );
}

/** @param log Of the room, without the event of the command. */
export function writeEffect(database: Database, log: OpenRoomLog, effect: Effect): void {
  const { roomId } = log;
  switch (effect.kind) {
    case 'message':
      insertMessage(database, log, effect);
      break;
    case 'reply-count':
      database.run(
        'UPDATE messages SET reply_count = ? WHERE id = ?',
        effect.replyCount,
        effect.messageId,
      );
      break;
    case 'edit': {
      const { command, editedAtMs, messageSequence } = effect;
      database.run(
        'UPDATE messages SET content = ?, edited_at = ? WHERE id = ?',
        command.content,
        editedAtMs,
        command.messageId,
      );
      runNow(database, deleteMentions(roomId, messageSequence));
      runNow(database, writeMentions(command, messageSequence));
      break;
    }
    case 'deletion': {
      const { messageId, messageSequence, isRepeated } = effect;
      database.run(
        `UPDATE messages SET content = '', attachments = NULL, edited_at = NULL, is_deleted = 1, is_pinned = 0
         WHERE id = ?`,
        messageId,
      );
      // A repeated deletion finds none, or those that wait for the sweep.
      if (!isRepeated) deleteReactions(database, messageId);
      runNow(database, deleteMentions(roomId, messageSequence));
      runNow(database, countDeletion(roomId, messageSequence));
      break;
    }
    case 'pin': {
      const sql = 'UPDATE messages SET is_pinned = ? WHERE id = ?';
      database.run(sql, effect.isPinned ? 1 : 0, effect.messageId);
      break;
    }
    case 'reaction':
      writeReaction(database, effect);
      break;
    case 'ban':
      database.run(
        `INSERT INTO bans (room_id, user_id, created_by, created_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (room_id, user_id) DO NOTHING`,
        roomId,
        effect.subjectId,
        effect.actorId,
        effect.atMs,
      );
      break;
    case 'membership-end':
      endMembership(database, log, effect);
      break;
    default:
      effect satisfies never;
  }
}

function insertMessage(
  database: Database,
  log: OpenRoomLog,
  { command, position, reply }: Extract<Effect, { readonly kind: 'message' }>,
): void {
  const { roomId, userId, messageId, content, clientMessageId, attachments, mentions } = command;
  const { sequence, createdAtMs } = position;
  database.run(
    `INSERT INTO messages (id, room_id, user_id, content, created_at, sequence_number, client_message_id, parent_id, reply_number, attachments)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    messageId,
    roomId,
    userId,
    content,
    createdAtMs,
    sequence,
    clientMessageId ?? null,
    reply?.parentId ?? null,
    reply?.number ?? null,
    toAttachmentsCell(attachments),
  );
  // Most messages mention no user.
  if (mentions.everyone || mentions.names.length > 0) {
    runNow(database, writeMentions(command, sequence));
  }
  log.moveOwnPosition(messageId, position);
}

/** The reactions of a popular message become unreadable now, and are deleted later, in steps. */
function deleteReactions(database: Database, messageId: MessageId): void {
  const counts = database.all<{ count: number }>(
    'SELECT count FROM reaction_counts WHERE message_id = ?',
    messageId,
  );
  if (counts.reduce((sum, { count }) => sum + count, 0) <= REACTIONS_WITH_MESSAGE_MAX) {
    database.run('DELETE FROM reactions WHERE message_id = ?', messageId);
    return;
  }
  database.run('DELETE FROM reaction_counts WHERE message_id = ?', messageId);
  database.run('INSERT INTO leftover_reactions (message_id) VALUES (?)', messageId);
}

function writeReaction(
  database: Database,
  { messageId, emoji, userId, sequence }: Extract<Effect, { readonly kind: 'reaction' }>,
): void {
  if (sequence === undefined) {
    const sql = 'DELETE FROM reactions WHERE message_id = ? AND emoji = ? AND user_id = ?';
    database.run(sql, messageId, emoji, userId);
    return;
  }
  const sql = 'INSERT INTO reactions (message_id, emoji, user_id, sequence) VALUES (?, ?, ?, ?)';
  database.run(sql, messageId, emoji, userId, sequence);
}

function endMembership(
  database: Database,
  log: OpenRoomLog,
  effect: Extract<Effect, { readonly kind: 'membership-end' }>,
): void {
  const { command, wasOwner, afterSequence, atMs } = effect;
  const { roomId, userId: actorId, subjectId, reason } = command;
  database.run('DELETE FROM memberships WHERE room_id = ? AND user_id = ?', roomId, subjectId);
  database.run('DELETE FROM read_receipts WHERE room_id = ? AND user_id = ?', roomId, subjectId);
  const change = { roomId, userId: subjectId, actorId, kind: reason, afterSequence, atMs };
  runNow(database, noteChange(change));
  log.forgetActor(subjectId);
  if (wasOwner) appointOwner(database, roomId, log);
}

/** Makes the longest-standing member the owner of a room without an owner. */
function appointOwner(database: Database, roomId: RoomId, log: OpenRoomLog): void {
  const owner = database.one<{ user_id: UserId }>(
    `UPDATE memberships SET role = 'owner' WHERE room_id = ?1 AND user_id = (
       SELECT user_id FROM memberships WHERE room_id = ?1
       AND user_id NOT IN (SELECT user_id FROM external_identities WHERE issuer = ?2)
       ORDER BY created_at, user_id LIMIT 1)
     AND NOT EXISTS (SELECT 1 FROM memberships WHERE room_id = ?1 AND role = 'owner')
     RETURNING user_id`,
    roomId,
    OWN_ISSUER,
  );
  if (owner !== undefined) log.forgetActor(owner.user_id);
}
