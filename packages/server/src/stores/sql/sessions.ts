/** Sessions: operations of the session store. */
import type { UserId } from '@parley/protocol';
import {
  type AccountAction,
  mayActOnReport,
  mayAdminister,
} from '../../model/administration-rules.ts';
import { type By, OPERATOR, SERVER } from '../../model/audit.ts';
import { LIST_START } from '../../model/page.ts';
import { isInForce } from '../../model/restriction.ts';
import { permits } from '../../model/role-table.ts';
import {
  decideSanction,
  type MadeSanction,
  sanctionRankOf,
  toSanctionRank,
} from '../../model/sanctions.ts';
import type { FactorProof } from '../../model/second-factor.ts';
import type {
  AccountRefusal,
  EndedSessions,
  PasswordChange,
  PasswordChanged,
  Session,
  SessionProof,
  SessionTouch,
} from '../../model/session.ts';
import { ROLES, toRole } from '../../model/stored-role.ts';
import type { Role, Suspension, User } from '../../model/user.ts';
import { appendEntries, audited } from './audit-chain.ts';
import { barOrigins, unbarOrigins } from './barred-origins.ts';
import { endSessionsOf } from './end-sessions.ts';
import { passOnRooms } from './heirs.ts';
import { all, type Feature, type Operation, one, run } from './operation.ts';
import { deletePasskeysOf } from './passkeys.ts';
import { enterDefaultRooms } from './rooms.ts';
import { isDisabledRow, toUser, USER_COLUMNS, type UserRow } from './rows.ts';
import { deleteFactor, spendProof } from './second-factors.ts';
import { EXPIRED_ROWS_MAX } from './tables.ts';
import { voidMailedReset } from './void-resets.ts';

interface SessionRow {
  readonly id_digest: string;
  readonly user_id: UserId;
  readonly session_created_at: number;
  readonly proved_at: number | null;
  readonly last_activity_at: number;
  readonly expires_at: number;
  readonly address: string;
  readonly user_agent: string;
  readonly signed_in_by: Session['signedInBy'] | null;
}

const SESSION_COLUMNS =
  's.id_digest, s.user_id, s.created_at AS session_created_at, s.proved_at, s.last_activity_at, s.expires_at, s.address, s.user_agent, s.signed_in_by';
/** Locks the account as long as the transaction lasts. */
const SET_PASSWORD = 'UPDATE users SET password_hash = $1 WHERE id = $2';
/** Much longer than a node waits between two reads. */
const ENDED_KEPT_MS = 24 * 60 * 60 * 1000;
/** Prefix of the user ids that a trigger writes instead of a session key; no key has a space. */
const CHANGED_USER = 'user ';

/**
 * Locked against a change of the password or of the second factor, and against disabling: a running
 * change is awaited and seen, a later one finds the session.
 */
function* storeLogin(
  session: Session,
  passwordHash: string,
  proof?: FactorProof,
): Operation<boolean> {
  const { userId, createdAtMs } = session;
  if (!(yield* verifyLogin({ userId, atMs: createdAtMs }, passwordHash, proof))) return false;
  yield* storeSession(session);
  return true;
}

function* verifyLogin(
  { userId, atMs }: Pick<SessionProof, 'userId' | 'atMs'>,
  passwordHash: string,
  proof: FactorProof | undefined,
): Operation<boolean> {
  const account = yield* one(
    `SELECT 1 AS there FROM users u WHERE u.id = $1 AND u.password_hash = $2
       AND NOT ${isDisabledRow('u', '$3')} FOR SHARE`,
    userId,
    passwordHash,
    atMs,
  );
  return account !== undefined && (yield* spendProof(userId, proof));
}

/** Locked as a login is. */
function* proveSession(
  { key, userId, atMs }: SessionProof,
  passwordHash: string,
  proof?: FactorProof,
): Operation<boolean> {
  if (!(yield* verifyLogin({ userId, atMs }, passwordHash, proof))) return false;
  const sql = 'UPDATE sessions SET proved_at = $1 WHERE id_digest = $2 AND user_id = $3';
  return (yield* run(sql, atMs, key, userId)) === 1;
}

function* noteUsedPasskey(key: string, userId: UserId): Operation<void> {
  const sql = 'UPDATE sessions SET signed_in_by = $3 WHERE id_digest = $1 AND user_id = $2';
  yield* run(sql, key, userId, 'passkey');
}

