/**
 * Effects of each log command in PostgreSQL: messages, reactions, mentions, memberships. Each
 * command is checked before it writes, so a rejected command changes nothing.
 *
 * New messages are collected; a command about one of them, or about memberships, writes them first.
 */

import type { MessageId, RoomId, RoomKind, UserId } from '@parley/protocol';
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
import { storedMessage } from '../../model/new-message.ts';
import type { LogPosition } from '../../model/room-event.ts';
import type { RoleHolder } from '../../model/room-policy.ts';
import { toRoomRoleIfAny } from '../../model/stored-role.ts';
import { OWN_ISSUER } from '../../model/user.ts';
import { deletionBlocks } from '../sql/deletions.ts';
import { REACTIONS_WITH_MESSAGE_MAX } from '../sql/tables.ts';
import { noteChange } from './membership-changes.ts';
import { insertMentions, MessageBatch } from './message-batch.ts';
import type { Queries } from './queries.ts';
import type { Write } from './transaction.ts';

/** Author of a command, as a member of the room. */
export interface Actor extends RoleHolder {
  readonly username: string;
}

export interface Context {
  readonly actor: Actor;
  readonly position: LogPosition;
  readonly roomKind: RoomKind;
  /** A direct room in which one user has blocked the other. */
  readonly isClosed: boolean;
  /** Called when this user becomes the owner of the room. */
  readonly onNewOwner: (userId: UserId) => void;
}

export class CommandApplier {
  readonly #queries: Queries;
  readonly #newMessages = new MessageBatch();

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  /** Returns the statements that write the collected messages. */
  takeWrites(): Write[] {
    return this.#newMessages.take();
  }

  async apply(command: LogCommand, context: Context): Promise<CommitOutcome> {
    // A deletion withdraws a message sent before the block.
    if (context.isClosed && command.kind !== 'deletion') return rejected('FORBIDDEN');
    switch (command.kind) {
      case 'message':
        return this.#addMessage(command, context);
      case 'edit':
        return this.#editMessage(command, context);
      case 'deletion':
        return this.#deleteMessage(command, context);
      case 'reaction-added':
      case 'reaction-removed':
        return this.#changeReaction(command, context);
      case 'pin':
      case 'unpin':
        return this.#changePin(command, context);
      case 'access-lost':
        return this.#loseAccess(command, context);
      default:
        return command satisfies never;
    }
  }

