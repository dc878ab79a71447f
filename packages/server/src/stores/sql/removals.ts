/** Deletions of accounts and of all messages of a user: operations of the removal store. */
import { hash } from 'node:crypto';
import type { MessageId, RoomId, UserId } from '@parley/protocol';
import { mayAdminister, mayPurge } from '../../model/administration-rules.ts';
import type { By } from '../../model/audit.ts';
import type {
  AccountDeletion,
  ConfirmationExpiry,
  Removal,
  RemovalProgress,
} from '../../model/removal.ts';
import { NO_PASSWORD, type Role } from '../../model/user.ts';
import { appendEntries, audited, forgetNames } from './audit-chain.ts';
import { endSessionsOf } from './end-sessions.ts';
import { placeAvatar, releaseUploads } from './files.ts';
import { leaveWorkspaces } from './heirs.ts';
import { all, type Feature, type Operation, one, run, runAll } from './operation.ts';
import { deleteScheduledOf } from './scheduled-messages.ts';
import { isLastOwner, lockAccounts, mayActOn, noteChangedAccount } from './sessions.ts';

/**
 * Time after the deletion of an account until its messages are deleted. By then, its connections have
 * closed on all nodes: no message follows.
 */
const CLOSING_MS = 3000;
/** No right outlives the account. */
const LEAST_ROLE: Role = 'guest';

interface RemovalRow {
  readonly id: string;
  readonly user_id: UserId;
  readonly is_of_account: number;
  readonly deletes_messages: number;
  readonly after_room_id: string;
  readonly room_id: RoomId | null;
  readonly message_id: MessageId | null;
  readonly after_sequence: number;
  readonly message_count: number;
}

/** Not the name itself: it may tell who the person was. */
export function digestOfName(usernameKey: string): string {
  return hash('sha256', usernameKey);
}

/** `$1` is the least age and `$2` the time. The ids of users are in the order of their creation. */
const EXPIRED = `SELECT e.user_id FROM emails e CROSS JOIN users u WHERE e.is_required = 1 AND u.id = e.user_id
  AND u.created_at < $1 AND u.deleted_at IS NULL AND (e.token_expires_at IS NULL OR e.token_expires_at < $2)
  AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.user_id = e.user_id)
  AND NOT EXISTS (SELECT 1 FROM workspace_members w WHERE w.user_id = e.user_id)`;

function* listExpiredAccounts(
  { createdBeforeMs, nowMs }: ConfirmationExpiry,
  after: UserId | undefined,
  limit: number,
): Operation<UserId[]> {
  const sql = `${EXPIRED} AND e.user_id > $3 ORDER BY e.user_id LIMIT $4`;
  const page = [createdBeforeMs, nowMs, after ?? '', limit];
  return (yield* all<{ user_id: UserId }>(sql, ...page)).map(({ user_id: userId }) => userId);
}

function* hasExpired(
  userId: UserId,
  { createdBeforeMs, nowMs }: ConfirmationExpiry,
): Operation<boolean> {
  // Locked: a confirmation ends first, or finds no address.
  const sql = `${EXPIRED} AND e.user_id = $3 FOR UPDATE OF e`;
  return (yield* one(sql, createdBeforeMs, nowMs, userId)) !== undefined;
}

