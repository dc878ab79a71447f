/** Reactions on messages in SQLite, as a reader sees them. */
import { LIMITS, type MessageId, type UserId } from '@parley/protocol';
import { type ReactionRow, type ReactionsByMessage, toReactions } from '../sql-rows.ts';
import type { Database } from './database.ts';

/**
 * Returns reactions by message, sorted by emoji so that every store returns the same; users in the
 * order of their reactions.
 */
export function readReactions(
  database: Database,
  messageIds: readonly MessageId[],
): ReactionsByMessage {
  if (messageIds.length === 0) return new Map();
  // From the counts of the page, and of each emoji no more users than are listed.
  const counts = database.all<Omit<ReactionRow, 'user_id'>>(
    `SELECT message_id, emoji, count AS total FROM reaction_counts
     WHERE message_id IN (SELECT value FROM json_each(?)) ORDER BY message_id, emoji`,
    JSON.stringify(messageIds),
  );
  const rows = counts.flatMap((count) =>
    database
      .all<{ user_id: UserId }>(
        `SELECT user_id FROM reactions WHERE message_id = ? AND emoji = ? ORDER BY sequence LIMIT ?`,
        count.message_id,
        count.emoji,
        LIMITS.reactionUsersListed,
      )
      .map(({ user_id }) => ({ ...count, user_id })),
  );
  return toReactions(rows);
}
