/**
 * How often one user may write, over every dialect, route and connection together:
 * more connections give no more.
 */

import type { UserId } from '@parley/protocol';
import type { Clock } from '../../ports/clock.ts';
import { RateLimiter } from '../primitives/rate-limiter.ts';
import type { DomainSettings } from '../settings.ts';

export interface UserLimits {
  readonly messages: RateLimiter<UserId>;
  /** Messages that come without a connection: such a post has no connection's limit. */
  readonly posts: RateLimiter<UserId>;
  /** Edits, deletions, reactions and pins; joins, members, bans and blocks. */
  readonly changes: RateLimiter<UserId>;
  /** Read positions: a client moves one with each message that it shows. */
  readonly readMarks: RateLimiter<UserId>;
  /** Rooms, groups, direct rooms, workspaces and channels. */
  readonly creations: RateLimiter<UserId>;
}

const HOUR_MS = 60 * 60 * 1000;
/** A user reads more than the user writes. */
const READ_MARKS_PER_CHANGE = 5;

export function openUserLimits(settings: DomainSettings, clock: Clock): UserLimits {
  const { messageRateMax, messageRateWindowMs: windowMs } = settings;
  // Without a limit on messages there is none on what is said about them.
  const perWindow = (capacity: number): RateLimiter<UserId> =>
    new RateLimiter({ capacity: messageRateMax === 0 ? 0 : capacity, windowMs }, clock);
  return {
    messages: perWindow(settings.userMessageRateMax),
    posts: perWindow(messageRateMax),
    changes: perWindow(settings.userChangeRateMax),
    readMarks: perWindow(settings.userChangeRateMax * READ_MARKS_PER_CHANGE),
    creations: new RateLimiter(
      { capacity: settings.userCreationRateMax, windowMs: HOUR_MS },
      clock,
    ),
  };
}
