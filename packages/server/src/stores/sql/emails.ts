/** E-mail addresses of users: operations of the account store. */
import type { UserId } from '@parley/protocol';
import type { By } from '../../model/audit.ts';
import type { MailedNotice, MailKind, QueuedMail } from '../../model/mail.ts';
import { permits } from '../../model/role-table.ts';
import { toRole } from '../../model/stored-role.ts';
import type { Admission, ConfirmedEmail, Email, User } from '../../model/user.ts';
import { audited } from './audit-chain.ts';
import { type Operation, one, run } from './operation.ts';
import { enterDefaultRooms } from './rooms.ts';

interface MailRow {
  readonly id: string;
  readonly user_id: UserId;
  readonly attempts: number;
  readonly notice: string | null;
}

interface EmailRow {
  readonly address: string;
  readonly pending_address: string | null;
  readonly confirmed_at: number | null;
  readonly is_required: number;
}

export function* findEmail(userId: UserId): Operation<Email | undefined> {
  const row = yield* one<EmailRow>(
    'SELECT address, pending_address, confirmed_at, is_required FROM emails WHERE user_id = $1',
    userId,
  );
  return (
    row && {
      ...{ address: row.address, isConfirmed: row.confirmed_at !== null },
      ...(row.pending_address !== null && { pending: row.pending_address }),
      ...(row.is_required === 1 && { isRequired: true }),
    }
  );
}

/** Links that were mailed before are of no use, neither to confirm an address nor to set a password. */
const VOID_LINKS = 'token_digest = NULL, reset_digest = NULL';

/** The same address stays as it is. */
function* storeEmail(
  userId: UserId,
  address: string | undefined,
  by: By,
  mailId: string | undefined,
): Operation<boolean> {
  if (address === undefined) {
    return (yield* run('DELETE FROM emails WHERE user_id = $1', userId)) === 1;
  }
  // The former one is in force, and receives mail, until the new one has shown that it does.
  const isChanged =
    (mailId !== undefined && (yield* storePending(userId, address))) ||
    (yield* replaceEmail(userId, address, mailId !== undefined));
  if (isChanged && mailId !== undefined) {
    yield* queueMail({ id: mailId, kind: 'confirm-email', userId, atMs: by.atMs });
  }
  return isChanged;
}

/** Besides a confirmed address; that address itself ends the wait. */
function* storePending(userId: UserId, address: string): Operation<boolean> {
  const stored = yield* run(
    `UPDATE emails SET pending_address = NULLIF($1, address), ${VOID_LINKS}
     WHERE user_id = $2 AND confirmed_at IS NOT NULL AND COALESCE(pending_address, address) <> $1`,
    address,
    userId,
  );
  return stored === 1;
}

function* replaceEmail(
  userId: UserId,
  address: string,
  keepsConfirmed: boolean,
): Operation<boolean> {
  const stored = yield* run(
    `INSERT INTO emails (user_id, address, address_key) VALUES ($1, $2, $3)
     ON CONFLICT (user_id) DO UPDATE SET address = excluded.address, address_key = excluded.address_key,
       confirmed_at = NULL, pending_address = NULL, ${VOID_LINKS}
       WHERE emails.address <> excluded.address AND ($4::bigint = 0 OR emails.confirmed_at IS NULL)`,
    ...[userId, address, address.toLowerCase(), keepsConfirmed ? 1 : 0],
  );
  return stored === 1;
}

export const setEmail = audited(
  storeEmail,
  (isChanged, target: UserId, _address: string | undefined, by: By, _mailId: string | undefined) =>
    isChanged ? { ...by, action: 'email.change', target } : undefined,
);

/** Of a new account, which is closed until the address is confirmed. */
export function* requireEmail(
  userId: UserId,
  { address, mailId }: NonNullable<Admission['email']>,
  atMs: number,
): Operation<void> {
  yield* run(
    'INSERT INTO emails (user_id, address, address_key, is_required) VALUES ($1, $2, $3, 1)',
    ...[userId, address, address.toLowerCase()],
  );
  yield* queueMail({ id: mailId, kind: 'confirm-email', userId, atMs });
}

