/** Declines all invitations of one user. Outside of the classes, so that pages load it when they need it. */
import type { ClientPayload, ServerFrames } from '@parley/protocol';
import type { RequestCorrelator } from '../connection/request-correlator.ts';

/**
 * With `block`, the user is blocked too, so that later invitations stay hidden; with `leaveGroups`,
 * the groups that the user has created are left.
 *
 * @throws {ChatError} `NOT_FOUND`, `RATE_LIMITED`, `UNAVAILABLE`.
 */
export function declineAll(
  { requests }: { readonly requests: Pick<RequestCorrelator, 'request'> },
  how: ClientPayload<'decline_invitations'>,
): Promise<ServerFrames['invitations_declined']> {
  return requests.request('decline_invitations', how);
}
