/** Applies an event of a room's log to the loaded messages. Pure. */
import type { LoggedEvent, LoggedFrames, MessageId } from '@parley/protocol';
import type { Message, Reaction } from './message.ts';

/** Maximum number of people that a reaction names; the count includes all. */
const NAMED_MAX = 100;

/** The same array if no loaded message changes. */
export function reduceMessages(
  messages: readonly Message[],
  event: LoggedEvent,
): readonly Message[] {
  if (event.type === 'room_left' || event.type === 'user_left') return messages;
  const index = messages.findLastIndex(({ id }) => id === event.payload.messageId);
  const message = messages[index];
  return message === undefined ? messages : messages.with(index, changeMessage(message, event));
}

/** A change of a message. */
export type MessageEvent = Exclude<LoggedEvent, { type: 'room_left' | 'user_left' }>;

function changeMessage(message: Message, { type, payload }: MessageEvent): Message {
  switch (type) {
    case 'message_edited': {
      const { content, editedAt, notReached } = payload as LoggedFrames['message_edited'] &
        Pick<Message, 'notReached'>;
      const editedAtMs = Date.parse(editedAt);
      return { ...message, content, editedAtMs, ...(notReached && { notReached }) };
    }
    case 'message_deleted':
      return tombstoneOf(message);
    case 'message_pinned':
      return { ...message, isPinned: true };
    case 'message_unpinned':
      return { ...message, isPinned: false };
    case 'reaction_added':
    case 'reaction_removed': {
      let reactions = changeReactions(message.reactions, type, payload);
      // A vote replaces that for another option.
      const { others = [] } = payload as {
        readonly others?: readonly { readonly emoji: string; readonly count: number }[];
      };
      for (const other of others) {
        reactions = changeReactions(reactions, 'reaction_removed', { ...payload, ...other });
      }
      return { ...message, reactions };
    }
  }
}

function tombstoneOf({ editedAtMs: _, ...message }: Message): Message {
  const nothing = { content: '', reactions: [], isPinned: false, attachments: [] } as const;
  return { ...message, ...nothing, isDeleted: true };
}

/**
 * Counts these replies at their parents. The number of a reply is its place in the thread,
 * so counting it twice or late changes nothing.
 */
export function countReplies(
  messages: readonly Message[],
  replies: readonly Message[],
): readonly Message[] {
  const counts = new Map<MessageId, number>();
  for (const { parentId, replyNumber = 0 } of replies) {
    if (parentId === undefined) continue;
    counts.set(parentId, Math.max(replyNumber, counts.get(parentId) ?? 0));
  }
  if (counts.size === 0) return messages;
  return messages.map((message) => {
    const replyCount = counts.get(message.id) ?? 0;
    return replyCount > (message.replyCount ?? 0) ? { ...message, replyCount } : message;
  });
}

/** In the order of the emoji, as the server lists them. */
function changeReactions(
  reactions: readonly Reaction[],
  type: 'reaction_added' | 'reaction_removed',
  { emoji, userId, count }: LoggedFrames['reaction_added'],
): readonly Reaction[] {
  const others = reactions.filter((reaction) => reaction.emoji !== emoji);
  if (count === 0) return others;
  const before = reactions.find((reaction) => reaction.emoji === emoji)?.userIds ?? [];
  const userIds =
    type === 'reaction_removed'
      ? before.filter((id) => id !== userId)
      : [...new Set([...before, userId])].slice(0, NAMED_MAX);
  return [...others, { emoji, userIds, count }].sort((a, b) => (a.emoji < b.emoji ? -1 : 1));
}