/** Of a new account. */
export function* insertConfirmed(
  { id, createdAtMs }: Pick<User, 'id' | 'createdAtMs'>,
  address: string,
): Operation<void> {
  if ((yield* findEmailUser(address)) !== undefined) return;
  yield* run(
    'INSERT INTO emails (user_id, address, address_key, confirmed_at) VALUES ($1, $2, $3, $4)',
    ...[id, address, address.toLowerCase(), createdAtMs],
  );
}

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
    `UPDATE emails SET token_digest = $1, token_expires_at = $2
     WHERE user_id = $3 AND COALESCE(pending_address, address) = $4`,
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
): Operation<ConfirmedEmail | undefined> {
  const row = yield* one<EmailRow & { readonly user_id: UserId }>(
    `SELECT user_id, address, pending_address, confirmed_at, is_required FROM emails
     WHERE token_digest = $1 AND token_expires_at > $2 FOR UPDATE`,
    tokenDigest,
    atMs,
  );
  if (row === undefined) return undefined;
  const { user_id: userId, pending_address: pending } = row;
  const address = pending ?? row.address;
  // Another account may have confirmed it meanwhile.
  const owner = yield* findEmailUser(address);
  if (owner !== undefined && owner !== userId) return undefined;
  yield* run(
    `UPDATE emails SET address = $1, address_key = $2, pending_address = NULL, confirmed_at = $3,
       ${VOID_LINKS}, token_expires_at = NULL, is_required = 0 WHERE user_id = $4`,
    ...[address, address.toLowerCase(), atMs, userId],
  );
  if (row.is_required === 1) yield* openAccount(userId, atMs);
  return { userId, address, former: pending === null ? undefined : row.address };
}

/** As if the account were created now. */
function* openAccount(userId: UserId, atMs: number): Operation<void> {
  const user = yield* one<{ role: string }>('SELECT role FROM users WHERE id = $1', userId);
  if (user !== undefined && permits('join-rooms', { role: toRole(user.role) })) {
    yield* enterDefaultRooms(userId, atMs);
  }
}

export const confirmEmail = audited(
  storeConfirmed,
  (confirmed, _digest: string, by: Omit<By, 'actor'>) =>
    confirmed && {
      ...{ ...by, actor: confirmed.userId, action: 'email.confirm', target: confirmed.userId },
    },
);

/** Between mails of one user that wait, so that those of others come in between: milliseconds. */
const APART_MS = 1000;

/** Of several waiting mails that confirm an address, the last one counts: each makes the link before it useless. */
export function* queueMail({
  id,
  kind,
  userId,
  notice,
  atMs,
}: Omit<QueuedMail, 'attempts'> & { readonly atMs: number }): Operation<void> {
  if (kind === 'confirm-email') {
    yield* run('DELETE FROM mail_queue WHERE user_id = $1 AND kind = $2', userId, kind);
  }
  yield* run(
    `INSERT INTO mail_queue (id, kind, user_id, attempts, due_at, notice)
     VALUES ($1, $2, $3, 0, greatest($4::bigint, COALESCE((SELECT MAX(q.due_at) + $5::bigint
       FROM mail_queue q WHERE q.user_id = $3 AND q.kind = $2 AND q.attempts = 0), 0)), $6)`,
    ...[id, kind, userId, atMs, APART_MS, notice === undefined ? null : JSON.stringify(notice)],
  );
}

/** In the order of their urgency: a user without a password waits, and strangers have asked for none. */
const BY_URGENCY = {
  ...{ 'reset-password': true, 'account-notice': true, 'confirm-email': true, invite: true },
} satisfies Record<MailKind, true>;

export function* takeMail({
  nowMs,
  dueAtMs,
}: {
  readonly nowMs: number;
  readonly dueAtMs: number;
}): Operation<QueuedMail | undefined> {
  // The keys of the record.
  for (const kind of Object.keys(BY_URGENCY) as MailKind[]) {
    // Another node that takes it is not waited for.
    const row = yield* one<MailRow>(
      `SELECT id, user_id, attempts, notice FROM mail_queue
       WHERE kind = $1 AND due_at <= $2 ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED`,
      kind,
      nowMs,
    );
    if (row === undefined) continue;
    const { id, user_id: userId, attempts } = row;
    const sql = 'UPDATE mail_queue SET due_at = $1, attempts = attempts + 1 WHERE id = $2';
    yield* run(sql, dueAtMs, id);
    // Written by `queueMail`.
    const notice = row.notice === null ? {} : { notice: JSON.parse(row.notice) as MailedNotice };
    return { id, kind, userId, attempts: attempts + 1, ...notice };
  }
  return undefined;
}

export function* delayMail(id: string, dueAtMs: number): Operation<void> {
  yield* run('UPDATE mail_queue SET due_at = $1 WHERE id = $2', dueAtMs, id);
}

export function* deleteMail(id: string): Operation<void> {
  yield* run('DELETE FROM mail_queue WHERE id = $1', id);
}
