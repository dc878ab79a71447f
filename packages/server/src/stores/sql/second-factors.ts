/** Second factors: operations of the account store. */
import type { UserId } from '@parley/protocol';
import type { By } from '../../model/audit.ts';
import type { CodeProof, FactorProof, SecondFactor } from '../../model/second-factor.ts';
import { audited } from './audit-chain.ts';
import { endSessionsOf } from './end-sessions.ts';
import { all, type Operation, one, run } from './operation.ts';
import { spendPasskey } from './passkeys.ts';
import { restrictResets } from './void-resets.ts';

interface FactorRow {
  readonly sealed: string;
  readonly confirmed_at: number | null;
  readonly last_step: number;
}

export function* findSecondFactor(userId: UserId): Operation<SecondFactor | undefined> {
  const row = yield* one<FactorRow>(
    'SELECT sealed, confirmed_at, last_step FROM second_factors WHERE user_id = $1',
    userId,
  );
  if (row === undefined) return undefined;
  const codes = yield* all<{ code_digest: string }>(
    'SELECT code_digest FROM recovery_codes WHERE user_id = $1',
    userId,
  );
  return {
    userId,
    sealed: row.sealed,
    isConfirmed: row.confirmed_at !== null,
    lastStep: row.last_step,
    recoveryDigests: codes.map((code) => code.code_digest),
  };
}

export function* startSecondFactor(userId: UserId, sealed: string): Operation<boolean> {
  const stored = yield* run(
    `INSERT INTO second_factors (user_id, sealed, last_step) VALUES ($1, $2, 0)
     ON CONFLICT (user_id) DO UPDATE SET sealed = excluded.sealed WHERE second_factors.confirmed_at IS NULL`,
    userId,
    sealed,
  );
  return stored === 1;
}

function* storeConfirmed(
  userId: UserId,
  { sealed, step, resealed }: Extract<FactorProof, { kind: 'totp' }>,
  recoveryDigests: readonly string[],
  { atMs }: By,
  sessionKey?: string,
): Operation<string[] | undefined> {
  // The account first, as a login does: a running login is awaited, a later one finds the factor.
  yield* one('SELECT 1 AS there FROM users WHERE id = $1 FOR NO KEY UPDATE', userId);
  const confirmed = yield* run(
    `UPDATE second_factors SET confirmed_at = $1, last_step = $2, sealed = $3
     WHERE user_id = $4 AND sealed = $5 AND confirmed_at IS NULL`,
    atMs,
    step,
    resealed,
    userId,
    sealed,
  );
  if (confirmed === 0) return undefined;
  yield* restrictResets(userId);
  yield* insertRecoveryCodes(userId, recoveryDigests);
  return yield* endSessionsOf(userId, sessionKey);
}

function* insertRecoveryCodes(userId: UserId, digests: readonly string[]): Operation<void> {
  yield* run(
    `INSERT INTO recovery_codes (user_id, code_digest)
     SELECT $1, d.code_digest FROM unnest($2::text[]) AS d (code_digest)`,
    userId,
    digests,
  );
}

export const confirmSecondFactor = audited(
  storeConfirmed,
  (
    ended,
    target: UserId,
    _proof: FactorProof,
    _digests: readonly string[],
    by: By,
    _key?: string,
  ) => ended && { ...by, action: 'factor.add', target, detail: 'totp' },
);

/**
 * Whether a login or an act may go on: the user has no second factor, or the proof is valid, and is used
 * up. The caller has locked the account.
 */
export function* spendProof(userId: UserId, proof: FactorProof | undefined): Operation<boolean> {
  if (proof?.kind === 'totp') {
    const used = yield* run(
      `UPDATE second_factors SET last_step = $1, sealed = $2
       WHERE user_id = $3 AND sealed = $4 AND last_step < $1 AND confirmed_at IS NOT NULL`,
      proof.step,
      proof.resealed,
      userId,
      proof.sealed,
    );
    return used === 1;
  }
  if (proof?.kind === 'recovery') {
    const sql = 'DELETE FROM recovery_codes WHERE user_id = $1 AND code_digest = $2';
    return (yield* run(sql, userId, proof.digest)) === 1;
  }
  // It is more than a password and a code.
  if (proof?.kind === 'passkey') return yield* spendPasskey(userId, proof);
  const sql =
    'SELECT 1 AS there FROM second_factors WHERE user_id = $1 AND confirmed_at IS NOT NULL';
  return (yield* one(sql, userId)) === undefined;
}

function* storeRecoveryCodes(userId: UserId, digests: readonly string[]): Operation<boolean> {
  // A login with one of the former codes is awaited, as is the end of the factor.
  yield* one('SELECT 1 AS there FROM users WHERE id = $1 FOR NO KEY UPDATE', userId);
  const factor = yield* findSecondFactor(userId);
  if (factor?.isConfirmed !== true) return false;
  yield* run('DELETE FROM recovery_codes WHERE user_id = $1', userId);
  yield* insertRecoveryCodes(userId, digests);
  return true;
}

export const replaceRecoveryCodes = audited(
  storeRecoveryCodes,
  (isStored, target: UserId, _digests: readonly string[], by: By) =>
    isStored ? { ...by, action: 'factor.codes', target } : undefined,
);

function* removeProven(userId: UserId, proof: CodeProof): Operation<boolean> {
  yield* one('SELECT 1 AS there FROM users WHERE id = $1 FOR NO KEY UPDATE', userId);
  return (yield* spendProof(userId, proof)) && (yield* deleteFactor(userId));
}

export const removeSecondFactor = audited(
  removeProven,
  (isRemoved, target: UserId, _proof: CodeProof, by: By) =>
    isRemoved ? { ...by, action: 'factor.remove', target } : undefined,
);

/** Returns whether logins needed it. */
export function* deleteFactor(userId: UserId): Operation<boolean> {
  const row = yield* one<Pick<FactorRow, 'confirmed_at'>>(
    'DELETE FROM second_factors WHERE user_id = $1 RETURNING confirmed_at',
    userId,
  );
  return row !== undefined && row.confirmed_at !== null;
}
