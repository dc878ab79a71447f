/**
 * Whether users have to consent before others add them to a workspace, group or room. The author's answer
 * depends on the user's setting and on the rooms of the two, never on who has blocked whom.
 */

import { ChatError, type UserId } from '@parley/protocol';
import { directKeyOf } from '../../model/direct-room-identity.ts';
import type { Store } from '../../ports/store.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { DomainSettings } from '../settings.ts';

export interface ConsentDependencies {
  readonly settings: Pick<DomainSettings, 'askBeforeStrangers'>;
  readonly store: Pick<Store, 'invitations'>;
  readonly userLimits: Pick<UserRateLimits, 'requests'>;
}

interface Consent {
  /** Others only send invitations, unless they are known. */
  readonly asksFirst: boolean;
  /** The two share a private history. */
  readonly isKnown: boolean;
  /**
   * The user has blocked the author: nothing of the addition reaches the user, and the author gets
   * the same answer as without the block.
   */
  readonly isUnwanted: boolean;
}

/**
 * Finds how an author may add a user. Counts the attempts of strangers against the user's limit.
 *
 * @param isInWorkspace The user is already in the workspace of the room: then only a user who has chosen
 *   it is asked first.
 * @throws {ChatError} FORBIDDEN if the author has blocked the user; RATE_LIMITED if the user has
 *   received too many requests of strangers.
 */
export async function findConsent(
  { settings, store, userLimits }: ConsentDependencies,
  { userId, authorId }: { readonly userId: UserId; readonly authorId: UserId },
  { isInWorkspace = false }: { readonly isInWorkspace?: boolean } = {},
): Promise<Consent> {
  const key = directKeyOf(userId, authorId);
  const standing = await store.invitations.findStanding(userId, authorId, key);
  if (standing.isBlocked) {
    throw new ChatError('FORBIDDEN', { message: 'You have blocked this user' });
  }
  const asksByDefault = settings.askBeforeStrangers && !isInWorkspace;
  const { asksFirst = asksByDefault, isKnown, hasBlocked: isUnwanted } = standing;
  if (!isKnown) await userLimits.requests.take(userId);
  return { asksFirst, isKnown, isUnwanted };
}