function* anonymise(
  deletion: AccountDeletion,
  by: By,
): Operation<string[] | 'last-owner' | 'forbidden' | 'unknown'> {
  const { atMs } = by;
  const { userId, username, displayName, messages, removalId, expiry } = deletion;
  if (expiry !== undefined && !(yield* hasExpired(userId, expiry))) return 'unknown';
  if (yield* isLastOwner(userId, atMs)) return 'last-owner';
  const locked = yield* lockAccounts(userId, by);
  if (locked === undefined) return 'unknown';
  const { account, actor } = locked;
  const isOwn = by.actor === userId;
  if (!isOwn && !mayActOn(by, actor, (user) => mayAdminister(user, 'delete', account))) {
    return 'forbidden';
  }
  // Before the user is locked, and in order: a change of a group locks the group first.
  const groups = yield* all<{ id: string }>(
    `SELECT id FROM user_groups WHERE id IN (SELECT group_id FROM user_group_members WHERE user_id = $1)
     ORDER BY id FOR UPDATE`,
    userId,
  );
  for (const { id } of groups) {
    yield* run('UPDATE user_groups SET member_count = member_count - 1 WHERE id = $1', id);
  }
  yield* run('DELETE FROM user_group_members WHERE user_id = $1', userId);
  const former = yield* one<{ username_key: string; avatar_url: string | null }>(
    'SELECT username_key, avatar_url FROM users WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE',
    userId,
  );
  if (former === undefined) return 'unknown';
  yield* placeAvatar(userId, { former: former.avatar_url, next: undefined });
  yield* run(
    `UPDATE users SET username = $2, username_key = $3, display_name = $4, name_key = NULL, external_id = NULL,
       avatar_url = NULL, role = $5, password_hash = $6, asks_first = 0, last_seen_at = NULL,
       hides_last_seen = 0, accepted_writers = 0,
       disabled_at = coalesce(disabled_at, $7::bigint), disabled_until = NULL, disabled_reason = NULL, disabled_by = NULL, disabled_as = NULL, deleted_at = $7::bigint WHERE id = $1`,
    userId,
    username,
    username.toLowerCase(),
    displayName,
    LEAST_ROLE,
    NO_PASSWORD,
    atMs,
  );
  const passedOn = yield* leaveWorkspaces(userId, atMs);
  // The name of an account that was never open is free.
  if (expiry === undefined) {
    const reserve = 'INSERT INTO former_names (name_digest) VALUES ($1)';
    yield* run(reserve, digestOfName(former.username_key));
  }
  yield* runAll([
    ['UPDATE former_names SET user_id = NULL WHERE user_id = $1', userId],
    ['DELETE FROM emails WHERE user_id = $1', userId],
    ['DELETE FROM mail_queue WHERE user_id = $1', userId],
    ['DELETE FROM user_words WHERE user_id = $1', userId],
    ['DELETE FROM password_resets WHERE user_id = $1', userId],
    ['DELETE FROM second_factors WHERE user_id = $1', userId],
    ['DELETE FROM passkeys WHERE user_id = $1', userId],
    ['DELETE FROM sign_in_identities WHERE user_id = $1', userId],
    ['DELETE FROM chosen_presence WHERE user_id = $1', userId],
    ['DELETE FROM warnings WHERE user_id = $1', userId],
    ['DELETE FROM account_notices WHERE user_id = $1', userId],
    ['DELETE FROM saved_messages WHERE user_id = $1', userId],
    ['DELETE FROM thread_follows WHERE user_id = $1', userId],
    ['DELETE FROM unread_replies WHERE user_id = $1', userId],
    // Those about the user stay: nobody removes the evidence by leaving.
    ['DELETE FROM reports WHERE reporter_id = $1 AND user_id <> $1', userId],
    ['DELETE FROM blocks WHERE user_id = $1', userId],
    ['DELETE FROM blocks WHERE blocked_id = $1', userId],
    ['DELETE FROM invitations WHERE user_id = $1', userId],
    ['DELETE FROM invitations WHERE inviter_id = $1', userId],
    ['DELETE FROM invites WHERE creator_id = $1', userId],
    [
      "UPDATE memberships SET notification_level = 'all', muted_until = NULL, marked_unread = 0 WHERE user_id = $1",
      userId,
    ],
    [
      `INSERT INTO removals (id, user_id, is_of_account, deletes_messages, after_room_id, due_at)
       VALUES ($1, $2, 1, $3, '', $4)`,
      removalId,
      userId,
      messages === 'delete' ? 1 : 0,
      atMs + CLOSING_MS,
    ],
  ]);
  yield* deleteScheduledOf(userId);
  yield* releaseUploads(userId);
  yield* forgetNames(userId);
  // Also if it was disabled before: nodes know its names.
  yield* noteChangedAccount(userId, atMs);
  const ended = yield* endSessionsOf(userId);
  yield* appendEntries(passedOn);
  return ended;
}

