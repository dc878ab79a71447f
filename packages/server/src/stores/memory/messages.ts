import { LIMITS } from '@parley/protocol';
import type { Message } from '../../model/message.ts';
import type { StoredMessage, Tables } from './tables.ts';

/**
 * Builds a message as a reader sees it: with the sender's current name and the first users of each
 * reaction.
 */
export function toMessage({ accountsById }: Tables, stored: StoredMessage): Message {
  return {
    ...stored,
    sender: accountsById.get(stored.userId)?.user.username ?? '',
    reactions: [...stored.reactions]
      .map(([emoji, userIds]) => ({
        emoji,
        userIds: [...userIds].slice(0, LIMITS.reactionUsersListed),
        count: userIds.size,
      }))
      .sort((a, b) => (a.emoji < b.emoji ? -1 : 1)),
  };
}
