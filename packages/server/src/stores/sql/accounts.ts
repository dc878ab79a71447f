/** Accounts, blocks and login attempts: operations of the account store. */
import type { RoomId, UserId } from '@parley/protocol';
import {
  type AttemptLimit,
  type AttemptRecord,
  longestWaitMs,
  withAttempt,
} from '../../model/attempt-limits.ts';
import type { By, Recorded } from '../../model/audit.ts';
import type { NameKeys } from '../../model/name-keys.ts';
import { permits } from '../../model/role-table.ts';
import type { RoomMember, SearchedMembers } from '../../model/room-member.ts';
import {
  type Account,
  type Admission,
  type Credentials,
  type FoundUsers,
  type InsertedUser,
  type LastSeen,
  OWN_ISSUER,
  type RenamedUser,
  type Role,
  type StoredPresence,
  type User,
} from '../../model/user.ts';
import { DEFAULT_WORKSPACE_ID } from '../../model/workspace.ts';
import {
  deleteAccountNotice,
  deleteOldAccountNotices,
  insertAccountNotice,
  listAccountNotices,
} from './account-notices.ts';
import { audited } from './audit-chain.ts';
import { isBarred, toOrigins } from './barred-origins.ts';
import {
  confirmEmail,
  delayMail,
  deleteMail,
  findEmail,
  findEmailUser,
  insertConfirmed,
  queueMail,
  requireEmail,
  setEmail,
  setEmailToken,
  takeMail,
} from './emails.ts';
import { placeAvatar } from './files.ts';
import { findPlace, noteUse, toInviteUsed } from './invites.ts';
import { USERNAME_LOOK } from './migrations/0079-username-looks.ts';
import { all, type Feature, type Operation, one, run } from './operation.ts';
import {
  deletePasskey,
  findPasskeyCredentials,
  insertPasskey,
  listPasskeys,
  renamePasskey,
} from './passkeys.ts';
import { findPasswordReset, insertPasswordReset, takePasswordReset } from './password-resets.ts';
import { digestOfName } from './removals.ts';
import { enterDefaultRooms } from './rooms.ts';
import {
  isDisabledRow,
  LAST_CHARACTER,
  type MemberRow,
  type PresenceRow,
  toRoomMember,
  toStoredPresence,
  toUser,
  USER_COLUMNS,
  type UserRow,
} from './rows.ts';
import {
  confirmSecondFactor,
  findSecondFactor,
  removeSecondFactor,
  replaceRecoveryCodes,
  startSecondFactor,
} from './second-factors.ts';
import { mayStillAct, noteChangedAccount } from './sessions.ts';
import {
  findIdentityCredentials,
  isIdentityFree,
  linkIdentity,
  listIdentities,
  storeIdentity,
  unlinkIdentity,
} from './sign-in-identities.ts';
import { deleteNote, readNote, writeNote } from './store-notes.ts';
import { EXPIRED_ROWS_MAX, SAME_EXTERNAL_ID_MAX } from './tables.ts';
import { isGroupHandle } from './user-groups.ts';

const OWNER: Role = 'owner';
const USERS = `SELECT ${USER_COLUMNS} FROM users u`;
const ACCOUNT_ROWS = `SELECT ${USER_COLUMNS}, u.last_seen_at,
  (SELECT f.confirmed_at FROM second_factors f WHERE f.user_id = u.id) AS factor_since,
  (SELECT min(p.created_at) FROM passkeys p WHERE p.user_id = u.id) AS passkey_since,
  (SELECT e.is_required FROM emails e WHERE e.user_id = u.id) AS is_unconfirmed FROM users u`;

interface AccountRow extends UserRow {
  readonly last_seen_at: number | null;
  readonly factor_since: number | null;
  readonly passkey_since: number | null;
  readonly is_unconfirmed: number | null;
}

