/**
 * The contract of the store in memory. Every statement that it prepares is planned with the
 * statistics of a store after years of use, and must not read more than it answers.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { storesOver } from '../../../src/stores/split/store.ts';
import { Database } from '../../../src/stores/sqlite/database.ts';
import { migrate } from '../../../src/stores/sqlite/migrate.ts';
import { testManyReactions } from '../../contracts/many-reactions.ts';
import { SEARCHED_LANGUAGES } from '../../contracts/search.ts';
import { testStoreContract } from '../../contracts/store.ts';
import { openMemoryMessageLog } from '../../support/memory-message-log.ts';
import { sqliteBed } from '../../support/sql-bed.ts';
import { openSqliteInMemory, PRODUCT } from '../../support/sqlite-in-memory.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** Rows per table of a large store. A new table needs an entry. */
const ROWS: Readonly<Record<string, number>> = {
  store_meta: 5,
  users: 100_000,
  former_names: 10_000,
  removals: 1000,
  reports: 100_000,
  warnings: 20_000,
  account_notices: 50_000,
  saved_messages: 500_000,
  scheduled_messages: 500_000,
  thread_follows: 2_000_000,
  unread_replies: 4_000_000,
  server_profile: 1,
  custom_emoji: 500,
  user_groups: 200,
  user_group_members: 20_000,
  user_words: 300_000,
  sessions: 200_000,
  revocations: 100_000,
  pending_losses: 1000,
  leftover_reactions: 1000,
  login_attempts: 10_000,
  external_identities: 50_000,
  sign_in_identities: 50_000,
  workspaces: 1000,
  workspace_members: 200_000,
  invitations: 10_000,
  emails: 20_000,
  mail_queue: 20_000,
  password_resets: 20_000,
  second_factors: 50_000,
  recovery_codes: 500_000,
  passkeys: 100_000,
  invites: 100_000,
  invite_uses: 500_000,
  audit_entries: 1_000_000,
  repeated_acts: 20_000,
  files: 5_000_000,
  file_totals: 1,
  link_previews: 65_536,
  imports: 1000,
  search_documents: 40_000_000,
  search_pending: 100_000,
  rooms: 100_000,
  memberships: 2_000_000,
  member_counts: 100_000,
  read_receipts: 2_000_000,
  read_steps: 3_000_000,
  membership_changes: 5_000_000,
  departures: 1_000_000,
  bans: 20_000,
  barred_origins: 20_000,
  mutes: 20_000,
  blocks: 100_000,
  chosen_presence: 100_000,
  room_events: 50_000_000,
  messages: 40_000_000,
  message_versions: 3_000_000,
  send_keys: 40_000_000,
  mentions: 3_000_000,
  deletion_counts: 3_000_000,
  reactions: 5_000_000,
  reaction_counts: 500_000,
};

/** Different values of a column that begins an index; others are unique. */
const DISTINCT: Readonly<Record<string, number>> = {
  user_id: 100_000,
  sender_id: 100_000,
  blocked_id: 20_000,
  creator_id: 50_000,
  reporter_id: 20_000,
  target_id: 50_000,
  actor: 5000,
  action: 20,
  room_id: 100_000,
  workspace_id: 1000,
  message_id: 500_000,
  emoji: 50,
  role: 3,
  issuer: 2,
};

/** Tables that do not grow. */
const SMALL = new Set(['store_meta', 'file_totals', 'user_groups', 'custom_emoji']);

/**
 * Reads of all rows with a common prefix of an index, which no limit ends: the prefix, and what
 * bounds it.
 */
