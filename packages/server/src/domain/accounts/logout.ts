/** Logs users out, whatever keeps their session: Parley, another application or another issuer. */

import type { Identity } from '../../model/identity.ts';
import type { Clock } from '../../ports/clock.ts';
import { byOf } from '../core/act.ts';
import type { ExternalSessions } from './external-sessions.ts';
import type { ExternalTokenDenylist } from './external-token-denylist.ts';
import { requireFullSession } from './full-session.ts';
import type { Sessions } from './sessions.ts';

interface LogoutDependencies {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly sessions: Pick<Sessions, 'end' | 'endAllOf'>;
  readonly externalSessions: Pick<ExternalSessions, 'end'> | undefined;
  readonly denylist: Pick<ExternalTokenDenylist, 'applyRevocation'>;
}

/**
 * Ends the user's current session, or all of the user's sessions. A token of another issuer is
 * rejected from now on.
 *
 * @throws {ChatError} FORBIDDEN for all sessions by a token that is only for connections, UNAVAILABLE.
 */
export async function logOut(
  { clock, sessions, externalSessions, denylist }: LogoutDependencies,
  identity: Identity,
  which: 'this' | 'all',
): Promise<void> {
  if (which === 'all') requireFullSession(identity);
  const { user, sessionKey } = identity;
  await externalSessions?.end(sessionKey);
  denylist.applyRevocation({ kind: 'session', sessionKey });
  await sessions.end(sessionKey, 'logout');
  if (which === 'all') await sessions.endAllOf(user, 'logout', byOf(identity.user, clock));
}
