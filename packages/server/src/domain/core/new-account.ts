/** Accounts of the first day that anybody could have made; those with a role on the server are not limited. */
import type { User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { DomainSettings } from '../settings.ts';

interface NewAccountDependencies {
  readonly settings: Pick<DomainSettings, 'newAccountMs' | 'registration'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export function isNewAccount(
  { settings, clock }: NewAccountDependencies,
  { role, externalId, createdAtMs }: User,
): boolean {
  const { newAccountMs, registration } = settings;
  if (newAccountMs === 0 || registration !== 'open' || externalId !== undefined) return false;
  const isYoung = clock.nowMs() - createdAtMs < newAccountMs;
  return isYoung && (role === 'member' || role === 'guest');
}