function* storeSession(session: Session): Operation<void> {
  yield* run(
    `INSERT INTO sessions (id_digest, user_id, created_at, last_activity_at, expires_at, address, user_agent, signed_in_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    session.key,
    session.userId,
    session.createdAtMs,
    session.lastActivityAtMs,
    session.expiresAtMs,
    session.address,
    session.userAgent,
    session.signedInBy ?? null,
  );
}

const insertSession = audited(
  storeLogin,
  (isStored, session: Session, _hash: string, proof?: FactorProof) =>
    isStored
      ? {
          ...bySession(session),
          ...{ action: 'login.accept', target: session.userId },
          detail: [...new Set([session.signedInBy ?? [], proof?.kind ?? []].flat())].join(' '),
        }
      : undefined,
);

function bySession({ userId: actor, address, createdAtMs: atMs }: Session): By {
  return { actor, address, atMs };
}

function* replacePassword(change: PasswordChange): Operation<PasswordChanged> {
  const { userId, sessionKey, successor, fromHash, toHash } = change;
  const row = yield* one<{ password_hash: string }>(
    'SELECT password_hash FROM users WHERE id = $1 FOR NO KEY UPDATE',
    userId,
  );
  const session = yield* one(
    'SELECT 1 AS there FROM sessions WHERE id_digest = $1 AND user_id = $2',
    sessionKey,
    userId,
  );
  if (session === undefined) return { kind: 'session-over' };
  if (row?.password_hash !== fromHash) return { kind: 'other-password' };
  const endedKeys = yield* storePassword(userId, toHash);
  yield* storeSession(successor);
  return { kind: 'changed', endedKeys };
}

const changePassword = audited(replacePassword, ({ kind }, { successor }: PasswordChange) =>
  kind === 'changed'
    ? { ...bySession(successor), action: 'password.change', target: successor.userId }
    : undefined,
);

/** Ends all sessions; a link that could set another password is of no use afterwards. */
function* storePassword(userId: UserId, passwordHash: string): Operation<string[]> {
  yield* run(SET_PASSWORD, passwordHash, userId);
  yield* run('DELETE FROM password_resets WHERE user_id = $1', userId);
  yield* voidMailedReset(userId);
  return yield* endSessionsOf(userId);
}

/** Of a user who may have lost the second factor and the passkeys too: they end with the password. */
function* storeReset(
  userId: UserId,
  passwordHash: string,
): Operation<{
  readonly endedKeys: string[];
  readonly hadFactor: boolean;
  readonly hadPasskeys: boolean;
}> {
  const endedKeys = yield* storePassword(userId, passwordHash);
  const hadPasskeys = yield* deletePasskeysOf(userId);
  return { endedKeys, hadPasskeys, hadFactor: yield* deleteFactor(userId) };
}

export const resetPassword = audited(
  storeReset,
  ({ hadFactor, hadPasskeys }, target: UserId, _hash: string, by: By) => [
    { ...by, action: 'password.reset', target },
    ...(hadFactor ? [{ ...by, action: 'factor.remove', target } as const] : []),
    ...(hadPasskeys
      ? [{ ...by, action: 'factor.remove', target, detail: 'passkey' } as const]
      : []),
  ],
);

export function* setPassword(userId: UserId, passwordHash: string, by: By): Operation<string[]> {
  return (yield* resetPassword(userId, passwordHash, by)).endedKeys;
}

function* storeRole(
  userId: UserId,
  role: Role,
  by: By,
): Operation<'changed' | 'unchanged' | AccountRefusal> {
  if (role !== 'owner' && (yield* isLastOwner(userId, by.atMs))) return 'last-owner';
  const locked = yield* lockAccounts(userId, by);
  if (locked === undefined) return 'absent';
  const { account, actor } = locked;
  if (!mayActOn(by, actor, (user) => mayAdminister(user, `make-${role}`, account))) {
    return 'forbidden';
  }
  const isHigher = ROLES.indexOf(role) > ROLES.indexOf(account.role);
  if (isHigher && account.suspension !== undefined) return 'disabled';
  if (role === account.role) return 'unchanged';
  yield* run('UPDATE users SET role = $1 WHERE id = $2', role, userId);
  // As a new account does, a promoted guest enters the default rooms.
  const isPromoted = !permits('join-rooms', account) && permits('join-rooms', { role });
  if (isPromoted) yield* enterDefaultRooms(userId, by.atMs);
  // Each request reads the role; nodes give it to the connections that are open.
  yield* noteChangedAccount(userId, by.atMs);
  return 'changed';
}

export const setRole = audited(storeRole, (result, target: UserId, detail: Role, by: By) =>
  result === 'changed' ? { ...by, action: 'user.role', target, detail } : undefined,
);

export interface LockedAccount
  extends Pick<User, 'id' | 'role' | 'disabledAtMs' | 'disabledUntilMs'> {
  /** In force. */
  readonly suspension: MadeSanction | undefined;
  readonly reason: string;
  /** Disabled, also until a time that has come. */
  readonly isMarked: boolean;
}

/**
 * The account, and that of the user who acts on it, as they are until the end of the transaction: locked in
 * order, so that two users who act on each other cannot deadlock.
 *
 * @returns Undefined if there is no such account, or no longer. The actor is undefined if it is no user.
 */
export function* lockAccounts(
  userId: UserId,
  { actor, atMs }: By,
): Operation<
  { readonly account: LockedAccount; readonly actor: LockedAccount | undefined } | undefined
> {
  type Row = Pick<UserRow, 'id' | 'role' | 'disabled_at' | 'disabled_until'> & {
    readonly disabled_as: string | null;
    readonly disabled_reason: string | null;
  };
  const rows = yield* all<Row>(
    `SELECT u.id, u.role, u.disabled_at, u.disabled_until, u.disabled_as, u.disabled_reason FROM users u
     WHERE u.id = ANY($1::text[]) AND u.deleted_at IS NULL ORDER BY u.id FOR NO KEY UPDATE OF u`,
    [...new Set([userId, actor])],
  );
  const locked = rows.map((row): LockedAccount => {
    const { id, disabled_at: disabledAtMs, disabled_until: untilMs } = row;
    const stored = { untilMs: untilMs ?? undefined, madeAs: toSanctionRank(row.disabled_as) };
    const suspension =
      disabledAtMs !== null && isInForce({ ...stored, reason: '' }, atMs) ? stored : undefined;
    return {
      ...{ id, role: toRole(row.role), suspension, reason: row.disabled_reason ?? '' },
      isMarked: disabledAtMs !== null,
      ...(suspension !== undefined && { disabledAtMs: disabledAtMs ?? 0 }),
    };
  });
  const account = locked.find(({ id }) => id === userId);
  return account && { account, actor: locked.find(({ id }) => id === actor) };
}

/** Whether an actor may act on an account: a user by the given rule, the operator and the server always. */
export function mayActOn(
  { actor: id }: By,
  actor: LockedAccount | undefined,
  may: (actor: LockedAccount) => boolean,
): boolean {
  return id === OPERATOR || id === SERVER || (actor !== undefined && may(actor));
}

/** Whether an actor may act on the account by the roles that both have until the end of the transaction; users on themselves always. */
export function* mayStillAct(
  userId: UserId,
  action: AccountAction,
  by: By | undefined,
): Operation<boolean> {
  if (by === undefined || by.actor === userId) return true;
  const locked = yield* lockAccounts(userId, by);
  if (locked === undefined) return false;
  return mayActOn(by, locked.actor, (user) => mayAdminister(user, action, locked.account));
}

/** How an account is disabled: by those who manage accounts, or with the end of a report. */
type Disabling = 'account' | 'report';

function* storeDisabled(
  userId: UserId,
  atMs: number | undefined,
  by: By,
  suspension?: Suspension,
  how: Disabling = 'account',
): Operation<string[] | 'unchanged' | AccountRefusal> {
  if (atMs !== undefined && (yield* isLastOwner(userId, by.atMs))) return 'last-owner';
  const locked = yield* lockAccounts(userId, by);
  if (locked === undefined) return 'absent';
  const { account, actor } = locked;
  const wanted = atMs === undefined ? undefined : { untilMs: suspension?.untilMs };
  const may = (user: LockedAccount): boolean =>
    how === 'report' && wanted !== undefined
      ? mayActOnReport(user, { action: 'suspend', ...wanted, reason: '' }, account, {
          // `closeReport` asks who has reported.
          ...{ nowMs: by.atMs, reporterId: undefined },
        })
      : mayAdminister(user, atMs === undefined ? 'enable' : 'disable', account);
  const rank = sanctionRankOf({ actor: by.actor, role: actor?.role });
  if (rank === undefined || !mayActOn(by, actor, may)) return 'forbidden';
  const act = {
    rank,
    isOwn: by.actor === userId,
    atMs: by.atMs,
    wanted,
    onlyProlongs: how === 'report',
  };
  const decided = decideSanction(act, account.suspension);
  if (typeof decided === 'string') return decided;
  if (isAlready(account, wanted && { ...wanted, ...suspension, ...decided })) return 'unchanged';
  const cells = [atMs ?? null, suspension?.untilMs ?? null, suspension?.reason ?? null];
  const made = atMs === undefined ? [null, null] : [by.actor, decided.madeAs];
  yield* run(
    `UPDATE users SET disabled_at = $1, disabled_until = $2, disabled_reason = $3, disabled_by = $4, disabled_as = $5
     WHERE id = $6`,
    ...[...cells, ...made, userId],
  );
  const isForGood = atMs !== undefined && suspension?.untilMs === undefined;
  const passedOn = isForGood ? yield* passOnRooms(userId, by.atMs) : [];
  if (atMs === undefined) yield* unbarOrigins(undefined, userId);
  // Not for an account that is only closed: others in its network are as welcome as before.
  else if (isSuspension(suspension)) yield* barOrigins(undefined, userId, atMs);
  const ended = yield* endSessionsOf(userId);
  yield* appendEntries(passedOn);
  return ended;
}

/** Whether the account is as wanted: an act without an effect has no entry. */
function isAlready(
  { suspension, reason, isMarked }: LockedAccount,
  wanted: (MadeSanction & { readonly reason?: string }) | undefined,
): boolean {
  if (wanted === undefined || suspension === undefined) return wanted === undefined && !isMarked;
  const isSame = suspension.untilMs === wanted.untilMs && suspension.madeAs === wanted.madeAs;
  return isSame && reason === (wanted.reason ?? '');
}

function isSuspension(given: Suspension | undefined): boolean {
  return given !== undefined && (given.untilMs !== undefined || given.reason !== '');
}

const disableAudited = audited(
  storeDisabled,
  (
    result,
    target: UserId,
    atMs: number | undefined,
    by: By,
    suspension?: Suspension,
    _how?: Disabling,
  ) => {
    if (typeof result === 'string') return undefined;
    if (atMs === undefined) return { ...by, action: 'user.enable', target };
    const untilMs = suspension?.untilMs;
    const detail = untilMs === undefined ? '' : `until ${new Date(untilMs).toISOString()}`;
    return { ...by, action: 'user.disable', target, detail };
  },
);

export function* setDisabled(
  ...args: Parameters<typeof disableAudited>
): Operation<string[] | AccountRefusal> {
  const ended = yield* disableAudited(...args);
  return ended === 'unchanged' ? [] : ended;
}

function* clearSuspension(userId: UserId, nowMs: number): Operation<boolean> {
  const cleared = yield* run(
    `UPDATE users SET disabled_at = NULL, disabled_until = NULL, disabled_reason = NULL,
       disabled_by = NULL, disabled_as = NULL
     WHERE id = $1 AND disabled_until <= $2`,
    userId,
    nowMs,
  );
  return cleared === 1;
}

function* listEndedSuspensions(nowMs: number, limit: number): Operation<UserId[]> {
  const sql = 'SELECT id FROM users WHERE disabled_until <= $1 ORDER BY disabled_until LIMIT $2';
  return (yield* all<{ id: UserId }>(sql, nowMs, limit)).map(({ id }) => id);
}

const endSuspension = audited(clearSuspension, (isCleared, target: UserId, atMs: number) =>
  isCleared ? { actor: SERVER, address: '', atMs, action: 'user.enable', target } : undefined,
);

/**
 * Locked in order, as in `setLastSeen`: of two owners who disable each other, the second one is the
 * last.
 */
export function* isLastOwner(userId: UserId, nowMs: number): Operation<boolean> {
  const owners = yield* all<{ id: UserId }>(
    `SELECT u.id FROM users u WHERE u.role = 'owner' AND NOT ${isDisabledRow('u', '$2')}
       AND EXISTS (SELECT 1 FROM users t WHERE t.id = $1 AND t.role = 'owner')
     ORDER BY u.id FOR NO KEY UPDATE OF u`,
    ...[userId, nowMs],
  );
  return owners.length === 1 && owners[0]?.id === userId;
}

function* findSession(key: string): Operation<{ session: Session; user: User } | undefined> {
  const row = yield* one<SessionRow & UserRow>(
    `SELECT ${USER_COLUMNS}, ${SESSION_COLUMNS}
     FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id_digest = $1`,
    key,
  );
  return row && { session: toSession(row), user: toUser(row) };
}

function* listSessions(
  userId: UserId,
  {
    nowMs,
    limit,
    fromMs,
  }: { readonly nowMs: number; readonly limit: number; readonly fromMs?: number | undefined },
): Operation<Session[]> {
  const rows = yield* all<SessionRow>(
    `SELECT ${SESSION_COLUMNS} FROM sessions s
     WHERE s.user_id = $1 AND s.created_at <= $4 AND s.expires_at > $2
     ORDER BY s.created_at DESC LIMIT $3`,
    userId,
    nowMs,
    limit,
    fromMs ?? LIST_START.atMs,
  );
  return rows.map(toSession);
}

/** Locks in order, so that nodes that touch the same sessions cannot deadlock. */
function* touchSessions(touches: readonly SessionTouch[]): Operation<void> {
  yield* run(
    `WITH touched AS (
       SELECT s.id_digest, t.last_activity_at, t.expires_at
       FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS t (id_digest, last_activity_at, expires_at)
       JOIN sessions s ON s.id_digest = t.id_digest AND s.last_activity_at <= t.last_activity_at
       ORDER BY s.id_digest FOR UPDATE OF s
     )
     UPDATE sessions AS s SET last_activity_at = t.last_activity_at, expires_at = t.expires_at
     FROM touched t WHERE s.id_digest = t.id_digest`,
    touches.map(({ key }) => key),
    touches.map(({ lastActivityAtMs }) => lastActivityAtMs),
    touches.map(({ expiresAtMs }) => expiresAtMs),
  );
}

function* deleteSession(key: string): Operation<boolean> {
  return (yield* run('DELETE FROM sessions WHERE id_digest = $1', key)) === 1;
}

// The other arguments are for the entry.
export const deleteSessionsOf = audited(
  function* (userId: UserId, by: By): Operation<string[] | 'forbidden'> {
    if (!(yield* mayStillAct(userId, 'end-sessions', by))) return 'forbidden';
    return yield* endSessionsOf(userId);
  },
  (ended, target: UserId, by: By) =>
    ended === 'forbidden' ? undefined : { ...by, action: 'sessions.end', target },
);

/** As the triggers do, for what else nodes know of an account. */
export function* noteChangedAccount(userId: UserId, atMs: number): Operation<void> {
  const sql = 'INSERT INTO revocations (session_key, revoked_at) VALUES ($1, $2)';
  yield* run(sql, CHANGED_USER + userId, atMs);
}

function* deleteExpiredSessions(nowMs: number): Operation<number> {
  return yield* run(
    `DELETE FROM sessions WHERE expires_at <= $1 AND id_digest = ANY (ARRAY(
       SELECT id_digest FROM sessions WHERE expires_at <= $1 LIMIT ${EXPIRED_ROWS_MAX}))`,
    nowMs,
  );
}

/** Each database has its own cursor: the first one is of now. */
function* listEndedSessions(cursor: string | undefined): Operation<EndedSessions> {
  const rows = yield* all<{ session_key: string | null; cursor: number }>(
    { own: 'endedSessions' },
    cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor),
  );
  const noted = rows.flatMap((row) => row.session_key ?? []);
  const users = noted.filter((key) => key.startsWith(CHANGED_USER));
  return {
    keys: noted.filter((key) => !key.startsWith(CHANGED_USER)),
    changedUserIds: users.map((key) => key.slice(CHANGED_USER.length) as UserId),
    cursor: String(rows.at(-1)?.cursor ?? 0),
  };
}

function* deleteOldRevocations(): Operation<number> {
  return yield* run({ own: 'deleteOldRevocations' }, ENDED_KEPT_MS);
}

function toSession(row: SessionRow): Session {
  return {
    key: row.id_digest,
    userId: row.user_id,
    createdAtMs: row.session_created_at,
    ...(row.proved_at !== null && { provedAtMs: row.proved_at }),
    lastActivityAtMs: row.last_activity_at,
    expiresAtMs: row.expires_at,
    address: row.address,
    userAgent: row.user_agent,
    ...(row.signed_in_by && { signedInBy: row.signed_in_by }),
  };
}

export const SESSIONS = {
  reads: { findSession, listSessions, listEndedSessions, listEndedSuspensions },
  writes: {
    touchSessions,
    noteUsedPasskey,
    deleteSession,
    deleteExpiredSessions,
    deleteOldRevocations,
  },
  transactions: {
    insertSession,
    proveSession,
    changePassword,
    setPassword,
    setRole,
    setDisabled,
    endSuspension,
    deleteSessionsOf,
  },
} satisfies Feature;