/** Of a word: no search finds disabled users, and those who must confirm their address first, few as they are. */
const isFound = (
  time: string,
): string => `NOT EXISTS (SELECT 1 FROM users d WHERE d.id = w.user_id AND ${isDisabledRow('d', time)})
  AND NOT EXISTS (SELECT 1 FROM emails e WHERE e.user_id = w.user_id AND e.is_required = 1)`;

function* insertAccount(
  user: User,
  passwordHash: string,
  names: NameKeys,
  { use, first, identity, email, confirmedEmail, isDistinct = false }: Admission = {},
  by?: By,
): Operation<InsertedUser> {
  const origins = by?.actor === user.id ? toOrigins(by.address, use?.inviteId) : [];
  const newcomer = { userId: user.id, createdAtMs: user.createdAtMs, origins };
  if (yield* isBarred(undefined, newcomer, user.createdAtMs)) return 'barred';
  // Before the first write: the operation ends without an error, and its writes are kept.
  if (use !== undefined && (yield* findPlace(use)) !== 'open') return 'no-place';
  if (identity !== undefined && !(yield* isIdentityFree(identity))) return 'identity-taken';
  const key = user.username.toLowerCase();
  yield* lockNames([key], names);
  if (yield* isFormerName(user.username)) return 'taken';
  if (yield* isGroupHandle(key)) return 'taken';
  if (isDistinct && (yield* hasLookAlike(user.username, names.usernameLook))) return 'look-taken';
  const isFirst = first !== undefined && (yield* lockFirst());
  if (first === 'must-be' && !isFirst) return 'not-first';
  const stored = yield* run(
    `INSERT INTO users (id, username, username_key, display_name, name_key, external_id, avatar_url, role,
       password_hash, created_at, disabled_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (username_key) DO NOTHING`,
    user.id,
    user.username,
    key,
    user.displayName,
    names.look,
    user.externalId ?? null,
    user.avatarUrl ?? null,
    isFirst ? OWNER : user.role,
    passwordHash,
    user.createdAtMs,
    user.disabledAtMs ?? null,
  );
  if (stored === 0) return 'taken';
  yield* writeWords(user.id, names);
  if (use !== undefined) yield* noteUse(use);
  if (identity !== undefined) {
    yield* storeIdentity({ ...identity, userId: user.id, createdAtMs: user.createdAtMs });
  }
  const isPerson = user.isBot !== true && permits('join-rooms', user);
  if (email !== undefined) yield* requireEmail(user.id, email, user.createdAtMs);
  else if (isPerson) yield* enterDefaultRooms(user.id, user.createdAtMs);
  if (confirmedEmail !== undefined) yield* insertConfirmed(user, confirmedEmail);
  return isFirst ? 'stored-as-owner' : 'stored';
}

/**
 * Until the end of the transaction, no user takes or gives up these names, nor takes one that looks like the
 * new one. All are locked at once: transactions cannot deadlock.
 */
function* lockNames(usernameKeys: readonly string[], names: NameKeys): Operation<void> {
  const keys = [...usernameKeys.map((key) => `name ${key}`), `look ${names.usernameLook}`];
  yield* all({ own: 'lockKeys' }, keys);
}

function* isFormerName(username: string): Operation<boolean> {
  const sql = 'SELECT 1 AS found FROM former_names WHERE name_digest = $1';
  return (yield* one(sql, digestOfName(username.toLowerCase()))) !== undefined;
}

/** Whether there is no account yet; others who register wait until the transaction ends. */
function* lockFirst(): Operation<boolean> {
  if (yield* hasAccounts()) return false;
  yield* all({ own: 'lockKeys' }, ['first account']);
  return !(yield* hasAccounts());
}

/** Deleted ones, and those of another issuer, count; bots of Parley do not, few as they are. */
function* hasAccounts(): Operation<boolean> {
  const isBot = `SELECT 1 FROM external_identities b WHERE b.issuer = '${OWN_ISSUER}' AND b.user_id = u.id`;
  const sql = `SELECT u.id FROM users u WHERE NOT EXISTS (${isBot}) ORDER BY u.id LIMIT 1`;
  return (yield* one(sql)) !== undefined;
}

