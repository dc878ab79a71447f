/** The factors of an account besides its password. */
import type { Account } from '../../model/user.ts';

/** Empty for an account whose password suffices, and is all that it has. */
export function factorsOf({
  hasFactor,
  hasPasskey,
}: Pick<Account, 'hasFactor' | 'hasPasskey'>): readonly ('totp' | 'passkey')[] {
  return [...(hasFactor ? (['totp'] as const) : []), ...(hasPasskey ? (['passkey'] as const) : [])];
}
