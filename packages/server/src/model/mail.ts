/** Mail to a user, as it waits to be sent. */
import type { UserId } from '@parley/protocol';
import type { AccountNotice } from './account-notice.ts';

export type MailKind = 'account-notice' | 'confirm-email' | 'invite' | 'reset-password';

/** A notice that is mailed, and the address of the time when it happened: the account may have another one since. */
export interface MailedNotice extends Pick<AccountNotice, 'kind' | 'atMs' | 'address'> {
  readonly to: string;
  /** Undefined for a program that is not known: its name is free text. */
  readonly device?: string | undefined;
}

export interface QueuedMail {
  /** Ordered by time. Of an invite: its id. */
  readonly id: string;
  readonly kind: MailKind;
  /** The recipient; of an invite: its creator. */
  readonly userId: UserId;
  /** Of the kind `account-notice`. */
  readonly notice?: MailedNotice | undefined;
  /** Number of attempts to send it, this one included. */
  readonly attempts: number;
}