/** Time up to which the accounts are those of the demo; undefined if it is no demo. */
function* findDemo(): Operation<number | undefined> {
  const note = yield* readNote('demo');
  return note === undefined ? undefined : Number(note);
}

function* noteDemo(untilMs: number | undefined): Operation<void> {
  if (untilMs === undefined) yield* deleteNote('demo');
  else yield* writeNote('demo', String(untilMs));
}

/** The account is recorded as the invite that let it in, or else as created. */
export const insertUser = audited(
  insertAccount,
  (
    result,
    { id: target }: User,
    _passwordHash: string,
    _names: NameKeys,
    admission: Admission = {},
    by?: By,
  ) => {
    if (result !== 'stored' && result !== 'stored-as-owner') return undefined;
    if (admission.use !== undefined) return toInviteUsed(admission.use);
    const detail = result === 'stored-as-owner' ? 'owner' : undefined;
    return by && { ...by, action: 'user.create', target, detail };
  },
);

function* writeWords(userId: UserId, { words }: NameKeys): Operation<void> {
  yield* run(
    'INSERT INTO user_words (word, user_id) SELECT w.word, $2 FROM unnest($1::text[]) AS w (word)',
    words,
    userId,
  );
}

export function* findCredentials(username: string): Operation<Credentials | undefined> {
  const row = yield* one<UserRow & { readonly password_hash: string }>(
    `SELECT ${USER_COLUMNS}, u.password_hash FROM users u WHERE u.username_key = $1`,
    username.toLowerCase(),
  );
  return row && { user: toUser(row), passwordHash: row.password_hash };
}

function* findUser(
  reference:
    | { readonly kind: 'id'; readonly id: UserId }
    | { readonly kind: 'username'; readonly username: string },
): Operation<User | undefined> {
  const row =
    reference.kind === 'id'
      ? yield* one<UserRow>(`${USERS} WHERE u.id = $1`, reference.id)
      : yield* one<UserRow>(`${USERS} WHERE u.username_key = $1`, reference.username.toLowerCase());
  return row && toUser(row);
}

export function* listAccounts({
  after = '',
  start,
  limit,
}: {
  readonly after?: string | undefined;
  readonly start?: string | undefined;
  readonly limit: number;
}): Operation<Account[]> {
  const isFound =
    start === undefined
      ? ''
      : 'AND EXISTS (SELECT 1 FROM user_words w WHERE w.user_id = u.id AND w.word >= $3 AND w.word < $4)';
  const rows = yield* all<AccountRow>(
    `${ACCOUNT_ROWS} WHERE u.username_key > $1 AND u.deleted_at IS NULL ${isFound}
     ORDER BY u.username_key LIMIT $2`,
    after.toLowerCase(),
    limit,
    ...(start === undefined ? [] : [start, start + LAST_CHARACTER]),
  );
  return rows.map(toAccount);
}

export function* findAccount(userId: UserId): Operation<Account | undefined> {
  const row = yield* one<AccountRow>(`${ACCOUNT_ROWS} WHERE u.id = $1`, userId);
  return row && toAccount(row);
}

function toAccount(row: AccountRow): Account {
  const lastSeenAtMs = row.last_seen_at ?? undefined;
  return {
    ...{ user: toUser(row), lastSeenAtMs, hasFactor: row.factor_since !== null },
    hasPasskey: row.passkey_since !== null,
    isUnconfirmed: row.is_unconfirmed === 1,
  };
}

function* listUsers(ids: readonly UserId[], usernames: readonly string[] = []): Operation<User[]> {
  const rows = yield* all<UserRow>(
    `${USERS} WHERE u.id = ANY($1::text[]) UNION ${USERS} WHERE u.username_key = ANY($2::text[])`,
    ids,
    usernames.map((username) => username.toLowerCase()),
  );
  return rows.map(toUser);
}

