/** The reactions under messages in SQLite, as a reader sees them. */
import { LIMITS, type MessageId, type UserId } from '@parley/protocol';
import type { Reaction } from '../../ports/model.ts';
import type { Database } from './database.ts';

interface ReactionRow {
  readonly message_id: MessageId;
  readonly emoji: string;
  readonly user_id: UserId;
  readonly total: number;
}

/** By message: in the order of the emojis, so that every fold has the same; people as they came. */
export function readReactions(
  database: Database,
  messageIds: readonly MessageId[],
): ReadonlyMap<MessageId, readonly Reaction[]> {
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
  const found = new Map<MessageId, (Reaction & { userIds: UserId[] })[]>();
  for (const { message_id: messageId, emoji, user_id: userId, total: count } of rows) {
    const reactions = found.get(messageId) ?? [];
    found.set(messageId, reactions);
    const same = reactions.find((reaction) => reaction.emoji === emoji);
    if (same === undefined) reactions.push({ emoji, userIds: [userId], count });
    else same.userIds.push(userId);
  }
  return found;
}
