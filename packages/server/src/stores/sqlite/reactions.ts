/** Reactions on messages in SQLite, as a reader sees them. */
import { LIMITS, type MessageId, type UserId } from '@parley/protocol';
import { type ReactionRow, type ReactionsByMessage, toReactions } from '../sql/rows.ts';
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
  // Users of popular reactions are read one by one: the rest of their users are not read.
  const found = database.all<Omit<ReactionRow, 'user_id'> & { readonly user_id: UserId | null }>(
    `SELECT c.message_id, c.emoji, c.count AS total, r.user_id FROM reaction_counts c
     LEFT JOIN reactions r
       ON r.message_id = CASE WHEN c.count <= ? THEN c.message_id END AND r.emoji = c.emoji
     WHERE c.message_id IN (SELECT value FROM json_each(?)) ORDER BY c.message_id, c.emoji, r.sequence`,
    LIMITS.reactionUsersListed,
    JSON.stringify(messageIds),
  );
  const rows = found.flatMap((row) => {
    const { user_id: userId } = row;
    return userId === null ? readUsers(database, row) : [{ ...row, user_id: userId }];
  });
  return toReactions(rows);
}

function readUsers(database: Database, reaction: Omit<ReactionRow, 'user_id'>): ReactionRow[] {
  const users = database.all<{ user_id: UserId }>(
    `SELECT user_id FROM reactions WHERE message_id = ? AND emoji = ? ORDER BY sequence LIMIT ?`,
    reaction.message_id,
    reaction.emoji,
    LIMITS.reactionUsersListed,
  );
  return users.map(({ user_id }) => ({ ...reaction, user_id }));
}
