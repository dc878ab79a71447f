/** Passkeys: operations of the account store. */
import type { UserId } from '@parley/protocol';
import type { By } from '../../model/audit.ts';
import { PASSKEYS_MAX, type Passkey } from '../../model/passkey.ts';
import type { FactorProof } from '../../model/second-factor.ts';
import type { Credentials } from '../../model/user.ts';
import { audited } from './audit-chain.ts';
import { all, type Operation, one, run } from './operation.ts';
import { toUser, USER_COLUMNS, type UserRow } from './rows.ts';
import { restrictResets } from './void-resets.ts';

interface PasskeyRow {
  readonly passkey_id: string;
  readonly user_id: UserId;
  readonly credential_id: string;
  readonly public_key: string;
  readonly counter: number;
  readonly transports: string;
  readonly name: string;
  readonly passkey_created_at: number;
  readonly last_used_at: number | null;
}

const PASSKEY_COLUMNS = `p.id AS passkey_id, p.user_id, p.credential_id, p.public_key, p.counter, p.transports,
  p.name, p.created_at AS passkey_created_at, p.last_used_at`;

function toPasskey(row: PasskeyRow): Passkey {
  return {
    id: row.passkey_id,
    userId: row.user_id,
    credentialId: row.credential_id,
    publicKey: row.public_key,
    counter: row.counter,
    transports: row.transports === '' ? [] : row.transports.split(' '),
    name: row.name,
    createdAtMs: row.passkey_created_at,
    lastUsedAtMs: row.last_used_at ?? undefined,
  };
}

/** Their ids are ordered by time. */
export function* listPasskeys(userId: UserId): Operation<Passkey[]> {
  const rows = yield* all<PasskeyRow>(
    `SELECT ${PASSKEY_COLUMNS} FROM passkeys p WHERE p.user_id = $1 ORDER BY p.id LIMIT $2`,
    userId,
    PASSKEYS_MAX,
  );
  return rows.map(toPasskey);
}

export function* findPasskeyCredentials(
  credentialId: string,
): Operation<{ readonly passkey: Passkey; readonly credentials: Credentials } | undefined> {
  const row = yield* one<PasskeyRow & UserRow & { readonly password_hash: string }>(
    `SELECT ${PASSKEY_COLUMNS}, ${USER_COLUMNS}, u.password_hash
     FROM passkeys p JOIN users u ON u.id = p.user_id WHERE p.credential_id = $1`,
    credentialId,
  );
  if (row === undefined) return undefined;
  const credentials = { user: toUser(row), passwordHash: row.password_hash };
  return { passkey: toPasskey(row), credentials };
}

function* storePasskey(passkey: Passkey): Operation<'stored' | 'known' | 'full'> {
  // The account first: no deleted account gets one, and concurrent calls are counted.
  const there = yield* one(
    'SELECT 1 AS there FROM users WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE',
    passkey.userId,
  );
  if (there === undefined) return 'full';
  if ((yield* listPasskeys(passkey.userId)).length >= PASSKEYS_MAX) return 'full';
  const stored = yield* run(
    `INSERT INTO passkeys (user_id, id, credential_id, public_key, counter, transports, name, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
    passkey.userId,
    passkey.id,
    passkey.credentialId,
    passkey.publicKey,
    passkey.counter,
    passkey.transports.join(' '),
    passkey.name,
    passkey.createdAtMs,
  );
  if (stored === 1) yield* restrictResets(passkey.userId);
  return stored === 1 ? 'stored' : 'known';
}

export const insertPasskey = audited(storePasskey, (result, { userId: target }: Passkey, by: By) =>
  result === 'stored' ? { ...by, action: 'factor.add', target, detail: 'passkey' } : undefined,
);

export function* renamePasskey(userId: UserId, id: string, name: string): Operation<boolean> {
  const sql = 'UPDATE passkeys SET name = $1 WHERE user_id = $2 AND id = $3';
  return (yield* run(sql, name, userId, id)) === 1;
}

function* removePasskey(userId: UserId, id: string): Operation<boolean> {
  return (yield* run('DELETE FROM passkeys WHERE user_id = $1 AND id = $2', userId, id)) === 1;
}

export const deletePasskey = audited(
  removePasskey,
  (isDeleted, target: UserId, _id: string, by: By) =>
    isDeleted ? { ...by, action: 'factor.remove', target, detail: 'passkey' } : undefined,
);

/** Returns whether there were any. */
export function* deletePasskeysOf(userId: UserId): Operation<boolean> {
  return (yield* run('DELETE FROM passkeys WHERE user_id = $1', userId)) > 0;
}

/** Returns false if the passkey was removed, or another signature has counted on meanwhile. */
export function* spendPasskey(
  userId: UserId,
  { credentialId, counter, atMs }: Extract<FactorProof, { kind: 'passkey' }>,
): Operation<boolean> {
  const used = yield* run(
    `UPDATE passkeys SET counter = $1, last_used_at = $2
     WHERE user_id = $3 AND credential_id = $4 AND (counter < $1 OR counter + $1 = 0)`,
    counter,
    atMs,
    userId,
    credentialId,
  );
  return used === 1;
}
