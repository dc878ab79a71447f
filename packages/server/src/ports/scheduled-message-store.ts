import type { UserId } from '@parley/protocol';
import type {
  ScheduledEdit,
  ScheduledMessage,
  ScheduledOutcome,
} from '../model/scheduled-message.ts';

/** The messages that users send later. A row stays until its message is stored: it is sent again under the same key. */
export interface ScheduledMessageStore {
  /**
   * Returns the message under this id, which a repeated request finds; undefined if the user has scheduled
   * `max` others. `no-files`: a file is not the user's, has expired, or is another message's. Otherwise no other
   * message takes its files, and they do not expire.
   */
  insertScheduled(
    message: Omit<ScheduledMessage, 'failure'>,
    max: number,
  ): Promise<ScheduledMessage | 'no-files' | undefined>;
  findScheduled(userId: UserId, id: string): Promise<ScheduledMessage | undefined>;
  /** All of the user, the next one first. */
  listScheduled(userId: UserId): Promise<ScheduledMessage[]>;
  /**
   * A new time also ends a failure; other attachments replace all. `taken`: it is being sent, and stays as it is;
   * `no-files`: as above, and it stays too.
   */
  changeScheduled(
    userId: UserId,
    id: string,
    edit: ScheduledEdit,
    nowMs: number,
  ): Promise<ScheduledMessage | 'taken' | 'no-files' | undefined>;
  /** Returns what was deleted. Its files wait for another message. `taken`: it is being sent, and stays. */
  cancelScheduled(
    userId: UserId,
    id: string,
    nowMs: number,
  ): Promise<ScheduledMessage | 'taken' | undefined>;
  hasDueScheduled(nowMs: number): Promise<boolean>;
  /**
   * Takes due messages in their order: until `dueAtMs`, no other node gets them. `wasTaken`: an attempt before
   * this one has not ended, or its outcome is unknown.
   */
  takeDueScheduled(page: {
    readonly nowMs: number;
    readonly dueAtMs: number;
    readonly limit: number;
  }): Promise<(ScheduledMessage & { readonly wasTaken: boolean })[]>;
  /** Ends an attempt. */
  settleScheduled(userId: UserId, id: string, outcome: ScheduledOutcome): Promise<void>;
}
