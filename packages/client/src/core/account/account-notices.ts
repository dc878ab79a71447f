/** Notices about sign-ins and changes by other devices. Pages load it when they need it. */
import type { ServerFrames } from '@parley/protocol';
import type { Http } from '../connection/http.ts';

interface HasHttp {
  readonly http: Pick<Http, 'call'>;
}

/** A sign-in, or a change of how the user signs in. `sessionId` is that of `Account.endSession`. */
export type AccountNotice = ServerFrames['account_notice'];

/**
 * The sign-ins and changes by other devices that the user has not dismissed, of the last 14 days,
 * oldest first.
 *
 * @throws {ChatError} `UNAVAILABLE`.
 */
export async function listAccountNotices({ http }: HasHttp): Promise<readonly AccountNotice[]> {
  const answer = await http.call('GET', '/api/auth/notices');
  // The server documents the answer of this route.
  return (answer as { readonly notices: readonly AccountNotice[] }).notices;
}

/** Dismisses a notice on all devices. @throws {ChatError} `NOT_FOUND`, `RATE_LIMITED`, `UNAVAILABLE`. */
export async function dismissAccountNotice({ http }: HasHttp, id: string): Promise<void> {
  await http.call('DELETE', `/api/auth/notices/${encodeURIComponent(id)}`);
}
