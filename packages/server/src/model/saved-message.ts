import type { MessageId, RoomId, UserId } from '@parley/protocol';

/** Messages that one user has saved. */
export const SAVED_MESSAGES_MAX = 1000;

/** A message that a user has saved for later. */
export interface SavedMessage {
  readonly messageId: MessageId;
  readonly roomId: RoomId;
  readonly savedAtMs: number;
  /** When the user wants to be reminded; undefined without a reminder, and after it. */
  readonly remindAtMs: number | undefined;
  /** Time of the reminder that the user has got, until the message is saved again. */
  readonly remindedAtMs: number | undefined;
}

/** A reminder that is due. */
export interface Reminder {
  readonly userId: UserId;
  readonly messageId: MessageId;
  readonly roomId: RoomId;
  readonly remindedAtMs: number;
}
