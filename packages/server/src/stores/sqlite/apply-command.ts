/**
 * Effects of each log command in SQLite: messages, reactions, mentions, memberships. Each command
 * is checked before it writes, so a rejected command changes nothing.
 */

import {
  type Mentions,
  type MessageId,
  mentionNames,
  type RoomId,
  type UserId,
} from '@parley/protocol';
import {
  type Decision,
  decideChange,
  decideEndOfMembership,
  type MessageChange,
  mayAddReaction,
  type TargetMessage,
} from '../../model/authorize-command.ts';
import { type CommitOutcome, type Rejection, rejected } from '../../model/commit-outcome.ts';
import type { CommandOf, LogCommand } from '../../model/log-command.ts';
import type { ReplyPosition } from '../../model/message.ts';
import type { LogPosition } from '../../model/room-event.ts';
import { toRoomRoleIfAny } from '../../model/stored-role.ts';
import { OWN_ISSUER } from '../../model/user.ts';
import { deletionBlocks } from '../sql/deletions.ts';
import { toAttachmentsCell } from '../sql/rows.ts';
import { REACTIONS_WITH_MESSAGE_MAX } from '../sql/tables.ts';
import type { Database } from './database.ts';
import type { Actor, OpenRoomLog } from './room-log-writer.ts';
import { noteChange } from './rooms.ts';

export interface Context {
  readonly actor: Actor;
  readonly position: LogPosition;
  readonly log: OpenRoomLog;
}

/** A stored message, without what its command contains: most of it does not have to leave the thread. */
export interface MessageStored {
  readonly kind: 'message-stored';
  readonly position: LogPosition;
  readonly sender: string;
  readonly reply: ReplyPosition | undefined;
}

export function applyCommand(
  database: Database,
  command: LogCommand,
  context: Context,
): CommitOutcome | MessageStored {
  const { log } = context;
  // A deletion withdraws a message sent before the block.
  if (log.kind === 'direct' && command.kind !== 'deletion' && isClosed(database, command)) {
    return rejected('FORBIDDEN');
  }
  switch (command.kind) {
    case 'message':
      return addMessage(database, command, context);
    case 'edit':
      return editMessage(database, command, context);
    case 'deletion':
      return deleteMessage(database, command, context);
    case 'reaction-added':
    case 'reaction-removed':
      return changeReaction(database, command, context);
    case 'pin':
    case 'unpin':
      return changePin(database, command, context);
    case 'access-lost':
      return loseAccess(database, command, context);
    default:
      return command satisfies never;
  }
}

/** Whether one of the two users of a direct room has blocked the other. */
export function isClosed(database: Database, { roomId }: LogCommand): boolean {
  // CROSS JOIN keeps the order: from the two members, never from all blocks.
  const sql = `SELECT 1 FROM memberships one CROSS JOIN memberships other ON other.room_id = one.room_id
    CROSS JOIN blocks b ON b.user_id = one.user_id AND b.blocked_id = other.user_id WHERE one.room_id = ?`;
  return database.one(sql, roomId) !== undefined;
}

function addMessage(
  database: Database,
  command: CommandOf<'message'>,
  { actor, position, log }: Context,
): Rejection | MessageStored {
  const { roomId, userId, messageId, content, clientMessageId, attachments } = command;
  const { sequence, createdAtMs } = position;
  let reply: ReplyPosition | undefined;
  if (command.parentId !== undefined) {
    reply = addReply(database, command.roomId, command.parentId);
    if (reply === undefined) return rejected('NOT_FOUND', 'parentMessageId');
  }
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
  writeMentions(database, command, sequence);
  log.moveOwnPosition(messageId, position);
  return { kind: 'message-stored', position, sender: actor.username, reply };
}

function addReply(
  database: Database,
  roomId: LogCommand['roomId'],
  repliedTo: MessageId,
): ReplyPosition | undefined {
  const row = database.one<{ id: MessageId; reply_count: number }>(
    `UPDATE messages SET reply_count = reply_count + 1
     WHERE id = (SELECT coalesce(parent_id, id) FROM messages WHERE id = ? AND room_id = ?)
     RETURNING id, reply_count`,
    repliedTo,
    roomId,
  );
  return row
    ? { parentId: row.id, number: row.reply_count }
    : nextReplyNumber(database, roomId, repliedTo);
}

/** Returns the next number in a thread whose first message retention has deleted. */
function nextReplyNumber(
  database: Database,
  roomId: LogCommand['roomId'],
  repliedTo: MessageId,
): ReplyPosition | undefined {
  const latest = database.one<{ parent_id: MessageId; reply_number: number }>(
    `SELECT t.parent_id, t.reply_number FROM messages m JOIN messages t ON t.parent_id = m.parent_id
     WHERE m.id = ? AND m.room_id = ? ORDER BY t.sequence_number DESC LIMIT 1`,
    repliedTo,
    roomId,
  );
  return latest && { parentId: latest.parent_id, number: latest.reply_number + 1 };
}

