/** The actor of an entry of the audit log. */
import type { By } from '../../model/audit.ts';
import type { User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';

export function byOf(
  {
    user,
    address = '',
  }: { readonly user: Pick<User, 'id'>; readonly address?: string | undefined },
  clock: Pick<Clock, 'nowMs'>,
): By {
  return { actor: user.id, address, atMs: clock.nowMs() };
}
