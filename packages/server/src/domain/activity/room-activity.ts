/** Selects from the latest events of a room what concerns a user. */

import { findMentions, type MessageId, mentionsOneOf } from '@parley/protocol';
import type { Message } from '../../model/message.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import type { User } from '../../model/user.ts';

export interface FoundActivity {
  readonly kind: 'mention' | 'reply' | 'reaction';
  readonly event: RoomEvent;
  /** The message that mentions or replies, or that has the reaction. */
  readonly message: Message;
  readonly emoji: string | undefined;
}

/** A user, by the names with which messages mention the user. */
export interface Mentioned extends Pick<User, 'id' | 'username'> {
  /** Handles of the user's groups. */
  readonly groups: readonly string[];
}

type ReactionAdded = Extract<RoomEvent, { readonly kind: 'reaction-added' | 'reaction-removed' }>;

/** Messages by id: those of the events, and others that were read for them. */
type KnownMessages = ReadonlyMap<MessageId, Message>;

export function messagesOf(events: readonly RoomEvent[]): Map<MessageId, Message> {
  return new Map(
    events.flatMap((event) =>
      event.kind === 'message' ? [[event.message.id, event.message]] : [],
    ),
  );
}

/** Messages whose authors decide whether an event concerns the user, and which are not known. */
export function unknownTargets(
  events: readonly RoomEvent[],
  { id: userId }: Pick<User, 'id'>,
  known: KnownMessages,
): MessageId[] {
  const targets = events.filter(({ actorId }) => actorId !== userId).flatMap(targetOf);
  return [...new Set(targets)].filter((id) => !known.has(id));
}

function targetOf(event: RoomEvent): MessageId[] {
  if (event.kind === 'reaction-added') return [event.messageId];
  if (event.kind !== 'message' || event.message.reply === undefined) return [];
  return [event.message.reply.parentId];
}

export function selectActivity(
  events: readonly RoomEvent[],
  user: Mentioned,
  known: KnownMessages,
  /** Sequences of messages that were stored as mentions of the user, by whatever name the user had. */
  stored: ReadonlySet<number> = new Set(),
): FoundActivity[] {
  const own = [...known.values()].filter(({ userId }) => userId === user.id);
  const threads = new Set(own.map(({ id, reply }) => reply?.parentId ?? id));
  // A reaction that was added again after its removal is one entry.
  const latest = new Map(
    events.flatMap((event) =>
      event.kind === 'reaction-added' ? [[reactionKeyOf(event), event]] : [],
    ),
  );
  return events.flatMap((event): FoundActivity[] => {
    if (event.actorId === user.id) return [];
    if (event.kind === 'reaction-added') {
      return latest.get(reactionKeyOf(event)) === event ? findReaction(event, user, known) : [];
    }
    if (event.kind !== 'message' || event.message.isDeleted) return [];
    const { message } = event;
    const isMeant = stored.has(message.sequence) || isMentioned(message, user);
    const kind = isMeant ? 'mention' : 'reply';
    const isReply = message.reply !== undefined && threads.has(message.reply.parentId);
    return kind === 'mention' || isReply ? [{ kind, event, message, emoji: undefined }] : [];
  });
}

/** Sequences of messages whose text mentions users by name, or those who were present. */
export function sequencesWithMentions(events: readonly RoomEvent[]): number[] {
  return [...messagesOf(events).values()]
    .filter(({ content }) => {
      const { here, names } = findMentions(content);
      return here === true || names.length > 0;
    })
    .map(({ sequence }) => sequence);
}

function reactionKeyOf({ messageId, emoji, actorId }: ReactionAdded): string {
  return `${messageId} ${actorId} ${emoji}`;
}

/** The reaction may have been removed since. */
function findReaction(
  event: ReactionAdded,
  user: Pick<User, 'id'>,
  known: KnownMessages,
): FoundActivity[] {
  const { messageId, emoji, actorId } = event;
  const message = known.get(messageId);
  if (message === undefined || message.userId !== user.id) return [];
  const reaction = message.reactions.find((each) => each.emoji === emoji);
  const isThere = reaction?.userIds.includes(actorId) === true;
  return isThere ? [{ kind: 'reaction', event, message, emoji }] : [];
}

function isMentioned({ content }: Message, { username, groups }: Mentioned): boolean {
  return mentionsOneOf(content, [username, 'everyone', 'room', ...groups]);
}