function* listUsersByExternalId(externalIds: readonly string[]): Operation<User[]> {
  const rows = yield* all<UserRow>(
    `${USERS} WHERE u.external_id = ANY($1::text[]) LIMIT $2`,
    externalIds,
    SAME_EXTERNAL_ID_MAX * externalIds.length,
  );
  return rows.map(toUser);
}

function* listUsersByWord(start: string, limit: number, nowMs: number): Operation<FoundUsers> {
  const rows = yield* all<UserRow>(
    `SELECT ${USER_COLUMNS} FROM (SELECT w.word, w.user_id FROM user_words w
       WHERE w.word >= $1 AND w.word < $2 AND ${isFound('$4')} ORDER BY w.word, w.user_id LIMIT $3) w
     JOIN users u ON u.id = w.user_id
     ORDER BY w.word, u.id`,
    start,
    start + LAST_CHARACTER,
    limit + 1,
    nowMs,
  );
  const found = rows.slice(0, limit).map((row) => [row.id, toUser(row)] as const);
  return { users: [...new Map(found).values()], hasMore: rows.length > limit };
}

/** Searches the members of the room, and the users with the word: the shorter list is complete. */
function* listMembersByWord(
  roomId: RoomId,
  start: string,
  { limit, scannedMax, nowMs }: SearchedMembers,
): Operation<RoomMember[]> {
  const rows = yield* all<MemberRow>(
    `SELECT ${USER_COLUMNS}, u.last_seen_at, m.role AS room_role FROM (
       SELECT user_id FROM (SELECT m.user_id FROM (SELECT user_id FROM memberships WHERE room_id = $1 ORDER BY user_id LIMIT $2) m
         WHERE EXISTS (SELECT 1 FROM user_words w
           WHERE w.user_id = m.user_id AND w.word >= $3 AND w.word < $4 AND ${isFound('$6')})
         LIMIT $5) a
       UNION SELECT user_id FROM (SELECT w.user_id FROM (SELECT user_id FROM user_words WHERE word >= $3 AND word < $4
         ORDER BY word, user_id LIMIT $2) w
         WHERE ${isFound('$6')} AND EXISTS (SELECT 1 FROM memberships m WHERE m.room_id = $1 AND m.user_id = w.user_id)
         LIMIT $5) b LIMIT $5) found
     CROSS JOIN users u CROSS JOIN memberships m
     WHERE u.id = found.user_id AND m.room_id = $1 AND m.user_id = found.user_id`,
    roomId,
    scannedMax,
    start,
    start + LAST_CHARACTER,
    limit,
    nowMs,
  );
  return rows.map(toRoomMember);
}

function* hasLookAlike(username: string, look: string, exceptId?: UserId): Operation<boolean> {
  const row = yield* one(
    `SELECT id FROM users WHERE ${USERNAME_LOOK} = $1 AND username_key <> $2 AND id <> $3 LIMIT 1`,
    ...[look, username.toLowerCase(), exceptId ?? ''],
  );
  if (row !== undefined) return true;
  // Older mentions have former names, which are reserved for their users.
  const former =
    "SELECT 1 AS found FROM former_names WHERE name_digest = $1 AND coalesce(user_id, '') <> $2";
  return (yield* one(former, digestOfName(username.toLowerCase()), exceptId ?? '')) !== undefined;
}

function* listUsersByLook(look: string, limit: number): Operation<User[]> {
  return (yield* all<UserRow>(`${USERS} WHERE u.name_key = $1 LIMIT $2`, look, limit)).map(toUser);
}

function* writeAvatarUrl(
  userId: UserId,
  avatarUrl: string | undefined,
  by?: By,
): Operation<boolean> {
  if (!(yield* mayStillAct(userId, 'rename', by))) return false;
  const user = yield* one<{ avatar_url: string | null }>(
    'SELECT avatar_url FROM users WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE',
    userId,
  );
  if (user === undefined) return true;
  yield* placeAvatar(userId, { former: user.avatar_url, next: avatarUrl });
  yield* run('UPDATE users SET avatar_url = $1 WHERE id = $2', avatarUrl ?? null, userId);
  return true;
}

