/** E-mail addresses of users: operations of the account store. */
import type { UserId } from '@parley/protocol';
import type { By } from '../../model/audit.ts';
import type { MailKind, QueuedMail } from '../../model/mail.ts';
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
function* storeEmail(
  userId: UserId,
  address: string | undefined,
  by: By,
  mailId: string | undefined,
): Operation<boolean> {
  if (address === undefined) {
    return (yield* run('DELETE FROM emails WHERE user_id = $1', userId)) === 1;
  }
  const stored = yield* run(
    `INSERT INTO emails (user_id, address, address_key) VALUES ($1, $2, $3)
     ON CONFLICT (user_id) DO UPDATE SET address = excluded.address, address_key = excluded.address_key,
       confirmed_at = NULL, token_digest = NULL WHERE emails.address <> excluded.address`,
    userId,
    address,
    address.toLowerCase(),
  );
  if (stored === 1 && mailId !== undefined) {
    yield* queueMail({ id: mailId, kind: 'confirm-email', userId, atMs: by.atMs });
  }
  return stored === 1;
}

export const setEmail = audited(
  storeEmail,
  (isChanged, target: UserId, _address: string | undefined, by: By, _mailId: string | undefined) =>
    isChanged ? { ...by, action: 'email.change', target } : undefined,
);

/** The user of a confirmed address. */
export function* findEmailUser(address: string): Operation<UserId | undefined> {
  const row = yield* one<{ user_id: UserId }>(
    'SELECT user_id FROM emails WHERE address_key = $1 AND confirmed_at IS NOT NULL',
    address.toLowerCase(),
  );
  return row?.user_id;
}

/** Takes effect unless the address has changed meanwhile. */
export function* setEmailToken(
  userId: UserId,
  address: string,
  token: { readonly digest: string; readonly expiresAtMs: number },
): Operation<boolean> {
  const stored = yield* run(
    'UPDATE emails SET token_digest = $1, token_expires_at = $2 WHERE user_id = $3 AND address = $4',
    token.digest,
    token.expiresAtMs,
    userId,
    address,
  );
  return stored === 1;
}

function* storeConfirmed(
  tokenDigest: string,
  { atMs }: Omit<By, 'actor'>,
): Operation<UserId | undefined> {
  const row = yield* one<{ user_id: UserId; address_key: string }>(
    'SELECT user_id, address_key FROM emails WHERE token_digest = $1 AND token_expires_at > $2 FOR UPDATE',
    tokenDigest,
    atMs,
  );
  if (row === undefined) return undefined;
  // Another account may have confirmed it meanwhile.
  const owner = yield* findEmailUser(row.address_key);
  if (owner !== undefined && owner !== row.user_id) return undefined;
  yield* run(
    'UPDATE emails SET confirmed_at = $1, token_digest = NULL, token_expires_at = NULL WHERE user_id = $2',
    atMs,
    row.user_id,
  );
  return row.user_id;
}

export const confirmEmail = audited(
  storeConfirmed,
  (userId, _digest: string, by: Omit<By, 'actor'>) =>
    userId === undefined
      ? undefined
      : { ...by, actor: userId, action: 'email.confirm', target: userId },
);

export function* queueMail({
  id,
  kind,
  userId,
  atMs,
}: Omit<QueuedMail, 'attempts'> & { readonly atMs: number }): Operation<void> {
  yield* run(
    'INSERT INTO mail_queue (id, kind, user_id, attempts, due_at) VALUES ($1, $2, $3, 0, $4)',
    id,
    kind,
    userId,
    atMs,
  );
}

export function* takeMail({
  nowMs,
  dueAtMs,
}: {
  readonly nowMs: number;
  readonly dueAtMs: number;
}): Operation<QueuedMail | undefined> {
  // Another node that takes it is not waited for.
  const row = yield* one<{ id: string; kind: MailKind; user_id: UserId; attempts: number }>(
    `SELECT id, kind, user_id, attempts FROM mail_queue
     WHERE due_at <= $1 ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED`,
    nowMs,
  );
  if (row === undefined) return undefined;
  const { id, kind, user_id: userId, attempts } = row;
  const sql = 'UPDATE mail_queue SET due_at = $1, attempts = attempts + 1 WHERE id = $2';
  yield* run(sql, dueAtMs, id);
  return { id, kind, userId, attempts: attempts + 1 };
}

export function* delayMail(id: string, dueAtMs: number): Operation<void> {
  yield* run('UPDATE mail_queue SET due_at = $1 WHERE id = $2', dueAtMs, id);
}

export function* deleteMail(id: string): Operation<void> {
  yield* run('DELETE FROM mail_queue WHERE id = $1', id);
}
