/** Everything that the database has of a user is exported, or left out for a reason that the archive names. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { EXPORT_README, LEFT_OUT } from '../../../src/domain/accounts/export-readme.ts';
import { Database } from '../../../src/stores/sqlite/database.ts';
import { migrate } from '../../../src/stores/sqlite/migrate.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** Each column with the id of a user: a file of the archive, or a reason. */
const COVERED: Readonly<Record<string, string>> = {
  'account_notices.user_id': 'notices.json',
  'audit_entries.actor': 'operator',
  'repeated_acts.actor': 'operator',
  'bans.created_by': 'others',
  'bans.user_id': 'rooms.jsonl',
  'barred_origins.user_id': 'operator',
  'blocks.blocked_id': 'others',
  'blocks.user_id': 'blocked.json',
  'chosen_presence.user_id': 'profile.json',
  'custom_emoji.user_id': 'custom-emoji.json',
  'departures.user_id': 'rooms.jsonl',
  'emails.user_id': 'profile.json',
  'external_identities.user_id': 'profile.json',
  'files.user_id': 'files/ID',
  'former_names.user_id': 'operator',
  'imports.operator': 'operator',
  'invitations.inviter_id': 'others',
  'invitations.user_id': 'invitations.json',
  'invite_uses.user_id': 'operator',
  'invites.creator_id': 'invite-links.json',
  'link_previews.user_id': 'passing',
  'mail_queue.user_id': 'passing',
  'membership_changes.actor_id': 'others',
  'membership_changes.user_id': 'rooms.jsonl',
  'memberships.user_id': 'rooms.jsonl',
  'mentions.user_id': 'derived',
  'messages.user_id': 'messages/ID.jsonl',
  'mutes.created_by': 'others',
  'mutes.user_id': 'rooms.jsonl',
  'passkeys.user_id': 'profile.json',
  'password_resets.creator': 'secrets',
  'password_resets.user_id': 'secrets',
  'pending_losses.actor_id': 'passing',
  'pending_losses.subject_id': 'passing',
  'reactions.user_id': 'reactions/ID.jsonl',
  'read_receipts.user_id': 'rooms.jsonl',
  'read_steps.user_id': 'derived',
  'recovery_codes.user_id': 'secrets',
  'removals.user_id': 'passing',
  'reports.closed_by': 'others',
  'reports.reporter_id': 'reports.jsonl',
  'reports.user_id': 'others',
  'room_events.actor_id': 'messages/ID.jsonl',
  'rooms.created_by': 'others',
  'saved_messages.user_id': 'saved.jsonl',
  'scheduled_messages.user_id': 'scheduled.jsonl',
  'second_factors.user_id': 'secrets',
  'send_keys.sender_id': 'derived',
  'sessions.user_id': 'sessions.json',
  'sign_in_identities.user_id': 'profile.json',
  'thread_follows.user_id': 'threads.jsonl',
  'unread_replies.user_id': 'derived',
  'user_group_members.user_id': 'user-groups.json',
  'user_words.user_id': 'derived',
  'users.disabled_by': 'operator',
  'users.id': 'profile.json',
  'warnings.user_id': 'warnings.json',
  'workspace_members.user_id': 'workspaces.json',
};

/** Columns with ids of users, also where no reference says so. */
const OF_USERS =
  /^(?:user|actor|sender|creator|inviter|reporter|subject|blocked)_id$|_by$|^(?:actor|creator|operator)$/u;
/** Columns with such names and no user in them. */
const OF_OTHERS = ['replaced_by', 'signed_in_by'];

test('every column with the id of a user is exported, or left out for a reason', () => {
  const path = join(temporaryDirectory(), 'chat.db');
  const opened = new Database(path, {});
  migrate(opened);
  opened.close();
  const database = new DatabaseSync(path, { readOnly: true });
  const columns = database
    .prepare(
      `SELECT t.name AS tableName, c.name AS columnName, (SELECT count(*) FROM pragma_foreign_key_list(t.name) k
         WHERE k."from" = c.name AND k."table" = 'users') AS isReference
       FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'`,
    )
    .all() as { tableName: string; columnName: string; isReference: number }[];
  database.close();
  const found = columns.flatMap(({ tableName, columnName, isReference }) =>
    isReference > 0 || (OF_USERS.test(columnName) && !OF_OTHERS.includes(columnName))
      ? [`${tableName}.${columnName}`]
      : [],
  );

  assert.deepEqual([...new Set([...found, 'users.id'])].sort(), Object.keys(COVERED).sort());
  for (const [column, place] of Object.entries(COVERED)) {
    const isNamed = EXPORT_README.split('\n').some((line) => line.startsWith(`${place} `));
    assert.ok(isNamed || place in LEFT_OUT, column);
  }
});