const setAvatarUrl = audited(
  writeAvatarUrl,
  (isStored, target: UserId, _url: string | undefined, by?: By) =>
    isStored && by ? { ...by, action: 'user.avatar', target } : undefined,
);

function* hasFirstSteps(userId: UserId): Operation<boolean> {
  const sql = 'SELECT id FROM users WHERE id = $1 AND role = $2 AND first_steps_done_at IS NULL';
  return (yield* one(sql, userId, OWNER)) !== undefined;
}

function* endFirstSteps(userId: UserId, atMs: number): Operation<void> {
  const sql =
    'UPDATE users SET first_steps_done_at = coalesce(first_steps_done_at, $2) WHERE id = $1';
  yield* run(sql, userId, atMs);
}

function* writeDisplayName(
  user: Pick<User, 'id'>,
  displayName: string,
  names: NameKeys,
): Operation<string | undefined> {
  const former = yield* one<{ display_name: string }>(
    'SELECT display_name FROM users WHERE id = $1 FOR NO KEY UPDATE',
    user.id,
  );
  yield* run(
    'UPDATE users SET display_name = $1, name_key = $2 WHERE id = $3',
    displayName,
    names.look,
    user.id,
  );
  yield* run('DELETE FROM user_words WHERE user_id = $1', user.id);
  yield* writeWords(user.id, names);
  return former?.display_name;
}

/** Undefined without an actor, and if the name is the same. */
function toRenamed(
  kind: 'displayName' | 'username',
  target: UserId,
  { from, to }: { readonly from: string | undefined; readonly to: string },
  by: By | undefined,
): Recorded | undefined {
  if (by === undefined || from === undefined || from === to) return undefined;
  return { ...by, action: 'user.rename', target, detail: kind, renamed: { from, to } };
}

/** Returns undefined if the actor may not. */
function* changeDisplayName(
  user: Pick<User, 'id'>,
  displayName: string,
  names: NameKeys,
  by?: By,
): Operation<{ readonly former: string | undefined } | undefined> {
  if (!(yield* mayStillAct(user.id, 'rename', by))) return undefined;
  return { former: yield* writeDisplayName(user, displayName, names) };
}

const setDisplayName = audited(
  changeDisplayName,
  (changed, { id }: Pick<User, 'id'>, to: string, _names: NameKeys, by?: By) =>
    toRenamed('displayName', id, { from: changed?.former, to }, by),
);

function* writeUsername(
  { id, username, displayName }: Pick<User, 'id' | 'username' | 'displayName'>,
  names: NameKeys,
  { atMs }: By,
): Operation<{ readonly former: string } | 'taken' | 'look-taken'> {
  const key = username.toLowerCase();
  const former = yield* one<{ username: string; username_key: string }>(
    'SELECT username, username_key FROM users WHERE id = $1 FOR NO KEY UPDATE',
    id,
  );
  if (former === undefined) return 'taken';
  yield* lockNames([key, former.username_key], names);
  if ((yield* isTaken(key, id)) || (yield* isGroupHandle(key))) return 'taken';
  if (yield* hasLookAlike(username, names.usernameLook, id)) return 'look-taken';
  yield* run('UPDATE users SET username = $1, username_key = $2 WHERE id = $3', username, key, id);
  yield* writeDisplayName({ id }, displayName, names);
  if (former.username_key !== key) {
    yield* run('DELETE FROM former_names WHERE name_digest = $1', digestOfName(key));
    yield* run(
      'INSERT INTO former_names (name_digest, user_id) VALUES ($1, $2)',
      digestOfName(former.username_key),
      id,
    );
  }
  // Nodes know the former name.
  yield* noteChangedAccount(id, atMs);
  return { former: former.username };
}

function* isTaken(usernameKey: string, userId: UserId): Operation<boolean> {
  const named = yield* one<{ id: UserId }>(
    'SELECT id FROM users WHERE username_key = $1',
    usernameKey,
  );
  if (named !== undefined) return named.id !== userId;
  const former = yield* one<{ user_id: UserId | null }>(
    'SELECT user_id FROM former_names WHERE name_digest = $1',
    digestOfName(usernameKey),
  );
  return former !== undefined && former.user_id !== userId;
}

