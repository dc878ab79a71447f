/** A link with which a user sets a new password without the current one. */
import type { UserId } from '@parley/protocol';
import type { By } from './audit.ts';

export interface PasswordReset {
  readonly userId: UserId;
  /** Only who received the link has the token. */
  readonly tokenDigest: string;
  /** Must still be allowed to reset the password when the link is used. */
  readonly creator: By['actor'];
  readonly expiresAtMs: number;
  /** The address that it was mailed to. The link of an admin or operator has none. */
  readonly mailedTo?: string | undefined;
  /** The user has added a factor since: the link does not take it away. */
  readonly precedesFactor?: true;
}
