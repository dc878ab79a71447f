/** Mail to a user, as it waits to be sent. */
import type { UserId } from '@parley/protocol';

export type MailKind = 'confirm-email' | 'reset-password';

export interface QueuedMail {
  /** Ordered by time. */
  readonly id: string;
  readonly kind: MailKind;
  readonly userId: UserId;
  /** Number of attempts to send it, this one included. */
  readonly attempts: number;
}
