/** Deletions of accounts and of all messages of a user: operations of the removal store. */
import { hash } from 'node:crypto';
import type { RoomId, UserId } from '@parley/protocol';
import type { By } from '../../model/audit.ts';
import type { AccountDeletion, Removal } from '../../model/removal.ts';
import { NO_PASSWORD, type Role } from '../../model/user.ts';
import { audited } from './audit-chain.ts';
import { type Feature, type Operation, one, run, runAll } from './operation.ts';
import { endSessionsOf, isLastOwner, noteChangedAccount } from './sessions.ts';

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
}

/** Not the name itself: it may tell who the person was. */
export function digestOfName(usernameKey: string): string {
  return hash('sha256', usernameKey);
}

function* anonymise(
  deletion: AccountDeletion,
  { atMs }: By,
): Operation<string[] | 'last-owner' | 'unknown'> {
  const { userId, username, displayName, messages, removalId } = deletion;
  if (yield* isLastOwner(userId)) return 'last-owner';
  const former = yield* one<{ username_key: string }>(
    'SELECT username_key FROM users WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE',
    userId,
  );
  if (former === undefined) return 'unknown';
  yield* run(
    `UPDATE users SET username = $2, username_key = $3, display_name = $4, name_key = NULL, external_id = NULL,
       avatar_url = NULL, role = $5, password_hash = $6, asks_first = 0, last_seen_at = NULL,
       disabled_at = coalesce(disabled_at, $7::bigint), disabled_until = NULL, disabled_reason = NULL, deleted_at = $7::bigint WHERE id = $1`,
    userId,
    username,
    username.toLowerCase(),
    displayName,
    LEAST_ROLE,
    NO_PASSWORD,
    atMs,
  );
  yield* runAll([
    ['UPDATE former_names SET user_id = NULL WHERE user_id = $1', userId],
    ['INSERT INTO former_names (name_digest) VALUES ($1)', digestOfName(former.username_key)],
    ['DELETE FROM emails WHERE user_id = $1', userId],
    ['DELETE FROM mail_queue WHERE user_id = $1', userId],
    ['DELETE FROM user_words WHERE user_id = $1', userId],
    ['DELETE FROM password_resets WHERE user_id = $1', userId],
    ['DELETE FROM second_factors WHERE user_id = $1', userId],
    ['DELETE FROM chosen_presence WHERE user_id = $1', userId],
    ['DELETE FROM warnings WHERE user_id = $1', userId],
    ['DELETE FROM reports WHERE reporter_id = $1', userId],
    // With the messages that stay, the copies of them stay.
    [
      'DELETE FROM reports WHERE user_id = $1 AND (message_id IS NULL OR $2::bigint = 1)',
      userId,
      messages === 'delete' ? 1 : 0,
    ],
    ['DELETE FROM blocks WHERE user_id = $1', userId],
    ['DELETE FROM blocks WHERE blocked_id = $1', userId],
    ['DELETE FROM invitations WHERE user_id = $1', userId],
    ['DELETE FROM invitations WHERE inviter_id = $1', userId],
    ['DELETE FROM invites WHERE creator_id = $1', userId],
    ['DELETE FROM workspace_members WHERE user_id = $1', userId],
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
  // Also if it was disabled before: nodes know its names.
  yield* noteChangedAccount(userId, atMs);
  return yield* endSessionsOf(userId);
}

export const deleteAccount = audited(
  anonymise,
  (result, { userId: target, messages: detail }: AccountDeletion, by: By) =>
    typeof result === 'string' ? undefined : { ...by, action: 'user.delete', target, detail },
);

function* notePurge(
  { id, userId }: { readonly id: string; readonly userId: UserId },
  { atMs }: By,
): Operation<void> {
  yield* run(
    `INSERT INTO removals (id, user_id, is_of_account, deletes_messages, after_room_id, due_at)
     VALUES ($1, $2, 0, 1, '', $3)`,
    id,
    userId,
    atMs,
  );
}

const insertPurge = audited(
  notePurge,
  (_result, { userId: target }: { readonly id: string; readonly userId: UserId }, by: By) => ({
    ...{ ...by, action: 'user.purge', target },
  }),
);

function* takeRemoval({
  nowMs,
  dueAtMs,
}: {
  readonly nowMs: number;
  readonly dueAtMs: number;
}): Operation<Removal | undefined> {
  // Another node that takes it is not waited for.
  const row = yield* one<RemovalRow>(
    `SELECT id, user_id, is_of_account, deletes_messages, after_room_id FROM removals
     WHERE due_at <= $1 ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED`,
    nowMs,
  );
  if (row === undefined) return undefined;
  yield* run('UPDATE removals SET due_at = $2 WHERE id = $1', row.id, dueAtMs);
  return {
    id: row.id,
    userId: row.user_id,
    isOfAccount: row.is_of_account === 1,
    deletesMessages: row.deletes_messages === 1,
    afterRoomId: row.after_room_id === '' ? undefined : (row.after_room_id as RoomId),
  };
}

function* saveRemoval(
  id: string,
  { afterRoomId, dueAtMs }: { readonly afterRoomId: RoomId | undefined; readonly dueAtMs: number },
): Operation<void> {
  const sql = 'UPDATE removals SET after_room_id = $2, due_at = $3 WHERE id = $1';
  yield* run(sql, id, afterRoomId ?? '', dueAtMs);
}

function* deleteRemoval(id: string): Operation<void> {
  yield* run('DELETE FROM removals WHERE id = $1', id);
}

export const REMOVALS = {
  reads: {},
  writes: { saveRemoval, deleteRemoval },
  transactions: { deleteAccount, insertPurge, takeRemoval },
} satisfies Feature;
