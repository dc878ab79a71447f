/** Reactions on messages in PostgreSQL, as a reader sees them. */
import { LIMITS, type MessageId } from '@parley/protocol';
import { type ReactionRow, type ReactionsByMessage, toReactions } from '../sql-rows.ts';
import type { Queries } from './database.ts';

/**
 * Returns reactions by message, sorted by emoji so that every store returns the same; users in the
 * order of their reactions.
 */
export async function readReactions(
  queries: Queries,
  messageIds: readonly MessageId[],
): Promise<ReactionsByMessage> {
  if (messageIds.length === 0) return new Map();
  const rows = await queries.all<ReactionRow>(
    `SELECT message_id, emoji, user_id, total FROM (
       SELECT message_id, emoji, user_id, sequence,
         count(*) OVER (PARTITION BY message_id, emoji) AS total,
         row_number() OVER (PARTITION BY message_id, emoji ORDER BY sequence) AS place
       FROM reactions WHERE message_id = ANY($1::text[])) r
     WHERE place <= $2 ORDER BY message_id, emoji, sequence`,
    messageIds,
    LIMITS.reactionUsersListed,
  );
  return toReactions(rows);
}