function editMessage(
  database: Database,
  command: CommandOf<'edit'>,
  context: Context,
): CommitOutcome {
  const { messageId, content } = command;
  const decision = decide(database, command, context);
  if (decision.kind === 'rejected') return decision;
  const { position } = context;
  const editedAtMs = position.createdAtMs;
  database.run(
    'UPDATE messages SET content = ?, edited_at = ? WHERE id = ?',
    content,
    editedAtMs,
    messageId,
  );
  deleteMentions(database, command, decision.value.sequence);
  writeMentions(database, command, decision.value.sequence);
  return { kind: 'stored', event: { ...position, kind: 'edit', messageId, content, editedAtMs } };
}

function deleteMessage(
  database: Database,
  command: CommandOf<'deletion'>,
  context: Context,
): CommitOutcome {
  const { messageId } = command;
  const decision = decide(database, command, context);
  if (decision.kind === 'rejected') return decision;
  database.run(
    `UPDATE messages SET content = '', attachments = NULL, edited_at = NULL, is_deleted = 1, is_pinned = 0
     WHERE id = ?`,
    messageId,
  );
  // A repeated deletion finds none, or those that wait for the sweep.
  if (!decision.value.isDeleted) deleteReactions(database, messageId);
  deleteMentions(database, command, decision.value.sequence);
  countDeletion(database, command.roomId, decision.value.sequence);
  return { kind: 'stored', event: { ...context.position, kind: 'deletion', messageId } };
}