const BOUNDED_RANGES: Readonly<Record<string, string>> = {
  'sessions (user_id)': 'the sessions of one user',
  'sessions (expires_at)': 'deletes what it reads',
  'revocations (revoked_at)': 'deletes what it reads',
  'login_attempts (window_ends_at)': 'deletes what it reads',
  'audit_entries (id)': 'deletes what it reads',
  'audit_entries (target)': 'the changes of the names of one user, which are few in an hour',
  'reports (target_id)': 'the open reports about one message or user',
  'reports (reporter_id)': 'deletes what it reads',
  'reports (user_id)': 'the reports about one user, whose account is deleted',
  'reports (closed_at)': 'deletes what it reads',
  'warnings (user_id)': 'deletes what it reads',
  'account_notices (user_id)': 'the notices of one user, at most 20',
  'account_notices (created_at)': 'deletes what it reads',
  'account_notices (user_id, id)': 'deletes what it reads',
  'scheduled_messages (user_id)': 'the scheduled messages of one user, at most 100',
  'user_group_members (group_id)': 'the members of one group, at most 1000',
  'user_group_members (user_id)': 'the groups of one user, at most 200',
  'saved_messages (user_id)': 'the saved messages of one user, at most 1000',
  'thread_follows (room_id, root_id)': 'who takes part in one thread',
  'thread_follows (user_id)': 'deletes what it reads',
  'unread_replies (user_id)': 'deletes what it reads',
  'thread_follows (user_id, room_id)': 'the threads of one user in a room',
  'thread_follows (user_id, has_unread)': 'ends at a limit in the query around it',
  'unread_replies (user_id, room_id)': 'at most 100 of each thread in a room',
  'unread_replies (user_id, room_id, sequence)': 'at most 100 of each thread in a room',
  'unread_replies (room_id, sequence)': 'a reply, or what retention deletes',
  'blocks (user_id)': 'whom one user has blocked',
  'blocks (blocked_id)': 'who has blocked one user',
  'invitations (user_id)': 'the invitations of one user',
  'invitations (inviter_id)': 'the invitations by one user',
  'barred_origins (user_id)': 'deletes what it reads',
  'barred_origins (user_id, room_id)': 'deletes what it reads',
  'invite_uses (invite_id)': 'deletes what it reads',
  'mail_queue (user_id)': 'deletes what it reads',
  'mail_queue (user_id, kind)': 'the mails of one user that wait, at most 50 invitations',
  'former_names (user_id)': 'the former names of one user',
  'recovery_codes (user_id)': 'the ten codes of one user',
  'passkeys (user_id)': 'the passkeys of one user, at most 20',
  'invites (creator_id)': 'the links of one user, at most 1000',
  'departures (user_id, room_id)': 'the rooms that one user has left',
  'memberships (user_id)': 'the rooms of one user',
  'read_receipts (user_id)': 'the rooms of one user',
  'memberships (user_id, room_id)': 'the rooms of one user',
  'workspace_members (user_id)': 'the workspaces of one user',
  'workspace_members (user_id, workspace_id)': 'the workspaces of one user',
  'invitations (target_id)': 'at most as many users as a group has places',
  'reaction_counts (message_id)': 'at most 50 emojis',
  'read_steps (room_id, user_id)': 'what one user of a direct room has read',
  'read_steps (room_id, user_id, sequence)': 'ends at a limit in a subquery',
  'send_keys (room_id, sender_id)': 'EXISTS ends it at the first row',
  'external_identities (issuer)': "Parley's own users: the assistant",
  'sign_in_identities (user_id)': 'the providers of one user',
  'rooms (workspace_id, visibility)': 'the public channels of a workspace',
  'rooms (workspace_id, visibility, id)': 'ends at a limit in a subquery',
  'workspace_members (workspace_id, role)': 'the admins of a workspace',
  'room_events (room_id, sequence)': 'what a client missed, or retention deletes, within a limit',
  'messages (room_id, sequence_number)': 'retention deletes it, within a limit',
  'files (room_id, sequence)': 'the files of a message, or what retention deletes',
  'deletion_counts (room_id, level, block)': 'at most 255 rows, or deletes what it reads',
  'membership_changes (room_id, after_sequence)': 'retention deletes what it reads',
  'users (name_key)': 'EXISTS ends it at the second user',
  'user_words (user_id)': 'the words of two names',
  'user_words (user_id, word)': 'the words of two names',
  'search_documents (room_id, sequence)': 'a message, or what retention deletes',
  'message_versions (room_id, sequence)': 'of a message, or what retention deletes',
  'message_versions (room_id, sequence, replaced_by)': 'deletes what it reads',
  'mentions (room_id, sequence)': 'the mentions of a message, or what retention deletes',
  'mentions (room_id, user_id, sequence)': 'ends at a limit in the query around it',
  'reactions (message_id)': 'deleted with their message',
};

