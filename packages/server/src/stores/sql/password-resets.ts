/** Links that set a new password: operations of the account store. */
import type { UserId } from '@parley/protocol';
import { type By, SERVER } from '../../model/audit.ts';
import type { PasswordReset } from '../../model/password-reset.ts';
import { audited } from './audit-chain.ts';
import { type Operation, one, run } from './operation.ts';
import { resetPassword } from './sessions.ts';

interface ResetRow {
  readonly user_id: UserId;
  readonly token_digest: string;
  readonly creator: PasswordReset['creator'];
  readonly expires_at: number;
  readonly mailed_to: string | null;
  readonly precedes_factor: number;
}

/** A mailed link and one of an admin do not replace each other. */
function* storeReset(reset: PasswordReset): Operation<boolean> {
  const { userId, tokenDigest, creator, expiresAtMs, mailedTo } = reset;
  if (mailedTo !== undefined) {
    yield* lockAccount(userId);
    const stored = yield* run(
      `UPDATE emails SET reset_digest = $1, reset_expires_at = $2
       WHERE user_id = $3 AND address = $4 AND confirmed_at IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM second_factors f WHERE f.user_id = $3 AND f.confirmed_at IS NOT NULL)`,
      ...[tokenDigest, expiresAtMs, userId, mailedTo],
    );
    return stored === 1;
  }
  yield* run(
    `INSERT INTO password_resets (user_id, token_digest, creator, expires_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (user_id) DO UPDATE SET token_digest = excluded.token_digest, creator = excluded.creator,
       expires_at = excluded.expires_at, precedes_factor = 0`,
    ...[userId, tokenDigest, creator, expiresAtMs],
  );
  return true;
}

/** First, as every change of a password and of a factor does. */
function* lockAccount(userId: UserId): Operation<void> {
  yield* one('SELECT 1 AS there FROM users WHERE id = $1 FOR NO KEY UPDATE', userId);
}

export const insertPasswordReset = audited(
  storeReset,
  (isStored, { userId: target }: PasswordReset, by: By) =>
    isStored ? { ...by, action: 'reset.create', target } : undefined,
);

export function* findPasswordReset(tokenDigest: string): Operation<PasswordReset | undefined> {
  const row = yield* one<ResetRow>(
    `SELECT user_id, token_digest, creator, expires_at, NULL AS mailed_to, precedes_factor
     FROM password_resets WHERE token_digest = $1
     UNION ALL
     SELECT user_id, reset_digest, '${SERVER}', reset_expires_at, address, 0
     FROM emails WHERE reset_digest = $1`,
    tokenDigest,
  );
  return (
    row && {
      userId: row.user_id,
      tokenDigest: row.token_digest,
      creator: row.creator,
      expiresAtMs: row.expires_at,
      ...(row.mailed_to === null ? {} : { mailedTo: row.mailed_to }),
      ...(row.precedes_factor === 1 && { precedesFactor: true as const }),
    }
  );
}

export function* takePasswordReset(
  tokenDigest: string,
  passwordHash: string,
  by: By,
): Operation<string[] | undefined> {
  const known = yield* findPasswordReset(tokenDigest);
  if (known === undefined) return undefined;
  yield* lockAccount(known.userId);
  // The factor, or the address, may have changed before the account was locked.
  const found = yield* findPasswordReset(tokenDigest);
  const isValid = found !== undefined && found.precedesFactor !== true;
  if (!isValid || found.expiresAtMs <= by.atMs) return undefined;
  return (yield* resetPassword(found.userId, passwordHash, by)).endedKeys;
}