const setUsername = audited(
  writeUsername,
  (result, { id, username: to }: Parameters<typeof writeUsername>[0], _names: NameKeys, by: By) =>
    typeof result === 'string'
      ? undefined
      : toRenamed('username', id, { from: result.former, to }, by),
);

function* listRenamed(formerUsernames: readonly string[]): Operation<RenamedUser[]> {
  const names = new Map(formerUsernames.map((name) => [digestOfName(name.toLowerCase()), name]));
  const rows = yield* all<UserRow & { readonly name_digest: string }>(
    `SELECT ${USER_COLUMNS}, f.name_digest FROM former_names f JOIN users u ON u.id = f.user_id
     WHERE f.name_digest = ANY($1::text[])`,
    [...names.keys()],
  );
  return rows.map((row) => ({
    user: toUser(row),
    formerUsername: names.get(row.name_digest) ?? row.username,
  }));
}

function* findExternalUser(issuer: string, subject: string): Operation<User | undefined> {
  const row = yield* one<UserRow>(
    `SELECT ${USER_COLUMNS} FROM external_identities e JOIN users u ON u.id = e.user_id
     WHERE e.issuer = $1 AND e.subject = $2`,
    issuer,
    subject,
  );
  return row && toUser(row);
}

function* storeExternalUser(
  user: User,
  external: { readonly issuer: string; readonly subject: string; readonly passwordHash: string },
  names: NameKeys,
): Operation<User | 'taken'> {
  const { issuer, subject, passwordHash } = external;
  // Concurrent calls for one identity wait here for each other, before either has an account.
  yield* all({ own: 'lockKeys' }, [`${issuer} ${subject}`]);
  const there = yield* findExternalUser(issuer, subject);
  if (there !== undefined) return there;
  if ((yield* insertAccount(user, passwordHash, names)) === 'taken') return 'taken';
  yield* run(
    'INSERT INTO external_identities (issuer, subject, user_id, created_at) VALUES ($1, $2, $3, $4)',
    issuer,
    subject,
    user.id,
    user.createdAtMs,
  );
  return user;
}

const insertExternalUser = audited(
  storeExternalUser,
  (
    result,
    { id: target, createdAtMs: atMs }: User,
    _external: { readonly issuer: string; readonly subject: string; readonly passwordHash: string },
    _names: NameKeys,
  ) => {
    const isNew = result !== 'taken' && result.id === target;
    return isNew ? { actor: target, address: '', atMs, action: 'user.create', target } : undefined;
  },
);

function* block(
  userId: UserId,
  blockedId: UserId,
  { directKey, nowMs }: { readonly directKey: string; readonly nowMs: number },
): Operation<RoomId | undefined> {
  // Waits for a running commit: nothing of a later one reaches the user.
  const room = yield* one<{ id: RoomId }>(
    `SELECT id FROM rooms WHERE workspace_id = $1 AND name_key = $2 AND kind = 'direct' FOR UPDATE`,
    DEFAULT_WORKSPACE_ID,
    directKey,
  );
  yield* run(
    `INSERT INTO blocks (user_id, blocked_id, created_at) VALUES ($1, $2, $3)
     ON CONFLICT (user_id, blocked_id) DO NOTHING`,
    userId,
    blockedId,
    nowMs,
  );
  if (room === undefined) return undefined;
  const ended = 'DELETE FROM memberships WHERE room_id = $1 AND user_id = $2';
  const wasMember = (yield* run(ended, room.id, userId)) === 1;
  yield* run('DELETE FROM read_receipts WHERE user_id = $1 AND room_id = $2', userId, room.id);
  if (!wasMember) return undefined;
  const departed =
    'INSERT INTO departures (room_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING';
  yield* run(departed, room.id, userId);
  return room.id;
}

