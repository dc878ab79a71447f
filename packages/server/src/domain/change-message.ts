/**
 * What can be done to a message that is there: edit, delete, react, pin. Whether
 * one may is decided where the message is, in the store's transaction.
 */
import { type ClientMessageId, findMentions, type MessageId, type RoomId } from '@parley/protocol';
import { toEmoji } from './emoji.ts';
import { toMessageText } from './message-text.ts';
import type { Parts } from './parts.ts';
import { type Author, type Settle, submitCommand } from './submit-command.ts';

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
  settle: Settle,
): void {
  parts.userLimits.changes.take(author.user.id);
  const target = { roomId, messageId, clientMessageId };
  const { kind } = change;
  switch (kind) {
    case 'edit': {
      const content = toMessageText(change.content, change.contentLengthMax);
      const command = { ...target, kind, content, mentions: findMentions(content) };
      submitCommand(parts, author, command, { identity: [kind, messageId, content], settle });
      return;
    }
    case 'reaction-added':
    case 'reaction-removed': {
      const emoji = toEmoji(change.emoji);
      const command = { ...target, kind, emoji };
      submitCommand(parts, author, command, { identity: [kind, messageId, emoji], settle });
      return;
    }
    case 'deletion':
    case 'pin':
    case 'unpin':
      submitCommand(parts, author, { ...target, kind }, { identity: [kind, messageId], settle });
      return;
    default:
      change satisfies never;
  }
}