/** Statements that read more, by their text, and why that is acceptable. */
const EXCEPTIONS: readonly { readonly statement: RegExp; readonly reason: string }[] = [
  {
    statement: /^INSERT INTO thread_follows .* UNION SELECT m\.user_id FROM rooms r/,
    reason: 'all members of a direct or group room, at most 50',
  },
  {
    statement:
      /^SELECT p\.id FROM .* EXISTS \(SELECT 1 FROM memberships a CROSS JOIN memberships o/,
    reason: 'the rooms and workspaces of one user, each part up to its first row',
  },
  {
    statement: /^SELECT CASE WHEN EXISTS \(SELECT 1 FROM blocks .* LIMIT 200\) l\)/,
    reason: 'the rooms and workspaces of one user, and 200 messages',
  },
  {
    statement:
      /^SELECT (count\(\*\)|message_id, emoji, user_id, sequence) FROM reactions( WHERE NOT|$)/,
    reason: 'of an export, and of the test itself',
  },
  {
    statement: /FROM \(SELECT id FROM \(SELECT id FROM rooms WHERE visibility = 'public'/,
    reason: 'each part ends at its own limit; channels of own workspaces are sorted',
  },
  {
    statement: /^SELECT u\.id FROM users u WHERE NOT EXISTS .* ORDER BY u\.id LIMIT 1$/,
    reason: "ends at the first user who is none of Parley's bots",
  },
  {
    statement: /FROM reaction_counts c CROSS JOIN reactions r/,
    reason: 'ends at the last user who is listed',
  },
  {
    statement:
      /FROM \(SELECT (user_id FROM (memberships|user_words)|w\.word, w\.user_id FROM user_words w) WHERE/,
    reason: 'each part ends at its own limit',
  },
  {
    statement: /^SELECT coalesce\(r\.id, l\.latest\) AS cursor/,
    reason: 'each part ends at its own limit',
  },
  {
    statement:
      /^SELECT u\.id FROM users u WHERE u\.role = 'owner' AND NOT \(u\.disabled_at IS NOT NULL AND/,
    reason: 'the owners of the server, by an index of them',
  },
  {
    statement: /^SELECT id FROM users WHERE password_hash <> '!' ORDER BY id LIMIT 1$/,
    reason: 'the first row of an index of these accounts',
  },
  {
    statement: /FROM \(SELECT u\.id, m\.role FROM \(SELECT/,
    reason: 'sorts the members of a small room, or searches users, within limits',
  },
  { statement: /^DELETE FROM rooms/, reason: 'deletes all rows of the room' },
  {
    statement:
      /FROM rooms r CROSS JOIN memberships m .* w\.user_id IS NULL ORDER BY m\.room_id, m\.user_id/,
    reason: 'runs once, at the start',
  },
  {
    statement: /^DELETE FROM read_steps WHERE room_id = \?1 AND sequence <= \?2/,
    reason: 'the read steps of a direct room',
  },
  {
    statement:
      /FROM (memberships m CROSS JOIN read_steps s|json_each\(\?1\) q CROSS JOIN read_receipts p)/,
    reason: 'the two users of a direct room',
  },
  {
    statement: /memberships one CROSS JOIN memberships other/,
    reason: 'the two users of a direct room',
  },
  { statement: /m\.room_id = \?1 AND m\.role = 'owner'$/, reason: 'the owner of a room' },
  {
    statement: /FROM \(SELECT rowid AS place FROM search_index/,
    reason: 'matches up to a limit',
  },
  {
    statement: /^SELECT r\.id, r\.last_event_at FROM \(SELECT id, 1 AS is_own/,
    reason: 'each kind of rooms ends at the limit',
  },
  {
    statement: /^SELECT value, \(SELECT min\(id\) FROM search_pending\)/,
    reason: 'the first row',
  },
  {
    statement: /^INSERT OR IGNORE INTO search_documents/,
    reason: 'the last document of a millisecond',
  },
  {
    statement: /^DELETE FROM search_pending WHERE id IN/,
    reason: 'by the key of each row',
  },
  {
    statement: /FROM json_each\(\?1\) q CROSS JOIN memberships m CROSS JOIN users u/,
    reason: 'ends at the key of the last row within the limit',
  },
  {
    statement: /^UPDATE files SET room_id = NULL.* WHERE user_id = \?1 AND size > 0/,
    reason: 'once, when the account is deleted',
  },
];

const statements = new Set<string>();
const prepare = DatabaseSync.prototype.prepare;

describe('plans of the statements of SQLite', () => {
  before(() => {
    DatabaseSync.prototype.prepare = function record(this: DatabaseSync, sql: string) {
      statements.add(sql);
      return prepare.call(this, sql);
    };
  });
  after(() => {
    DatabaseSync.prototype.prepare = prepare;
  });

  testStoreContract('sqlite in memory', async () => openSqliteInMemory());

  testStoreContract('memory log over sqlite in memory', async () =>
    storesOver(openMemoryMessageLog(), openSqliteInMemory(), {
      searchLanguages: SEARCHED_LANGUAGES,
      onFailure: (error) => {
        throw error;
      },
    }),
  );

  testManyReactions('sqlite in this thread', async () => {
    const directory = temporaryDirectory();
    return sqliteBed(openSqliteInMemory(PRODUCT, join(directory, 'parley.db')), directory);
  });

  test('never read more than they answer', () => {
    const database = openWithStatistics();
    const problems = [...statements]
      .filter((sql) => /^(SELECT|INSERT|UPDATE|DELETE|WITH)/.test(sql.trim()))
      .map((sql) => sql.replaceAll(/\s+/g, ' ').trim())
      .filter((sql) => !EXCEPTIONS.some(({ statement }) => statement.test(sql)))
      .flatMap((sql) => findProblems(database, sql).map((problem) => `${problem}\n    ${sql}`));
    database.close();

    assert(statements.size > 100);
    assert.deepEqual(problems, []);
  });

  test('covers every foreign key of rows that are deleted with an index', () => {
    const database = openWithStatistics();
    const tables = database.all<{ name: string }>(TABLE_NAMES);
    const missing = tables.flatMap(({ name }) =>
      database
        .all<{ table: string; from: string }>(`SELECT * FROM pragma_foreign_key_list('${name}')`)
        .filter(({ table }) => ['rooms', 'messages'].includes(table))
        .filter(({ from }) => !isIndexed(database, name, from))
        .map(({ from }) => `${name} (${from})`),
    );
    database.close();

    assert.deepEqual(missing, []);
  });
});

/** Without the tables of an index of texts, which SQLite reads itself. */
const TABLE_NAMES =
  "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%'";

/** An empty store whose planner believes in the rows above. */
function openWithStatistics(): Database {
  const database = new Database(':memory:', {});
  migrate(database);
  database.exec('ANALYZE; DELETE FROM sqlite_stat1');
  for (const { name } of database.all<{ name: string }>(TABLE_NAMES)) {
    const rows = ROWS[name];
    assert(rows !== undefined, `The table ${name} has no number of rows here`);
    for (const index of indexesOf(database, name)) {
      let perPrefix = rows;
      const prefixes = index.columns.map((column) => {
        perPrefix = Math.max(1, Math.round(perPrefix / (DISTINCT[column] ?? rows)));
        return perPrefix;
      });
      database.run(
        'INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)',
        name,
        index.name,
        [rows, ...prefixes].join(' '),
      );
    }
  }
  database.exec('ANALYZE sqlite_schema');
  return database;
}

interface Index {
  readonly name: string;
  readonly isUnique: boolean;
  readonly columns: readonly string[];
}

function indexesOf(database: Database, table: string): Index[] {
  return database
    .all<{ name: string; unique: number }>(`SELECT * FROM pragma_index_list('${table}')`)
    .map(({ name, unique }) => ({
      name,
      isUnique: unique === 1,
      columns: database
        .all<{ name: string }>(`SELECT name FROM pragma_index_info('${name}')`)
        .map((column) => column.name),
    }));
}

function isIndexed(database: Database, table: string, column: string): boolean {
  return indexesOf(database, table).some(({ columns }) => columns[0] === column);
}

function findProblems(database: Database, sql: string): string[] {
  const plan = database
    .all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
    .map(({ detail }) => detail);
  // A limit ends a range that is not sorted first.
  const isLimited = / LIMIT /.test(sql) && !plan.some((line) => line.startsWith('USE TEMP B-TREE'));
  return plan.filter((line) => {
    const [verb, alias = ''] = line.split(' ');
    if (verb !== 'SCAN' && verb !== 'SEARCH') return false;
    const table = tableOf(sql, alias);
    if (table === undefined || SMALL.has(table)) return false;
    // In the order of its key, up to the limit.
    if (verb === 'SCAN') return !isLimited || / WHERE /.test(sql);
    const terms = /\(([^)]*)\)(?: LEFT-JOIN)?$/.exec(line)?.[1] ?? '';
    const columns = [...terms.matchAll(/(\w+)[=<>]+\?/g)].map(([, column = '']) => column);
    const isEqual = !/[<>]/.test(terms);
    if (isEqual && isPoint(database, table, columns)) return false;
    return (
      !isLimited && BOUNDED_RANGES[`${table} (${[...new Set(columns)].join(', ')})`] === undefined
    );
  });
}

/** Whether equality on these columns finds at most one row. */
function isPoint(database: Database, table: string, columns: readonly string[]): boolean {
  return indexesOf(database, table).some(
    (index) => index.isUnique && index.columns.every((column) => columns.includes(column)),
  );
}

/** The table behind a name in a plan; undefined for a subquery or a table-valued function. */
function tableOf(sql: string, alias: string): string | undefined {
  if (ROWS[alias] !== undefined) return alias;
  const named = new RegExp(`(?:FROM|JOIN|UPDATE|INTO) (\\w+) (?:AS )?${alias}\\b`, 'i').exec(sql);
  return named?.[1] !== undefined && ROWS[named[1]] !== undefined ? named[1] : undefined;
}
