import type { MessageId, UserId } from '@parley/protocol';
import type { TimeCursor } from '../model/page.ts';
import type { Reminder, SavedMessage } from '../model/saved-message.ts';

/** The messages that users have saved for later, and their reminders. No commit of a message writes here. */
export interface SavedMessageStore {
  /**
   * Saves a message, or replaces its reminder. Returns undefined if the user has saved `max` others.
   */
  saveMessage(
    userId: UserId,
    message: Omit<SavedMessage, 'remindedAtMs'>,
    max: number,
  ): Promise<SavedMessage | undefined>;
  /** Those that are not saved are ignored. */
  deleteSaved(userId: UserId, messageIds: readonly MessageId[]): Promise<void>;
  /** Saved last first; with `reminded`, only those with a reminder that came, the latest reminder first. */
  listSaved(
    userId: UserId,
    page: {
      readonly after: TimeCursor | undefined;
      readonly limit: number;
      readonly reminded: boolean;
    },
  ): Promise<SavedMessage[]>;
  hasDueReminder(nowMs: number): Promise<boolean>;
  /** Takes due reminders in their order: each is returned once, on one node. */
  takeDueReminders(page: { readonly nowMs: number; readonly limit: number }): Promise<Reminder[]>;
}
