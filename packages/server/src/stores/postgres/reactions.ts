/** Reactions on messages in PostgreSQL, as a reader sees them. */
import { LIMITS, type MessageId } from '@parley/protocol';
import { type ReactionRow, type ReactionsByMessage, toReactions } from '../sql/rows.ts';
import type { Queries } from './queries.ts';

/**
 * The subquery hides the number of ids from the planner, which would plan the statement again for
 * each list that is shorter than its estimate.
 */
const SELECT_REACTIONS = `SELECT c.message_id, c.emoji, c.count AS total, r.user_id FROM reaction_counts c
  CROSS JOIN LATERAL (SELECT user_id, sequence FROM reactions
    WHERE message_id = c.message_id AND emoji = c.emoji
    ORDER BY sequence LIMIT ${LIMITS.reactionUsersListed}) r
  WHERE c.message_id = ANY((SELECT $1::text[])::text[]) ORDER BY c.message_id, c.emoji, r.sequence`;

/**
 * Returns reactions by message, sorted by emoji so that every store returns the same; users in the
 * order of their reactions.
 */
export async function readReactions(
  queries: Queries,
  messageIds: readonly MessageId[],
): Promise<ReactionsByMessage> {
  if (messageIds.length === 0) return new Map();
  const rows = await queries.all<ReactionRow>(SELECT_REACTIONS, messageIds);
  return toReactions(rows);
}
