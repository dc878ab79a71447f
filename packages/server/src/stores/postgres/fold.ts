/**
 * What each command of the log changes in PostgreSQL: messages, reactions, mentions,
 * memberships. Each looks before it writes, so a refusal leaves no trace.
 */
import { LIMITS, type MessageId, type RoomKind, type UserId } from '@parley/protocol';
import type { CommandOf, CommitOutcome, LogCommand, Mentions } from '../../ports/log-store.ts';
import type { LogPlace, ReplyPlace, RoomRole } from '../../ports/model.ts';
import { mayModerate, mayRemove } from '../../ports/room-roles.ts';
import type { Actor } from './commit.ts';
import type { Queries } from './database.ts';

export interface Context {
  readonly actor: Actor;
  readonly place: LogPlace;
  readonly roomKind: RoomKind;
}

type Rejection = Extract<CommitOutcome, { readonly kind: 'rejected' }>;

export async function applyCommand(
  queries: Queries,
  command: LogCommand,
  context: Context,
): Promise<CommitOutcome> {
  const { place, roomKind } = context;
  // A deletion takes back what was said before the door was closed.
  if (roomKind === 'direct' && command.kind !== 'deletion' && (await isClosed(queries, command))) {
    return rejected('FORBIDDEN');
  }
  switch (command.kind) {
    case 'message':
      return addMessage(queries, command, context);
    case 'edit':
      return editMessage(queries, command, context);
    case 'deletion':
      return deleteMessage(queries, command, context);
    case 'reaction-added':
    case 'reaction-removed':
      return changeReaction(queries, command, place);
    case 'pin':
    case 'unpin':
      return changePin(queries, command, place);
    case 'access-lost':
      return endMembership(queries, command, context);
    default:
      return command satisfies never;
  }
}

/** Whether one of the two people of a direct room has blocked the other. */
async function isClosed(queries: Queries, { roomId }: LogCommand): Promise<boolean> {
  const sql = `SELECT 1 FROM blocks b
    JOIN memberships one ON one.room_id = $1 AND one.user_id = b.user_id
    JOIN memberships other ON other.room_id = one.room_id AND other.user_id = b.blocked_id`;
  return (await queries.one(sql, roomId)) !== undefined;
}

