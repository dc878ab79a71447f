/** Links that set a new password: operations of the account store. */
import type { UserId } from '@parley/protocol';
import type { By } from '../../model/audit.ts';
import type { PasswordReset } from '../../model/password-reset.ts';
import { audited } from './audit-chain.ts';
import { type Operation, one, run } from './operation.ts';
import { resetPassword } from './sessions.ts';

interface ResetRow {
  readonly user_id: UserId;
  readonly token_digest: string;
  readonly creator: PasswordReset['creator'];
  readonly expires_at: number;
}

function* storeReset(reset: PasswordReset): Operation<void> {
  yield* run(
    `INSERT INTO password_resets (user_id, token_digest, creator, expires_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (user_id) DO UPDATE SET token_digest = excluded.token_digest, creator = excluded.creator,
       expires_at = excluded.expires_at`,
    reset.userId,
    reset.tokenDigest,
    reset.creator,
    reset.expiresAtMs,
  );
}

export const insertPasswordReset = audited(
  storeReset,
  (_result, { userId: target }: PasswordReset, by: By) => ({
    ...by,
    action: 'reset.create',
    target,
  }),
);

export function* findPasswordReset(tokenDigest: string): Operation<PasswordReset | undefined> {
  const row = yield* one<ResetRow>(
    'SELECT user_id, token_digest, creator, expires_at FROM password_resets WHERE token_digest = $1',
    tokenDigest,
  );
  return (
    row && {
      userId: row.user_id,
      tokenDigest: row.token_digest,
      creator: row.creator,
      expiresAtMs: row.expires_at,
    }
  );
}

export function* takePasswordReset(
  tokenDigest: string,
  passwordHash: string,
  by: By,
): Operation<string[] | undefined> {
  const found = yield* findPasswordReset(tokenDigest);
  if (found === undefined || found.expiresAtMs <= by.atMs) return undefined;
  // The account first, as every change of a password does.
  yield* one('SELECT 1 AS there FROM users WHERE id = $1 FOR NO KEY UPDATE', found.userId);
  const sql = 'DELETE FROM password_resets WHERE token_digest = $1';
  if ((yield* run(sql, tokenDigest)) === 0) return undefined;
  return (yield* resetPassword(found.userId, passwordHash, by)).endedKeys;
}
