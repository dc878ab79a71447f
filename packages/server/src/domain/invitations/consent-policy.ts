/**
 * The one place that decides how a user may be added to a workspace, room or group by another user, in every
 * dialect and route: by name, in a new group, by a mention or the mention of a group, by an edit. Widening a
 * circle asks first. The author's answer depends on the user's settings, on the rooms of the two, and on what the user
 * has left, never on who has blocked whom.
 */

import { ChatError, type UserId } from '@parley/protocol';
import { directKeyOf } from '../../model/direct-room-identity.ts';
import type { Standing } from '../../model/invitation.ts';
import type { Room } from '../../model/room.ts';
import { isKnownToOthers } from '../../model/room-policy.ts';
import type { User } from '../../model/user.ts';
import type { Store } from '../../ports/store.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import { rejectWait } from '../primitives/rate-limiter.ts';
import type { DomainSettings } from '../settings.ts';
import { requireAccepted } from './accepted-writers.ts';

export interface ConsentDependencies {
  readonly settings: Pick<DomainSettings, 'askBeforeStrangers'>;
  readonly store: Pick<Store, 'invitations'>;
  readonly userLimits: Pick<UserRateLimits, 'requests' | 'requestsOfPair'>;
}

interface Addition {
  readonly author: Pick<User, 'id' | 'role'>;
  readonly user: Pick<User, 'id' | 'acceptedWriters'>;
  /** A new group has no room yet. */
  readonly to: 'workspace' | 'new-group' | Pick<Room, 'id' | 'kind' | 'visibility'>;
}

interface Consent {
  /** The user has to accept first. */
  readonly isAsked: boolean;
  /**
   * The user has blocked the author: nothing of the addition reaches the user, and the author gets
   * the same answer as without the block.
   */
  readonly isUnwanted: boolean;
}

/**
 * Finds how an author may add a user, and counts it as a request if the user is asked, or does not know the author.
 *
 * - A workspace asks also users who know the author, unless they have chosen otherwise.
 * - Groups, private rooms and private channels ask users who do not know the author, unless they have chosen otherwise.
 * - A public room asks users who have chosen it and do not know the author.
 * - A room that the user has left, or was removed from, always asks.
 *
 * @throws {ChatError} FORBIDDEN if the author has blocked the user, or the user does not accept messages
 *   from the author; RATE_LIMITED if there were too many requests.
 */
export async function findConsent(
  dependencies: ConsentDependencies,
  { author, user, to }: Addition,
): Promise<Consent> {
  const { settings, store } = dependencies;
  const pair = { userId: user.id, authorId: author.id };
  const roomId = typeof to === 'string' ? undefined : to.id;
  const key = directKeyOf(user.id, author.id);
  const standing = await store.invitations.findStanding(user.id, author.id, key, roomId);
  if (standing.isBlocked) {
    throw new ChatError('FORBIDDEN', { message: 'You have blocked this user' });
  }
  requireAccepted(author, user, standing);
  const asksByDefault =
    settings.askBeforeStrangers && (typeof to === 'string' || !isKnownToOthers(to));
  const { asksFirst = asksByDefault, isKnown, hasLeft, hasBlocked: isUnwanted } = standing;
  const isAsked = hasLeft || (asksFirst && (to === 'workspace' || !isKnown));
  if (isAsked || !isKnown) await countRequest(dependencies, pair, standing);
  return { isAsked, isUnwanted };
}

/**
 * Counts a request: of each author at most a fifth of those that a user receives in a day, so that one account
 * never uses them up. A user whom the recipient has blocked gets the same answer, and uses up nothing of the others.
 *
 * @throws {ChatError} RATE_LIMITED.
 */
export async function countRequest(
  { userLimits }: Pick<ConsentDependencies, 'userLimits'>,
  { userId, authorId }: { readonly userId: UserId; readonly authorId: UserId },
  { hasBlocked }: Pick<Standing, 'hasBlocked'>,
): Promise<void> {
  const { requests, requestsOfPair } = userLimits;
  await requests.require(userId);
  const waitMs = await requestsOfPair.tryTake(`${userId} ${authorId}`);
  rejectWait(waitMs);
  if (!hasBlocked) await requests.take(userId);
}
