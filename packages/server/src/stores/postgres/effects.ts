/**
 * Reads the facts by which commands are decided, and writes their effects to PostgreSQL.
 *
 * New messages are collected; a command about one of them, or about memberships, writes them first.
 * Other statements are sent without waiting for their results.
 */

import type { MessageId, RoomId, UserId } from '@parley/protocol';
import type { Effect, Facts } from '../../model/plan-command.ts';
import { toRoomRoleIfAny } from '../../model/stored-role.ts';
import { OWN_ISSUER } from '../../model/user.ts';
import { countDeletion } from '../sql/deletions.ts';
import { noteChange } from '../sql/rooms.ts';
import { REACTIONS_WITH_MESSAGE_MAX } from '../sql/tables.ts';
import { insertMentions, MessageBatch } from './message-batch.ts';
import type { Queries } from './queries.ts';
import { runLater } from './run-later.ts';
import type { Write } from './transaction.ts';

/** A room of the batch. */
interface EffectRoom {
  readonly id: RoomId;
  readonly isDirect: boolean;
  /** A direct room in which one user has blocked the other. */
  readonly isClosed: boolean;
}

export class EffectWriter {
  readonly #queries: Queries;
  readonly #newMessages = new MessageBatch();
  /** Statements that were sent. */
  #sent: Promise<unknown>[] = [];

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  /** Waits for what was sent; returns the statements that write the collected messages. */
  async finish(): Promise<Write[]> {
    await Promise.all(this.#sent);
    return this.#newMessages.take();
  }

  factsOf({ id: roomId, isClosed }: EffectRoom): Facts {
    const queries = this.#queries;
    return {
      isClosed: () => isClosed,
      findMessage: async (id) => {
        if (this.#newMessages.has(id)) this.#flush();
        const row = await queries.one<{
          user_id: UserId;
          sequence_number: number;
          is_deleted: number;
          parent_id: MessageId | null;
          reply_count: number;
        }>(
          `SELECT user_id, sequence_number, is_deleted, parent_id, reply_count
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
          }
        );
      },
      latestReplyNumber: async (parentId) => {
        this.#flush();
        const row = await queries.one<{ reply_number: number }>(
          'SELECT reply_number FROM messages WHERE parent_id = $1 ORDER BY sequence_number DESC LIMIT 1',
          parentId,
        );
        return row?.reply_number ?? 0;
      },
      async readReactions({ messageId, emoji, userId }) {
        const [rows, own] = await Promise.all([
          queries.all<{ emoji: string; count: number }>(
            'SELECT emoji, count FROM reaction_counts WHERE message_id = $1',
            messageId,
          ),
          queries.one(
            'SELECT 1 AS found FROM reactions WHERE message_id = $1 AND emoji = $2 AND user_id = $3',
            messageId,
            emoji,
            userId,
          ),
        ]);
        return {
          emojis: rows.map((row) => row.emoji),
          count: rows.find((row) => row.emoji === emoji)?.count ?? 0,
          isPresent: own !== undefined,
        };
      },
      findSubject: async (userId) => {
        this.#flush();
        return findSubject(queries, roomId, userId);
      },
    };
  }

  /** @param onNewOwner Called when this user becomes the owner of the room. */
  async write(
    room: EffectRoom,
    effect: Effect,
    onNewOwner: (userId: UserId) => void,
  ): Promise<void> {
    const queries = this.#queries;
    const { id: roomId } = room;
    switch (effect.kind) {
      case 'message': {
        const { command, position, reply } = effect;
        this.#newMessages.add({ command, position, isDirect: room.isDirect, reply });
        break;
      }
      case 'reply-count': {
        const sql = 'UPDATE messages SET reply_count = $1 WHERE id = $2';
        this.#send(queries.run(sql, effect.replyCount, effect.messageId));
        break;
      }
      case 'edit': {
        const { command, messageSequence: sequence, editedAtMs } = effect;
        const { content, messageId, mentions, userId: actorId } = command;
        const sql = 'UPDATE messages SET content = $1, edited_at = $2 WHERE id = $3';
        this.#send(queries.run(sql, content, editedAtMs, messageId));
        this.#deleteMentions(roomId, sequence);
        this.#run(insertMentions([{ position: { roomId, sequence, actorId }, mentions }]));
        break;
      }
      case 'deletion': {
        const { messageId, messageSequence, isRepeated } = effect;
        const sql = `UPDATE messages SET content = '', attachments = NULL, edited_at = NULL, is_deleted = 1, is_pinned = 0
           WHERE id = $1`;
        this.#send(queries.run(sql, messageId));
        // A repeated deletion finds none, or those that wait for the sweep.
        if (!isRepeated) this.#send(deleteReactions(queries, messageId));
        this.#deleteMentions(roomId, messageSequence);
        this.#send(runLater(queries, countDeletion(roomId, messageSequence)));
        break;
      }
      case 'pin': {
        const sql = 'UPDATE messages SET is_pinned = $1 WHERE id = $2';
        this.#send(queries.run(sql, effect.isPinned ? 1 : 0, effect.messageId));
        break;
      }
      case 'reaction':
        this.#send(writeReaction(queries, effect));
        break;
      case 'ban':
      case 'membership-end':
        await endMembership(queries, roomId, effect, onNewOwner);
        break;
      default:
        effect satisfies never;
    }
  }

  #flush(): void {
    this.#run(this.#newMessages.take());
  }

  #run(writes: readonly Write[]): void {
    for (const { sql, values } of writes) this.#send(this.#queries.run(sql, ...values));
  }

  #deleteMentions(roomId: RoomId, sequence: number): void {
    const sql = 'DELETE FROM mentions WHERE room_id = $1 AND sequence = $2';
    this.#send(this.#queries.run(sql, roomId, sequence));
  }

  #send(sent: Promise<unknown>): void {
    this.#sent.push(sent);
    // `finish` awaits it: until then, a rejection is not unhandled.
    sent.catch(() => {});
  }
}

async function findSubject(
  queries: Queries,
  roomId: RoomId,
  userId: UserId,
): Promise<Awaited<ReturnType<Facts['findSubject']>>> {
  const row = await queries.one<{ username: string; room_role: string | null }>(
    `SELECT u.username, m.role AS room_role FROM users u
     LEFT JOIN memberships m ON m.user_id = u.id AND m.room_id = $1 WHERE u.id = $2`,
    roomId,
    userId,
  );
  return row && { username: row.username, roomRole: toRoomRoleIfAny(row.room_role) };
}

/** The reactions of a popular message become unreadable now, and are deleted later, in steps. */
async function deleteReactions(queries: Queries, messageId: MessageId): Promise<void> {
  const counts = await queries.all<{ count: number }>(
    'SELECT count FROM reaction_counts WHERE message_id = $1',
    messageId,
  );
  if (counts.reduce((sum, { count }) => sum + count, 0) <= REACTIONS_WITH_MESSAGE_MAX) {
    await queries.run('DELETE FROM reactions WHERE message_id = $1', messageId);
    return;
  }
  await queries.run('DELETE FROM reaction_counts WHERE message_id = $1', messageId);
  await queries.run('INSERT INTO leftover_reactions (message_id) VALUES ($1)', messageId);
}

async function writeReaction(
  queries: Queries,
  { messageId, emoji, userId, sequence }: Extract<Effect, { readonly kind: 'reaction' }>,
): Promise<void> {
  if (sequence === undefined) {
    const sql = 'DELETE FROM reactions WHERE message_id = $1 AND emoji = $2 AND user_id = $3';
    await queries.run(sql, messageId, emoji, userId);
    return;
  }
  const sql =
    'INSERT INTO reactions (message_id, emoji, user_id, sequence) VALUES ($1, $2, $3, $4)';
  await queries.run(sql, messageId, emoji, userId, sequence);
}

async function endMembership(
  queries: Queries,
  roomId: RoomId,
  effect: Extract<Effect, { readonly kind: 'ban' | 'membership-end' }>,
  onNewOwner: (userId: UserId) => void,
): Promise<void> {
  if (effect.kind === 'ban') {
    await queries.run(
      `INSERT INTO bans (room_id, user_id, created_by, created_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (room_id, user_id) DO NOTHING`,
      roomId,
      effect.subjectId,
      effect.actorId,
      effect.atMs,
    );
    return;
  }
  const { command, wasOwner, afterSequence, atMs } = effect;
  const { subjectId, userId: actorId, reason: kind } = command;
  for (const table of ['memberships', 'read_receipts']) {
    const sql = `DELETE FROM ${table} WHERE room_id = $1 AND user_id = $2`;
    await queries.run(sql, roomId, subjectId);
  }
  const change = { roomId, userId: subjectId, actorId, kind, afterSequence, atMs };
  await runLater(queries, noteChange(change));
  if (wasOwner) await appointOwner(queries, roomId, onNewOwner);
}

/** Makes the longest-standing member the owner of a room without an owner. */
async function appointOwner(
  queries: Queries,
  roomId: RoomId,
  onNewOwner: (userId: UserId) => void,
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
