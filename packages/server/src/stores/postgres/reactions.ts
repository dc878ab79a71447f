/** The reactions under messages in PostgreSQL, as a reader sees them. */
import { LIMITS, type MessageId, type UserId } from '@parley/protocol';
import type { Reaction } from '../../ports/model.ts';
import type { Queries } from './database.ts';

interface ReactionRow {
  readonly message_id: MessageId;
  readonly emoji: string;
  readonly user_id: UserId;
  readonly total: number;
}

/** By message: in the order of the emojis, so that every fold has the same; people as they came. */
export async function readReactions(
  queries: Queries,
  messageIds: readonly MessageId[],
): Promise<ReadonlyMap<MessageId, readonly Reaction[]>> {
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
