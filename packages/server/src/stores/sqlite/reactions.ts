/** Reactions on messages in SQLite, as a reader sees them. */
import { LIMITS, type MessageId } from '@parley/protocol';
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
  const rows = database.all<ReactionRow>(
    `SELECT message_id, emoji, user_id, total FROM (
       SELECT message_id, emoji, user_id, sequence,
         count(*) OVER (PARTITION BY message_id, emoji) AS total,
         row_number() OVER (PARTITION BY message_id, emoji ORDER BY sequence) AS place
       FROM reactions WHERE message_id IN (SELECT value FROM json_each(?)))
     WHERE place <= ? ORDER BY message_id, emoji, sequence`,
    JSON.stringify(messageIds),
    LIMITS.reactionUsersListed,
  );
  return toReactions(rows);
}