function* unblock(userId: UserId, blockedId: UserId): Operation<boolean> {
  const sql = 'DELETE FROM blocks WHERE user_id = $1 AND blocked_id = $2';
  return (yield* run(sql, userId, blockedId)) === 1;
}

/** If the block to begin after has ended, the list begins again: users may be repeated. */
function* listBlocked(userId: UserId, limit: number, after?: UserId): Operation<User[]> {
  const created = '(SELECT c.created_at FROM blocks c WHERE c.user_id = $1 AND c.blocked_id = $3)';
  const last = `coalesce(${created}, ${Number.MAX_SAFE_INTEGER})`;
  const rows = yield* all<UserRow>(
    `SELECT ${USER_COLUMNS} FROM blocks b JOIN users u ON u.id = b.blocked_id
     WHERE b.user_id = $1 AND (b.created_at < ${last} OR (b.created_at = ${last} AND b.blocked_id > $3))
     ORDER BY b.created_at DESC, u.id LIMIT $2`,
    userId,
    limit,
    after ?? '',
  );
  return rows.map(toUser);
}

function* isBlockedBetween(user: UserId, other: UserId): Operation<boolean> {
  const sql = `SELECT 1 AS blocked FROM blocks WHERE user_id = $1 AND blocked_id = $2
    UNION ALL SELECT 1 FROM blocks WHERE user_id = $2 AND blocked_id = $1`;
  return (yield* one(sql, user, other)) !== undefined;
}

function* listBlockedBetween(userId: UserId, otherIds: readonly UserId[]): Operation<UserId[]> {
  const rows = yield* all<{ id: UserId }>(
    `SELECT o.id FROM unnest($2::text[]) AS o (id)
     WHERE EXISTS (SELECT 1 FROM blocks WHERE user_id = $1 AND blocked_id = o.id)
       OR EXISTS (SELECT 1 FROM blocks WHERE user_id = o.id AND blocked_id = $1)
     ORDER BY o.id COLLATE "C"`,
    userId,
    otherIds,
  );
  return rows.map(({ id }) => id);
}

/** Locks in order, so that nodes that save the same users cannot deadlock. */
function* setLastSeen(users: readonly LastSeen[]): Operation<void> {
  yield* run(
    `WITH seen AS (
       SELECT u.id, t.last_seen_at FROM unnest($1::text[], $2::bigint[]) AS t (id, last_seen_at)
       JOIN users u ON u.id = t.id AND u.deleted_at IS NULL ORDER BY u.id FOR NO KEY UPDATE OF u
     )
     UPDATE users AS u SET last_seen_at = s.last_seen_at FROM seen s WHERE u.id = s.id`,
    users.map(({ userId }) => userId),
    users.map(({ lastSeenAtMs }) => lastSeenAtMs),
  );
}

function* findLastSeen(userId: UserId): Operation<number | undefined> {
  const sql = 'SELECT last_seen_at FROM users WHERE id = $1';
  const row = yield* one<{ last_seen_at: number | null }>(sql, userId);
  return row?.last_seen_at ?? undefined;
}

function* setChosenPresence(choice: StoredPresence): Operation<void> {
  const { userId, status, statusText = null, untilMs = null, chosenAtMs } = choice;
  yield* run(
    `INSERT INTO chosen_presence (user_id, status, status_text, until, chosen_at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (user_id) DO UPDATE SET status = excluded.status, status_text = excluded.status_text,
       until = excluded.until, chosen_at = excluded.chosen_at
     WHERE excluded.chosen_at >= chosen_presence.chosen_at`,
    userId,
    status,
    statusText,
    untilMs,
    chosenAtMs,
  );
}

function* listChosenPresence(userIds: readonly UserId[]): Operation<StoredPresence[]> {
  const rows = yield* all<PresenceRow>(
    `SELECT user_id, status, status_text, until, chosen_at FROM chosen_presence
     WHERE user_id = ANY($1::text[])`,
    userIds,
  );
  return rows.map(toStoredPresence);
}

