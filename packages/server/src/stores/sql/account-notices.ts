/** Sign-ins and changes that users are told of: operations of the account store. */
import type { UserId } from '@parley/protocol';
import type { AccountNotice } from '../../model/account-notice.ts';
import { all, type Operation, run } from './operation.ts';
import { EXPIRED_ROWS_MAX } from './tables.ts';

interface NoticeRow {
  readonly id: string;
  readonly kind: AccountNotice['kind'];
  readonly created_at: number;
  readonly device: string;
  readonly address: string;
  readonly session_key: string;
}

export function* insertAccountNotice(
  userId: UserId,
  { id, kind, atMs, device, address, sessionKey }: AccountNotice,
  keptMax: number,
): Operation<void> {
  yield* run(
    `INSERT INTO account_notices (user_id, id, kind, created_at, device, address, session_key)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    ...[userId, id, kind, atMs, device, address, sessionKey],
  );
  yield* run(
    `DELETE FROM account_notices WHERE user_id = $1 AND id <= (
       SELECT n.id FROM account_notices n WHERE n.user_id = $1 ORDER BY n.id DESC LIMIT 1 OFFSET $2)`,
    userId,
    keptMax,
  );
}

export function* listAccountNotices(
  userId: UserId,
  sinceMs: number,
  exceptKey: string,
): Operation<AccountNotice[]> {
  const rows = yield* all<NoticeRow>(
    `SELECT id, kind, created_at, device, address, session_key FROM account_notices
     WHERE user_id = $1 AND created_at > $2 AND session_key <> $3 ORDER BY id`,
    userId,
    sinceMs,
    exceptKey,
  );
  return rows.map(({ created_at: atMs, session_key: sessionKey, ...row }) => ({
    ...row,
    atMs,
    sessionKey,
  }));
}

export function* deleteAccountNotice(
  userId: UserId,
  id: string,
  exceptKey: string,
): Operation<boolean> {
  const sql = 'DELETE FROM account_notices WHERE user_id = $1 AND id = $2 AND session_key <> $3';
  return (yield* run(sql, userId, id, exceptKey)) === 1;
}

export function* deleteOldAccountNotices(beforeMs: number): Operation<number> {
  return yield* run(
    `DELETE FROM account_notices WHERE created_at <= $1 AND id = ANY (ARRAY(
       SELECT id FROM account_notices WHERE created_at <= $1 LIMIT ${EXPIRED_ROWS_MAX}))`,
    beforeMs,
  );
}
