/** The actor of an entry of the audit log. */
import type { By } from '../../model/audit.ts';
import type { ActingUser } from '../../model/identity.ts';
import type { Clock } from '../../ports/clock.ts';

export function byOf(
  { id: actor, address = '' }: Pick<ActingUser, 'id' | 'address'>,
  clock: Pick<Clock, 'nowMs'>,
): By {
  return { actor, address, atMs: clock.nowMs() };
}