export const deleteAccount = audited(
  anonymise,
  (result, { userId: target, messages, expiry }: AccountDeletion, by: By) => {
    const detail = expiry === undefined ? messages : 'unconfirmed';
    return typeof result === 'string'
      ? undefined
      : { ...by, action: 'user.delete', target, detail };
  },
);

function* notePurge(
  { id, userId }: { readonly id: string; readonly userId: UserId },
  by: By,
): Operation<'noted' | 'absent' | 'forbidden'> {
  const locked = yield* lockAccounts(userId, by);
  if (locked === undefined) return 'absent';
  if (!mayActOn(by, locked.actor, (user) => mayPurge(user, locked.account))) return 'forbidden';
  const { atMs } = by;
  yield* run(
    `INSERT INTO removals (id, user_id, is_of_account, deletes_messages, after_room_id, due_at)
     VALUES ($1, $2, 0, 1, '', $3)`,
    ...[id, userId, atMs],
  );
  yield* deleteScheduledOf(userId);
  return 'noted';
}

const insertPurge = audited(
  notePurge,
  (result, { userId: target }: { readonly id: string; readonly userId: UserId }, by: By) =>
    result === 'noted' ? { ...by, action: 'user.purge', target } : undefined,
);

/** Notes that a message is to be deleted, by any node if that is not done when it is due. */
export function* noteMessageRemoval(removal: {
  readonly id: string;
  readonly userId: UserId;
  readonly roomId: RoomId;
  readonly messageId: MessageId;
  readonly dueAtMs: number;
}): Operation<void> {
  yield* run(
    `INSERT INTO removals (id, user_id, is_of_account, deletes_messages, after_room_id, due_at, room_id, message_id)
     VALUES ($1, $2, 0, 0, '', $3, $4, $5)`,
    ...[removal.id, removal.userId, removal.dueAtMs, removal.roomId, removal.messageId],
  );
}

function* takeRemoval({
  nowMs,
  dueAtMs,
}: {
  readonly nowMs: number;
  readonly dueAtMs: number;
}): Operation<Removal | undefined> {
  // Another node that takes it is not waited for.
  const row = yield* one<RemovalRow>(
    `SELECT id, user_id, is_of_account, deletes_messages, after_room_id, room_id, message_id,
       after_sequence, message_count FROM removals
     WHERE due_at <= $1 ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED`,
    nowMs,
  );
  if (row === undefined) return undefined;
  yield* run('UPDATE removals SET due_at = $2 WHERE id = $1', row.id, dueAtMs);
  const { room_id: roomId, message_id: messageId } = row;
  return {
    id: row.id,
    userId: row.user_id,
    isOfAccount: row.is_of_account === 1,
    deletesMessages: row.deletes_messages === 1,
    message: roomId === null || messageId === null ? undefined : { roomId, messageId },
    afterRoomId: row.after_room_id === '' ? undefined : (row.after_room_id as RoomId),
    ...{ afterSequence: row.after_sequence, messageCount: row.message_count },
  };
}

function* saveRemoval(
  id: string,
  {
    afterRoomId = '' as RoomId,
    afterSequence,
    messageCount,
    dueAtMs,
  }: RemovalProgress & { readonly dueAtMs: number },
): Operation<void> {
  yield* run(
    `UPDATE removals SET after_room_id = $2, after_sequence = $3, message_count = $4, due_at = $5
     WHERE id = $1`,
    ...[id, afterRoomId, afterSequence, messageCount, dueAtMs],
  );
}

function* deleteRemoval(id: string): Operation<void> {
  yield* run('DELETE FROM removals WHERE id = $1', id);
}

export const REMOVALS = {
  reads: { listExpiredAccounts },
  writes: { saveRemoval, deleteRemoval },
  transactions: { deleteAccount, insertPurge, takeRemoval },
} satisfies Feature;