function* findAttemptWait(limits: readonly AttemptLimit[], nowMs: number): Operation<number> {
  return longestWaitMs(limits, yield* readAttempts(limits), nowMs);
}

function* countAttempt(limits: readonly AttemptLimit[], nowMs: number): Operation<number> {
  // Most rejections need no lock.
  const knownWaitMs = yield* findAttemptWait(limits, nowMs);
  if (knownWaitMs > 0) return knownWaitMs;
  // By key: a key without a row cannot be locked by its row.
  const keys = limits.map(({ key }) => key);
  yield* all({ own: 'lockKeys' }, keys);
  const records = yield* readAttempts(limits);
  const waitMs = longestWaitMs(limits, records, nowMs);
  if (waitMs > 0) return waitMs;
  for (const limit of limits) {
    const { attempts, windowEndsAtMs } = withAttempt(limit, records.get(limit.key), nowMs);
    yield* run(
      `INSERT INTO login_attempts (key, attempts, window_ends_at) VALUES ($1, $2, $3)
       ON CONFLICT (key) DO UPDATE SET attempts = excluded.attempts, window_ends_at = excluded.window_ends_at`,
      limit.key,
      attempts,
      windowEndsAtMs,
    );
  }
  return 0;
}

function* readAttempts(
  limits: readonly AttemptLimit[],
): Operation<ReadonlyMap<string, AttemptRecord>> {
  const rows = yield* all<{ key: string; attempts: number; window_ends_at: number }>(
    'SELECT key, attempts, window_ends_at FROM login_attempts WHERE key = ANY($1::text[])',
    limits.map(({ key }) => key),
  );
  return new Map(
    rows.map(({ key, attempts, window_ends_at: windowEndsAtMs }) => [
      key,
      { attempts, windowEndsAtMs },
    ]),
  );
}

function* forgetAttempts(key: string): Operation<void> {
  yield* run('DELETE FROM login_attempts WHERE key = $1', key);
}

function* deleteOldAttempts(nowMs: number): Operation<number> {
  return yield* run(
    `DELETE FROM login_attempts WHERE window_ends_at <= $1 AND key = ANY (ARRAY(
       SELECT key FROM login_attempts WHERE window_ends_at <= $1 LIMIT ${EXPIRED_ROWS_MAX}))`,
    nowMs,
  );
}

export const ACCOUNTS = {
  reads: {
    findCredentials,
    findUser,
    hasAccounts,
    findDemo,
    listAccounts,
    listUsers,
    listUsersByExternalId,
    listUsersByWord,
    listMembersByWord,
    hasLookAlike,
    hasFirstSteps,
    listUsersByLook,
    findExternalUser,
    listBlocked,
    isBlockedBetween,
    listBlockedBetween,
    findLastSeen,
    listChosenPresence,
    findAttemptWait,
    findPasswordReset,
    findAccount,
    findSecondFactor,
    findEmail,
    findEmailUser,
    findIdentityCredentials,
    listIdentities,
    listPasskeys,
    findPasskeyCredentials,
    listRenamed,
    listAccountNotices,
  },
  writes: {
    startSecondFactor,
    renamePasskey,
    setEmailToken,
    queueMail,
    delayMail,
    deleteMail,
    unblock,
    setLastSeen,
    setChosenPresence,
    noteDemo,
    forgetAttempts,
    deleteOldAttempts,
    deleteAccountNotice,
    deleteOldAccountNotices,
  },
  transactions: {
    insertUser,
    setAvatarUrl,
    setDisplayName,
    setUsername,
    endFirstSteps,
    setEmail,
    confirmEmail,
    takeMail,
    insertExternalUser,
    block,
    countAttempt,
    insertPasswordReset,
    takePasswordReset,
    confirmSecondFactor,
    removeSecondFactor,
    replaceRecoveryCodes,
    linkIdentity,
    unlinkIdentity,
    insertPasskey,
    deletePasskey,
    insertAccountNotice,
  },
} satisfies Feature;