  async #addMessage(
    command: CommandOf<'message'>,
    { actor, position, roomKind }: Context,
  ): Promise<CommitOutcome> {
    let reply: ReplyPosition | undefined;
    if (command.parentId !== undefined) {
      reply = await this.#addReply(position, command.parentId);
      if (reply === undefined) return rejected('NOT_FOUND', 'parentMessageId');
    }
    this.#newMessages.add({ command, position, roomKind, reply });
    return storedMessage(command, position, { sender: actor.username, reply });
  }

  async #addReply(
    { roomId }: LogPosition,
    repliedTo: MessageId,
  ): Promise<ReplyPosition | undefined> {
    if (this.#newMessages.has(repliedTo)) await this.#flush();
    const row = await this.#queries.one<{ id: MessageId; reply_count: number }>(
      `UPDATE messages SET reply_count = reply_count + 1
       WHERE id = (SELECT coalesce(parent_id, id) FROM messages WHERE id = $1 AND room_id = $2)
       RETURNING id, reply_count`,
      repliedTo,
      roomId,
    );
    return row
      ? { parentId: row.id, number: row.reply_count }
      : this.#nextReplyNumber(roomId, repliedTo);
  }

  /** Returns the next number in a thread whose first message retention has deleted. */
  async #nextReplyNumber(roomId: RoomId, repliedTo: MessageId): Promise<ReplyPosition | undefined> {
    await this.#flush();
    const latest = await this.#queries.one<{ parent_id: MessageId; reply_number: number }>(
      `SELECT parent_id, reply_number FROM messages
       WHERE parent_id = (SELECT parent_id FROM messages WHERE id = $1 AND room_id = $2)
       ORDER BY sequence_number DESC LIMIT 1`,
      repliedTo,
      roomId,
    );
    return latest && { parentId: latest.parent_id, number: latest.reply_number + 1 };
  }

  async #editMessage(command: CommandOf<'edit'>, context: Context): Promise<CommitOutcome> {
    const { messageId, content, mentions } = command;
    const decision = await this.#decide(command, context);
    if (decision.kind === 'rejected') return decision;
    const { position } = context;
    const target = decision.value;
    const editedAtMs = position.createdAtMs;
    await this.#queries.run(
      'UPDATE messages SET content = $1, edited_at = $2 WHERE id = $3',
      content,
      editedAtMs,
      messageId,
    );
    await this.#deleteMentions(position, target);
    const { roomId, actorId } = position;
    const { sequence } = target;
    await this.#run(insertMentions([{ position: { roomId, sequence, actorId }, mentions }]));
    return { kind: 'stored', event: { ...position, kind: 'edit', messageId, content, editedAtMs } };
  }

  async #deleteMessage(command: CommandOf<'deletion'>, context: Context): Promise<CommitOutcome> {
    const { messageId } = command;
    const decision = await this.#decide(command, context);
    if (decision.kind === 'rejected') return decision;
    const { position } = context;
    await this.#queries.run(
      `UPDATE messages SET content = '', attachments = NULL, edited_at = NULL, is_deleted = 1, is_pinned = 0
       WHERE id = $1`,
      messageId,
    );
    // A repeated deletion finds none, or those that wait for the sweep.
    if (!decision.value.isDeleted) await this.#deleteReactions(messageId);
    await this.#deleteMentions(position, decision.value);
    await countDeletion(this.#queries, position.roomId, decision.value.sequence);
    return { kind: 'stored', event: { ...position, kind: 'deletion', messageId } };
  }

  /** The reactions of a popular message become unreadable now, and are deleted later, in steps. */
  async #deleteReactions(messageId: MessageId): Promise<void> {
    const counts = await this.#queries.all<{ count: number }>(
      'SELECT count FROM reaction_counts WHERE message_id = $1',
      messageId,
    );
    if (counts.reduce((sum, { count }) => sum + count, 0) <= REACTIONS_WITH_MESSAGE_MAX) {
      await this.#queries.run('DELETE FROM reactions WHERE message_id = $1', messageId);
      return;
    }
    await this.#queries.run('DELETE FROM reaction_counts WHERE message_id = $1', messageId);
    const note = 'INSERT INTO leftover_reactions (message_id) VALUES ($1)';
    await this.#queries.run(note, messageId);
  }

  async #changeReaction(
    command: CommandOf<'reaction-added' | 'reaction-removed'>,
    context: Context,
  ): Promise<CommitOutcome> {
    const { kind, messageId, emoji } = command;
    const decision = await this.#decide(command, context);
    if (decision.kind === 'rejected') return decision;
    const { position } = context;
    if (kind === 'reaction-removed') await this.#removeReaction(command, position);
    else if (!(await this.#addReaction(command, position))) return rejected('CONFLICT', 'emoji');
    const row = await this.#queries.one<{ count: number }>(
      'SELECT count FROM reaction_counts WHERE message_id = $1 AND emoji = $2',
      messageId,
      emoji,
    );
    return {
      kind: 'stored',
      event: { ...position, kind, messageId, emoji, count: row?.count ?? 0 },
    };
  }

  async #removeReaction(
    { messageId, emoji }: CommandOf<'reaction-removed' | 'reaction-added'>,
    { actorId }: LogPosition,
  ): Promise<void> {
    await this.#queries.run(
      'DELETE FROM reactions WHERE message_id = $1 AND emoji = $2 AND user_id = $3',
      messageId,
      emoji,
      actorId,
    );
  }

  /** Returns false if the message has the maximum number of different emojis. */
  async #addReaction(
    { messageId, emoji }: CommandOf<'reaction-removed' | 'reaction-added'>,
    { actorId, sequence }: LogPosition,
  ): Promise<boolean> {
    const kinds = await this.#queries.all<{ emoji: string }>(
      'SELECT emoji FROM reaction_counts WHERE message_id = $1',
      messageId,
    );
    const present = kinds.map((row) => row.emoji);
    if (!mayAddReaction(emoji, present)) return false;
    await this.#queries.run(
      `INSERT INTO reactions (message_id, emoji, user_id, sequence) VALUES ($1, $2, $3, $4)
       ON CONFLICT (message_id, emoji, user_id) DO NOTHING`,
      messageId,
      emoji,
      actorId,
      sequence,
    );
    return true;
  }

  async #changePin(command: CommandOf<'pin' | 'unpin'>, context: Context): Promise<CommitOutcome> {
    const { kind, messageId } = command;
    const decision = await this.#decide(command, context);
    if (decision.kind === 'rejected') return decision;
    const { position } = context;
    const isPinned = kind === 'pin' ? 1 : 0;
    await this.#queries.run(
      'UPDATE messages SET is_pinned = $1 WHERE id = $2',
      isPinned,
      messageId,
    );
    return { kind: 'stored', event: { ...position, kind, messageId } };
  }

  async #loseAccess(
    command: CommandOf<'access-lost'>,
    { actor, position, roomKind, onNewOwner }: Context,
  ): Promise<CommitOutcome> {
    await this.#flush();
    const { subjectId, reason } = command;
    const { createdAtMs: atMs, sequence } = position;
    const about = { actor, roomKind, atMs, afterSequence: sequence - 1, onNewOwner };
    const ended = await endMembership(this.#queries, command, about);
    if (ended.kind !== 'ended') return ended;
    const { username } = ended;
    const lost = { kind: 'access-lost', userId: subjectId, username, reason } as const;
    return { kind: 'stored', event: { ...position, ...lost } };
  }

  /** Writes the collected messages. */
  async #flush(): Promise<void> {
    await this.#run(this.takeWrites());
  }

  async #run(writes: readonly Write[]): Promise<void> {
    await Promise.all(writes.map(({ sql, values }) => this.#queries.run(sql, ...values)));
  }

  async #decide(
    command: MessageChange,
    { actor, position, roomKind }: Context,
  ): Promise<Decision<TargetMessage>> {
    const target = await this.#findTarget(position, command.messageId);
    return decideChange(command, target, actor, roomKind);
  }

  async #findTarget(
    { roomId }: LogPosition,
    messageId: MessageId,
  ): Promise<TargetMessage | undefined> {
    if (this.#newMessages.has(messageId)) await this.#flush();
    const row = await this.#queries.one<{
      user_id: UserId;
      sequence_number: number;
      is_deleted: number;
    }>(
      'SELECT user_id, sequence_number, is_deleted FROM messages WHERE id = $1 AND room_id = $2',
      messageId,
      roomId,
    );
    return (
      row && {
        userId: row.user_id,
        sequence: row.sequence_number,
        isDeleted: row.is_deleted === 1,
      }
    );
  }

  async #deleteMentions({ roomId }: LogPosition, { sequence }: TargetMessage): Promise<void> {
    const sql = 'DELETE FROM mentions WHERE room_id = $1 AND sequence = $2';
    await this.#queries.run(sql, roomId, sequence);
  }
}

