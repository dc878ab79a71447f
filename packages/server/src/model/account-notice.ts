/** A sign-in, or a change of how a user signs in, as the other devices of the user are told. */
import type { AccountNoticeKind } from '@parley/protocol';

/** Without the key, which stays on the server. */
export interface ShownNotice extends Omit<AccountNotice, 'sessionKey'> {
  /** As the user sees it in the list of sessions; undefined if it has ended. */
  readonly sessionId: string | undefined;
}

export interface AccountNotice {
  /** Ordered by time. */
  readonly id: string;
  readonly kind: AccountNoticeKind;
  readonly atMs: number;
  /** Such as "Firefox on Linux"; free text of a program that is no browser; empty if unknown. */
  readonly device: string;
  /** Empty if unknown. */
  readonly address: string;
  /** Key of the session that did it, or that a sign-in started; empty if unknown. */
  readonly sessionKey: string;
}
