/** Identities at providers with which users sign in: operations of the account store. */
import type { UserId } from '@parley/protocol';
import type { By } from '../../model/audit.ts';
import type { LinkedIdentity, SignInIdentity } from '../../model/sign-in-identity.ts';
import { type Credentials, NO_PASSWORD } from '../../model/user.ts';
import { audited } from './audit-chain.ts';
import { all, type Operation, one, run } from './operation.ts';
import { toUser, USER_COLUMNS, type UserRow } from './rows.ts';

/** An account has one identity for each provider: far more than there are providers. */
const IDENTITIES_MAX = 100;

export function* findIdentityCredentials({
  issuer,
  subject,
}: SignInIdentity): Operation<Credentials | undefined> {
  const row = yield* one<UserRow & { readonly password_hash: string }>(
    `SELECT ${USER_COLUMNS}, u.password_hash FROM sign_in_identities i JOIN users u ON u.id = i.user_id
     WHERE i.issuer = $1 AND i.subject = $2`,
    issuer,
    subject,
  );
  return row && { user: toUser(row), passwordHash: row.password_hash };
}

export function* listIdentities(userId: UserId): Operation<LinkedIdentity[]> {
  const rows = yield* all<{ issuer: string; subject: string; created_at: number }>(
    `SELECT issuer, subject, created_at FROM sign_in_identities WHERE user_id = $1
     ORDER BY issuer LIMIT $2`,
    userId,
    IDENTITIES_MAX,
  );
  return rows.map(({ issuer, subject, created_at: createdAtMs }) => ({
    ...{ issuer, subject, userId, createdAtMs },
  }));
}

/** Concurrent calls for one identity wait for each other, before either has an account. */
export function* isIdentityFree({ issuer, subject }: SignInIdentity): Operation<boolean> {
  yield* all({ own: 'lockKeys' }, [`sign-in ${issuer} ${subject}`]);
  const sql = 'SELECT 1 AS found FROM sign_in_identities WHERE issuer = $1 AND subject = $2';
  return (yield* one(sql, issuer, subject)) === undefined;
}

/** Returns false, and stores nothing, if the identity or another one of the issuer is linked. */
export function* storeIdentity({
  issuer,
  subject,
  userId,
  createdAtMs,
}: LinkedIdentity): Operation<boolean> {
  const stored = yield* run(
    `INSERT INTO sign_in_identities (issuer, subject, user_id, created_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING`,
    issuer,
    subject,
    userId,
    createdAtMs,
  );
  return stored === 1;
}

function* storeLinked(identity: LinkedIdentity): Operation<boolean> {
  // The account first: a deletion that runs is awaited, and no deleted account is linked.
  const there = yield* one(
    'SELECT 1 AS there FROM users WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE',
    identity.userId,
  );
  return there !== undefined && (yield* storeIdentity(identity));
}

export const linkIdentity = audited(
  storeLinked,
  (isStored, { userId: target, issuer: detail }: LinkedIdentity, by: By) =>
    isStored ? { ...by, action: 'identity.add', target, detail } : undefined,
);

/** The account is locked, so that of two concurrent calls one leaves an identity. */
function* deleteIdentity(
  { userId, issuer }: { readonly userId: UserId; readonly issuer: string },
  usable: readonly string[],
): Operation<'deleted' | 'unknown' | 'last'> {
  const user = yield* one<{ password_hash: string }>(
    'SELECT password_hash FROM users WHERE id = $1 FOR NO KEY UPDATE',
    userId,
  );
  const identities = yield* listIdentities(userId);
  if (!identities.some((each) => each.issuer === issuer)) return 'unknown';
  const others = identities.filter(
    (each) => each.issuer !== issuer && usable.includes(each.issuer),
  );
  if (user?.password_hash === NO_PASSWORD && others.length === 0) return 'last';
  yield* run('DELETE FROM sign_in_identities WHERE user_id = $1 AND issuer = $2', userId, issuer);
  return 'deleted';
}

export const unlinkIdentity = audited(
  deleteIdentity,
  (
    result,
    { userId: target, issuer: detail }: { readonly userId: UserId; readonly issuer: string },
    _usable: readonly string[],
    by: By,
  ) => (result === 'deleted' ? { ...by, action: 'identity.remove', target, detail } : undefined),
);
