/** E-mail addresses of users: operations of the account store. */
import type { UserId } from '@parley/protocol';
import type { By } from '../../model/audit.ts';
import type { Email } from '../../model/user.ts';
import { audited } from './audit-chain.ts';
import { type Operation, one, run } from './operation.ts';

export function* findEmail(userId: UserId): Operation<Email | undefined> {
  const row = yield* one<{ address: string; confirmed_at: number | null }>(
    'SELECT address, confirmed_at FROM emails WHERE user_id = $1',
    userId,
  );
  return row && { address: row.address, isConfirmed: row.confirmed_at !== null };
}

/** Another address begins unconfirmed; the same one stays as it is. */
function* storeEmail(userId: UserId, address: string | undefined): Operation<boolean> {
  if (address === undefined) {
    return (yield* run('DELETE FROM emails WHERE user_id = $1', userId)) === 1;
  }
  const stored = yield* run(
    `INSERT INTO emails (user_id, address, address_key) VALUES ($1, $2, $3)
     ON CONFLICT (user_id) DO UPDATE SET address = excluded.address, address_key = excluded.address_key,
       confirmed_at = NULL WHERE emails.address <> excluded.address`,
    userId,
    address,
    address.toLowerCase(),
  );
  return stored === 1;
}

export const setEmail = audited(
  storeEmail,
  (isChanged, target: UserId, _address: string | undefined, by: By) =>
    isChanged ? { ...by, action: 'email.change', target } : undefined,
);