/** Counts each message once, however often it is deleted. */
export function countDeletion(database: Database, roomId: RoomId, sequence: number): void {
  const insert = 'INSERT INTO deletion_counts (room_id, level, block, count) VALUES (?, ?, ?, 1)';
  const [own, ...larger] = deletionBlocks(sequence);
  if (own === undefined) return;
  const sql = `${insert} ON CONFLICT (room_id, level, block) DO NOTHING`;
  if (database.run(sql, roomId, own.level, own.block) === 0) return;
  for (const { level, block } of larger) {
    database.run(
      `${insert} ON CONFLICT (room_id, level, block) DO UPDATE SET count = count + 1`,
      roomId,
      level,
      block,
    );
  }
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

function changeReaction(
  database: Database,
  command: CommandOf<'reaction-added' | 'reaction-removed'>,
  context: Context,
): CommitOutcome {
  const { kind, messageId, emoji, userId } = command;
  const decision = decide(database, command, context);
  if (decision.kind === 'rejected') return decision;
  const { position } = context;
  if (kind === 'reaction-removed') {
    database.run(
      'DELETE FROM reactions WHERE message_id = ? AND emoji = ? AND user_id = ?',
      messageId,
      emoji,
      userId,
    );
  } else {
    const kinds = database.all<{ emoji: string }>(
      'SELECT emoji FROM reaction_counts WHERE message_id = ?',
      messageId,
    );
    const present = kinds.map((row) => row.emoji);
    if (!mayAddReaction(emoji, present)) return rejected('CONFLICT', 'emoji');
    database.run(
      `INSERT INTO reactions (message_id, emoji, user_id, sequence) VALUES (?, ?, ?, ?)
       ON CONFLICT (message_id, emoji, user_id) DO NOTHING`,
      messageId,
      emoji,
      userId,
      position.sequence,
    );
  }
  const row = database.one<{ count: number }>(
    'SELECT count FROM reaction_counts WHERE message_id = ? AND emoji = ?',
    messageId,
    emoji,
  );
  return { kind: 'stored', event: { ...position, kind, messageId, emoji, count: row?.count ?? 0 } };
}

function changePin(
  database: Database,
  command: CommandOf<'pin' | 'unpin'>,
  context: Context,
): CommitOutcome {
  const { kind, messageId } = command;
  const decision = decide(database, command, context);
  if (decision.kind === 'rejected') return decision;
  const isPinned = kind === 'pin' ? 1 : 0;
  database.run('UPDATE messages SET is_pinned = ? WHERE id = ?', isPinned, messageId);
  return { kind: 'stored', event: { ...context.position, kind, messageId } };
}

function loseAccess(
  database: Database,
  command: CommandOf<'access-lost'>,
  { actor, position, log }: Context,
): CommitOutcome {
  const { subjectId, reason } = command;
  const ended = endMembership(database, command, { actor, log, atMs: position.createdAtMs });
  if (ended.kind !== 'ended') return ended;
  const { username } = ended;
  const event = { ...position, kind: 'access-lost', userId: subjectId, username, reason } as const;
  return { kind: 'stored', event };
}

/** Ends the subject's membership if the actor is allowed to. */
export function endMembership(
  database: Database,
  command: CommandOf<'access-lost'>,
  { actor, log, atMs }: Pick<Context, 'actor' | 'log'> & { readonly atMs: number },
): Rejection | { readonly kind: 'unlogged' } | { readonly kind: 'ended'; username: string } {
  const { roomId, userId, subjectId, reason } = command;
  const row = database.one<{ username: string; room_role: string | null }>(
    `SELECT u.username, m.role AS room_role FROM users u
     LEFT JOIN memberships m ON m.user_id = u.id AND m.room_id = ? WHERE u.id = ?`,
    roomId,
    subjectId,
  );
  const subject = row && { username: row.username, roomRole: toRoomRoleIfAny(row.room_role) };
  const decision = decideEndOfMembership(command, subject, actor, log.kind);
  if (decision.kind === 'rejected') return decision;
  const { username, roomRole } = decision.value;
  if (reason === 'banned') {
    database.run(
      `INSERT INTO bans (room_id, user_id, created_by, created_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (room_id, user_id) DO NOTHING`,
      roomId,
      subjectId,
      userId,
      atMs,
    );
    if (roomRole === undefined) return { kind: 'unlogged' };
  }
  database.run('DELETE FROM memberships WHERE room_id = ? AND user_id = ?', roomId, subjectId);
  database.run('DELETE FROM read_receipts WHERE room_id = ? AND user_id = ?', roomId, subjectId);
  noteChange(database, {
    ...{ roomId, userId: subjectId, actorId: userId, kind: reason },
    ...{ afterSequence: log.sequence, atMs },
  });
  log.forgetActor(subjectId);
  if (roomRole === 'owner') appointOwner(database, roomId, log);
  return { kind: 'ended', username };
}

function decide(
  database: Database,
  command: MessageChange,
  { actor, log }: Context,
): Decision<TargetMessage> {
  return decideChange(command, findTarget(database, command), actor, log.kind);
}

function findTarget(database: Database, command: MessageChange): TargetMessage | undefined {
  const row = database.one<{ user_id: UserId; sequence_number: number; is_deleted: number }>(
    'SELECT user_id, sequence_number, is_deleted FROM messages WHERE id = ? AND room_id = ?',
    command.messageId,
    command.roomId,
  );
  return (
    row && {
      userId: row.user_id,
      sequence: row.sequence_number,
      isDeleted: row.is_deleted === 1,
    }
  );
}

/** Makes the longest-standing member the owner of a room without an owner. */
function appointOwner(database: Database, roomId: RoomId, log: Context['log']): void {
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

function writeMentions(
  database: Database,
  command: Pick<LogCommand, 'roomId' | 'userId'> & { readonly mentions: Mentions },
  sequence: number,
): void {
  const { roomId, mentions } = command;
  // A mention of everyone includes the named users.
  if (mentions.everyone) insertMention(database, roomId, sequence, '');
  if (mentions.everyone || mentions.names.length === 0) return;
  for (const id of findMentioned(database, command)) insertMention(database, roomId, sequence, id);
}

/** The members who are mentioned and have not blocked the author. */
export function findMentioned(
  database: Database,
  {
    roomId,
    userId,
    mentions,
  }: Pick<LogCommand, 'roomId' | 'userId'> & { readonly mentions: Mentions },
): UserId[] {
  const candidates = mentions.names.map((name) => mentionNames(name));
  // CROSS JOIN keeps the order: from the names, never from the members of the room.
  const rows = database.all<{ id: UserId; name: string; isBlocked: number }>(
    `SELECT u.id, u.username_key AS name, EXISTS (
         SELECT 1 FROM blocks b WHERE b.user_id = u.id AND b.blocked_id = ?3
       ) AS isBlocked
     FROM json_each(?1) n CROSS JOIN users u ON u.username_key = n.value
       CROSS JOIN memberships m ON m.room_id = ?2 AND m.user_id = u.id`,
    JSON.stringify([...new Set(candidates.flat())]),
    roomId,
    userId,
  );
  const members = new Map(rows.map((row) => [row.name, row]));
  const meant = candidates.flatMap((names) => {
    const member = names.map((name) => members.get(name)).find((each) => each !== undefined);
    return member === undefined || member.isBlocked === 1 ? [] : [member.id];
  });
  return [...new Set(meant)];
}

function insertMention(
  database: Database,
  roomId: LogCommand['roomId'],
  sequence: number,
  userId: UserId | '',
): void {
  const sql = 'INSERT INTO mentions (room_id, sequence, user_id) VALUES (?, ?, ?)';
  database.run(sql, roomId, sequence, userId);
}

function deleteMentions(
  database: Database,
  { roomId }: Pick<LogCommand, 'roomId'>,
  sequence: number,
): void {
  database.run('DELETE FROM mentions WHERE room_id = ? AND sequence = ?', roomId, sequence);
}
