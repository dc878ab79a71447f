/**
 * What can be done to a message that is there: edit, delete, react, pin. Whether
 * one may is decided where the message is, in the store's transaction.
 */
import {
  type ClientMessageId,
  findMentions,
  type MessageId,
  normalizeEmoji,
  type RoomId,
} from '@parley/protocol';
import type { CommandOf } from '../../model/log-command.ts';
import {
  type Author,
  type OnAcknowledged,
  storeAndBroadcast,
} from '../delivery/store-and-broadcast.ts';
import { toChatError } from '../errors.ts';
import type { Parts } from '../parts.ts';
import { toMessageText } from './message-text.ts';
import { notAnEmoji, toEarlierReaction, toReactionEmoji } from './reaction-emoji.ts';

export interface ChangeRequest {
  readonly roomId: RoomId;
  readonly messageId: MessageId;
  readonly clientMessageId: ClientMessageId | undefined;
  readonly change: MessageChange;
}

export type MessageChange =
  | {
      readonly kind: 'edit';
      readonly content: string;
      /** Code points that the dialect allows. */
      readonly contentLengthMax: number;
    }
  | { readonly kind: 'deletion' }
  | { readonly kind: 'pin' }
  | { readonly kind: 'unpin' }
  | { readonly kind: 'reaction-added'; readonly emoji: string }
  | { readonly kind: 'reaction-removed'; readonly emoji: string };

/**
 * Changes a message of a room that need not be open on the connection. `settle`
 * hears NOT_FOUND, FORBIDDEN, CONFLICT or UNAVAILABLE where it was not stored.
 *
 * @throws {ChatError} RATE_LIMITED, VALIDATION_ERROR, UNAVAILABLE; then nothing was stored.
 */
export function changeMessage(
  parts: Parts,
  author: Author,
  { roomId, messageId, clientMessageId, change }: ChangeRequest,
  settle: OnAcknowledged,
): void {
  parts.userLimits.changes.take(author.user.id);
  const target = { roomId, messageId, clientMessageId };
  const { kind } = change;
  switch (kind) {
    case 'edit': {
      const content = toMessageText(change.content, change.contentLengthMax);
      const command = { ...target, kind, content, mentions: findMentions(content) };
      storeAndBroadcast(parts, author, command, { identity: [kind, messageId, content], settle });
      return;
    }
    case 'reaction-added': {
      const emoji = toReactionEmoji(change.emoji);
      const command = { ...target, kind, emoji };
      storeAndBroadcast(parts, author, command, { identity: [kind, messageId, emoji], settle });
      return;
    }
    case 'reaction-removed':
      removeReaction(parts, author, { ...target, kind, emoji: change.emoji }, settle);
      return;
    case 'deletion':
    case 'pin':
    case 'unpin':
      storeAndBroadcast(
        parts,
        author,
        { ...target, kind },
        { identity: [kind, messageId], settle },
      );
      return;
    default:
      change satisfies never;
  }
}

type ReactionRemoval = Pick<
  CommandOf<'reaction-removed'>,
  'kind' | 'roomId' | 'messageId' | 'clientMessageId' | 'emoji'
>;

/** Removes a reaction by its emoji, or by the text that an earlier version stored. */
function removeReaction(
  parts: Parts,
  author: Author,
  removal: ReactionRemoval,
  settle: OnAcknowledged,
): void {
  const { kind, messageId } = removal;
  const emoji = normalizeEmoji(removal.emoji);
  const earlier = toEarlierReaction(removal.emoji);
  const submit = (stored: string): void => {
    const identity = [kind, messageId, earlier];
    storeAndBroadcast(parts, author, { ...removal, emoji: stored }, { identity, settle });
  };
  if (earlier === undefined) throw notAnEmoji();
  if (emoji === earlier) {
    submit(emoji);
    return;
  }
  hasReaction(parts, author, { ...removal, emoji: earlier })
    .then((isStored) => {
      if (!isStored && emoji === undefined) throw notAnEmoji();
      submit(isStored ? earlier : (emoji ?? earlier));
    })
    .catch((error: unknown) => settle(toChatError(error)));
}

/** Nothing is said of a room that the author does not belong to. */
async function hasReaction(
  { store, people }: Parts,
  { user }: Author,
  { roomId, messageId, emoji }: ReactionRemoval,
): Promise<boolean> {
  if (!people.isMember(user.id, roomId)) return false;
  const message = await store.log.readMessage(roomId, messageId);
  return message?.reactions.some((reaction) => reaction.emoji === emoji) === true;
}