async function addMessage(
  queries: Queries,
  command: CommandOf<'message'>,
  { actor, place }: Context,
): Promise<CommitOutcome> {
  const { roomId, userId, messageId, content, clientMessageId } = command;
  const { sequence, createdAtMs } = place;
  let reply: ReplyPlace | undefined;
  if (command.parentId !== undefined) {
    reply = await takeReplyPlace(queries, command.roomId, command.parentId);
    if (reply === undefined) return rejected('NOT_FOUND', 'parentMessageId');
  }
  await queries.run(
    `INSERT INTO messages (id, room_id, user_id, content, created_at, sequence_number, client_message_id, parent_id, reply_number)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    messageId,
    roomId,
    userId,
    content,
    createdAtMs,
    sequence,
    clientMessageId ?? null,
    reply?.parentId ?? null,
    reply?.number ?? null,
  );
  await writeMentions(queries, command, sequence);
  await moveOwnPosition(queries, messageId, place);
  const message = {
    id: messageId,
    roomId,
    userId,
    sender: actor.username,
    content,
    createdAtMs,
    sequence,
    clientMessageId,
    editedAtMs: undefined,
    isDeleted: false,
    isPinned: false,
    reactions: [],
    replyCount: 0,
    reply,
  };
  return { kind: 'stored', event: { ...place, kind: 'message', message } };
}

async function takeReplyPlace(
  queries: Queries,
  roomId: LogCommand['roomId'],
  repliedTo: MessageId,
): Promise<ReplyPlace | undefined> {
  const row = await queries.one<{ id: MessageId; reply_count: number }>(
    `UPDATE messages SET reply_count = reply_count + 1
     WHERE id = (SELECT coalesce(parent_id, id) FROM messages WHERE id = $1 AND room_id = $2)
     RETURNING id, reply_count`,
    repliedTo,
    roomId,
  );
  return row && { parentId: row.id, number: row.reply_count };
}

/** Who writes has read: so the unread count is a subtraction. */
async function moveOwnPosition(
  queries: Queries,
  messageId: MessageId,
  place: LogPlace,
): Promise<void> {
  await queries.run(
    `UPDATE read_receipts SET last_read_at = $1, last_read_message_id = $2, last_read_sequence = $3, last_read_ordinal = $4
     WHERE user_id = $5 AND room_id = $6`,
    place.createdAtMs,
    messageId,
    place.sequence,
    place.ordinal,
    place.actorId,
    place.roomId,
  );
}

async function editMessage(
  queries: Queries,
  command: CommandOf<'edit'>,
  { place }: Context,
): Promise<CommitOutcome> {
  const { messageId, content } = command;
  const target = await findTarget(queries, command);
  if (target === undefined || target.isDeleted) return rejected('NOT_FOUND', 'messageId');
  if (target.userId !== command.userId) return rejected('FORBIDDEN');
  const editedAtMs = place.createdAtMs;
  await queries.run(
    'UPDATE messages SET content = $1, edited_at = $2 WHERE id = $3',
    content,
    editedAtMs,
    messageId,
  );
  await deleteMentions(queries, command, target.sequence);
  await writeMentions(queries, command, target.sequence);
  return { kind: 'stored', event: { ...place, kind: 'edit', messageId, content, editedAtMs } };
}

async function deleteMessage(
  queries: Queries,
  command: CommandOf<'deletion'>,
  { actor, place, roomKind }: Context,
): Promise<CommitOutcome> {
  const { messageId } = command;
  const target = await findTarget(queries, command);
  if (target === undefined) return rejected('NOT_FOUND', 'messageId');
  if (target.userId !== command.userId && !mayModerate(actor, roomKind)) {
    return rejected('FORBIDDEN');
  }
  await queries.run(
    `UPDATE messages SET content = '', edited_at = NULL, is_deleted = 1, is_pinned = 0 WHERE id = $1`,
    messageId,
  );
  await queries.run('DELETE FROM reactions WHERE message_id = $1', messageId);
  await deleteMentions(queries, command, target.sequence);
  return { kind: 'stored', event: { ...place, kind: 'deletion', messageId } };
}

async function changeReaction(
  queries: Queries,
  command: CommandOf<'reaction-added' | 'reaction-removed'>,
  place: LogPlace,
): Promise<CommitOutcome> {
  const { kind, messageId, emoji, userId } = command;
  const target = await findTarget(queries, command);
  if (target === undefined || target.isDeleted) return rejected('NOT_FOUND', 'messageId');
  if (kind === 'reaction-removed') {
    await queries.run(
      'DELETE FROM reactions WHERE message_id = $1 AND emoji = $2 AND user_id = $3',
      messageId,
      emoji,
      userId,
    );
  } else {
    const kinds = await queries.all<{ emoji: string }>(
      'SELECT DISTINCT emoji FROM reactions WHERE message_id = $1',
      messageId,
    );
    const isNew = kinds.every((row) => row.emoji !== emoji);
    if (isNew && kinds.length >= LIMITS.reactionsPerMessageMax) {
      return rejected('CONFLICT', 'emoji');
    }
    await queries.run(
      `INSERT INTO reactions (message_id, emoji, user_id, sequence) VALUES ($1, $2, $3, $4)
       ON CONFLICT (message_id, emoji, user_id) DO NOTHING`,
      messageId,
      emoji,
      userId,
      place.sequence,
    );
  }
  const row = await queries.one<{ count: number }>(
    'SELECT count(*) AS count FROM reactions WHERE message_id = $1 AND emoji = $2',
    messageId,
    emoji,
  );
  return { kind: 'stored', event: { ...place, kind, messageId, emoji, count: row?.count ?? 0 } };
}

async function changePin(
  queries: Queries,
  command: CommandOf<'pin' | 'unpin'>,
  place: LogPlace,
): Promise<CommitOutcome> {
  const { kind, messageId } = command;
  const target = await findTarget(queries, command);
  if (target === undefined || target.isDeleted) return rejected('NOT_FOUND', 'messageId');
  const isPinned = kind === 'pin' ? 1 : 0;
  await queries.run('UPDATE messages SET is_pinned = $1 WHERE id = $2', isPinned, messageId);
  return { kind: 'stored', event: { ...place, kind, messageId } };
}

async function endMembership(
  queries: Queries,
  command: CommandOf<'access-lost'>,
  { actor, place, roomKind }: Context,
): Promise<CommitOutcome> {
  const { roomId, userId, subjectId, reason } = command;
  const subject = await queries.one<{ username: string; room_role: RoomRole | null }>(
    `SELECT u.username, m.role AS room_role FROM users u
     LEFT JOIN memberships m ON m.user_id = u.id AND m.room_id = $1 WHERE u.id = $2`,
    roomId,
    subjectId,
  );
  if (subject === undefined) return rejected('NOT_FOUND', 'userId');
  const { username, room_role: subjectRole } = subject;
  const isOwnLeave = reason === 'left' && subjectId === userId && roomKind !== 'direct';
  if (!isOwnLeave && !mayRemove(actor, subjectRole ?? 'member', roomKind)) {
    return rejected('FORBIDDEN');
  }
  if (subjectRole === null && reason !== 'banned') return rejected('NOT_FOUND', 'userId');
  if (reason === 'banned') {
    await queries.run(
      `INSERT INTO bans (room_id, user_id, created_by, created_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (room_id, user_id) DO NOTHING`,
      roomId,
      subjectId,
      userId,
      place.createdAtMs,
    );
    if (subjectRole === null) return { kind: 'unlogged' };
  }
  await queries.run(
    'DELETE FROM memberships WHERE room_id = $1 AND user_id = $2',
    roomId,
    subjectId,
  );
  await queries.run(
    'DELETE FROM read_receipts WHERE room_id = $1 AND user_id = $2',
    roomId,
    subjectId,
  );
  const event = { ...place, kind: 'access-lost', userId: subjectId, username, reason } as const;
  return { kind: 'stored', event };
}

interface Target {
  readonly userId: UserId;
  readonly sequence: number;
  readonly isDeleted: boolean;
}

async function findTarget(
  queries: Queries,
  command: Pick<CommandOf<'edit'>, 'messageId' | 'roomId'>,
): Promise<Target | undefined> {
  const row = await queries.one<{ user_id: UserId; sequence_number: number; is_deleted: number }>(
    'SELECT user_id, sequence_number, is_deleted FROM messages WHERE id = $1 AND room_id = $2',
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

export async function writeMentions(
  queries: Queries,
  command: { readonly roomId: LogCommand['roomId']; readonly mentions: Mentions },
  sequence: number,
): Promise<void> {
  const { roomId, mentions } = command;
  // Everyone includes those who are named.
  if (mentions.everyone) await insertMention(queries, roomId, sequence, '');
  if (mentions.everyone || mentions.names.length === 0) return;
  const named = await queries.all<{ id: UserId }>(
    `SELECT u.id FROM users u JOIN memberships m ON m.user_id = u.id AND m.room_id = $1
     WHERE u.username_key = ANY($2::text[])`,
    roomId,
    mentions.names,
  );
  for (const { id } of named) await insertMention(queries, roomId, sequence, id);
}

async function insertMention(
  queries: Queries,
  roomId: LogCommand['roomId'],
  sequence: number,
  userId: UserId | '',
): Promise<void> {
  const sql = 'INSERT INTO mentions (room_id, sequence, user_id) VALUES ($1, $2, $3)';
  await queries.run(sql, roomId, sequence, userId);
}

async function deleteMentions(
  queries: Queries,
  { roomId }: Pick<LogCommand, 'roomId'>,
  sequence: number,
): Promise<void> {
  await queries.run('DELETE FROM mentions WHERE room_id = $1 AND sequence = $2', roomId, sequence);
}

function rejected(code: Rejection['code'], field?: NonNullable<Rejection['field']>): Rejection {
  return field === undefined ? { kind: 'rejected', code } : { kind: 'rejected', code, field };
}