/** Counts each message once, however often it is deleted. */
export async function countDeletion(
  queries: Queries,
  roomId: RoomId,
  sequence: number,
): Promise<void> {
  const [own, ...larger] = deletionBlocks(sequence);
  await queries.run(
    `WITH added AS (
       INSERT INTO deletion_counts (room_id, level, block, count) VALUES ($1, $2, $3, 1)
       ON CONFLICT (room_id, level, block) DO NOTHING RETURNING room_id)
     INSERT INTO deletion_counts (room_id, level, block, count)
     SELECT added.room_id, b.level, b.block, 1
     FROM added CROSS JOIN unnest($4::bigint[], $5::bigint[]) AS b (level, block)
     ON CONFLICT (room_id, level, block) DO UPDATE SET count = deletion_counts.count + 1`,
    roomId,
    own?.level ?? 0,
    own?.block ?? sequence,
    larger.map(({ level }) => level),
    larger.map(({ block }) => block),
  );
}

/** Ends the subject's membership if the actor is allowed to. */
export async function endMembership(
  queries: Queries,
  { roomId, userId, subjectId, ...command }: CommandOf<'access-lost'>,
  about: Pick<Context, 'actor' | 'roomKind' | 'onNewOwner'> & {
    readonly atMs: number;
    /** Sequence of the room's latest event. */
    readonly afterSequence: number;
  },
): Promise<
  Rejection | { readonly kind: 'unlogged' } | { readonly kind: 'ended'; readonly username: string }
> {
  const row = await queries.one<{ username: string; room_role: string | null }>(
    `SELECT u.username, m.role AS room_role FROM users u
     LEFT JOIN memberships m ON m.user_id = u.id AND m.room_id = $1 WHERE u.id = $2`,
    roomId,
    subjectId,
  );
  const subject = row && { username: row.username, roomRole: toRoomRoleIfAny(row.room_role) };
  const ending = { roomId, userId, subjectId, ...command };
  const decision = decideEndOfMembership(ending, subject, about.actor, about.roomKind);
  if (decision.kind === 'rejected') return decision;
  const { username, roomRole } = decision.value;
  if (command.reason === 'banned') {
    await queries.run(
      `INSERT INTO bans (room_id, user_id, created_by, created_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (room_id, user_id) DO NOTHING`,
      roomId,
      subjectId,
      userId,
      about.atMs,
    );
    if (roomRole === undefined) return { kind: 'unlogged' };
  }
  for (const table of ['memberships', 'read_receipts']) {
    const sql = `DELETE FROM ${table} WHERE room_id = $1 AND user_id = $2`;
    await queries.run(sql, roomId, subjectId);
  }
  const { atMs, afterSequence } = about;
  const change = { roomId, userId: subjectId, actorId: userId, kind: command.reason } as const;
  await noteChange(queries, { ...change, afterSequence, atMs });
  if (roomRole === 'owner') await appointOwner(queries, roomId, about.onNewOwner);
  return { kind: 'ended', username };
}

/** Makes the longest-standing member the owner of a room without an owner. */
async function appointOwner(
  queries: Queries,
  roomId: RoomId,
  onNewOwner: Context['onNewOwner'],
): Promise<void> {
  const owner = await queries.one<{ user_id: UserId }>(
    `UPDATE memberships SET role = 'owner' WHERE room_id = $1 AND user_id = (
       SELECT user_id FROM memberships WHERE room_id = $1 AND role <> 'owner'
       AND user_id NOT IN (SELECT user_id FROM external_identities WHERE issuer = $2)
       ORDER BY created_at, user_id LIMIT 1)
     AND NOT EXISTS (SELECT 1 FROM memberships WHERE room_id = $1 AND role = 'owner')
     RETURNING user_id`,
    roomId,
    OWN_ISSUER,
  );
  if (owner !== undefined) onNewOwner(owner.user_id);
}
