/**
 * The contract of the stores. Every statement that it prepares is planned for any values, in a
 * database filled like a large store, and must not read a whole table.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { MessageId } from '@parley/protocol';
import pg from 'pg';
import type { Store } from '../../../src/ports/store.ts';
import { Database } from '../../../src/stores/postgres/database.ts';
import { OWN_SQL } from '../../../src/stores/postgres/own-sql.ts';
import { runLater } from '../../../src/stores/postgres/run-later.ts';
import { StatementGroup } from '../../../src/stores/postgres/statement-group.ts';
import { storesOver } from '../../../src/stores/split/store.ts';
import { readReactions } from '../../../src/stores/sql/log.ts';
import { RELATIONS } from '../../../src/stores/sql/relations.ts';
import { testAccess } from '../../contracts/access.ts';
import { testFiles } from '../../contracts/files.ts';
import { testManyReactions } from '../../contracts/many-reactions.ts';
import { testRetention } from '../../contracts/retention.ts';
import { SEARCHED_LANGUAGES, testSearch } from '../../contracts/search.ts';
import { testStoreContract } from '../../contracts/store.ts';
import { testThreads } from '../../contracts/threads.ts';
import { openMemoryMessageLog } from '../../support/memory-message-log.ts';
import { openTestStore } from '../../support/postgres-store.ts';
import { reusedPostgresStores } from '../../support/reused-stores.ts';
import { postgresBed } from '../../support/sql-bed.ts';
import { postgresSkip, TestDatabases } from '../../support/test-database.ts';

/** Rows per table: enough that no plan prefers a scan because the table is small. */
const FILL = `
  INSERT INTO users (id, username, username_key, display_name, name_key, role, password_hash, created_at)
    SELECT 'u' || n, 'u' || n, 'u' || n, 'u', 'n' || n / 2, 'member', 'hash', n FROM generate_series(1, 20000) n;
  INSERT INTO former_names SELECT 'd' || n FROM generate_series(1, 20000) n;
  INSERT INTO removals SELECT 'r' || n, 'u' || n, 1, 1, '', n FROM generate_series(1, 20000) n;
  INSERT INTO reports SELECT 'r' || n, 'u' || 1 + n % 400, 'u' || 20001 - n, 'm' || n, 'spam', n, 'm' || n, 'r' || n, 'text', '[]', n,
      CASE WHEN n % 20 > 0 THEN n END, 'u1', 'dismiss' FROM generate_series(1, 20000) n;
  INSERT INTO saved_messages SELECT 'u' || 1 + n % 20000, 'm' || n, 'r' || n, n, CASE WHEN n % 20 = 0 THEN n END, CASE WHEN n % 20 = 1 THEN n END
    FROM generate_series(1, 100000) n;
  INSERT INTO scheduled_messages SELECT 'u' || 1 + n % 20000, 's' || n, 'r' || n, NULL, 'text', n, n, CASE WHEN n % 20 > 0 THEN n END, 0, NULL
    FROM generate_series(1, 100000) n;
  INSERT INTO custom_emoji SELECT 'emoji-' || n, 'f' || n, 'u' || n, n FROM generate_series(1, 500) n;
  INSERT INTO user_groups SELECT 'g' || n, 'group-' || n, 'Group', 100, n FROM generate_series(1, 200) n;
  INSERT INTO user_group_members SELECT 'g' || 1 + n % 200, 'u' || 1 + (n * 7) % 20000 FROM generate_series(1, 4000) n;
  INSERT INTO link_previews SELECT lpad(to_hex(n), 4, '0'), lpad(to_hex(n), 64, '0'), 'wanted', NULL, NULL, NULL, NULL, NULL, NULL, n, n, '', 'u' || n, n
    FROM generate_series(1, 65535) n;
  INSERT INTO imports SELECT 'i' || n, 'slack', '/exports/' || n, n, lpad(to_hex(n), 64, '0'), 'root', CASE WHEN n % 20 > 0 THEN 'done' ELSE 'waiting' END, NULL,
      CASE WHEN n % 20 = 0 THEN n END, 1, n, n, NULL, NULL, n, n FROM generate_series(1, 20000) n;
  INSERT INTO warnings SELECT 'u' || n, 'w' || n, '', '', n FROM generate_series(1, 20000) n;
  INSERT INTO account_notices SELECT 'u' || 1 + n % 20000, 'n' || n, 'signed_in', n, '', '', 's' || n FROM generate_series(1, 60000) n;
  INSERT INTO user_words SELECT 'w' || n % 30000, 'u' || 1 + n % 20000 FROM generate_series(1, 60000) n;
  INSERT INTO sessions SELECT 's' || n, 'u' || n, n, n, n, '', '' FROM generate_series(1, 20000) n;
  INSERT INTO login_attempts SELECT 'k' || n, 1, n FROM generate_series(1, 20000) n;
  INSERT INTO external_identities SELECT 'issuer' || n % 100, 's' || n, 'u' || n, n FROM generate_series(1, 20000) n;
  INSERT INTO sign_in_identities SELECT 'issuer' || n % 100, 's' || n, 'u' || n, n FROM generate_series(1, 20000) n;
  INSERT INTO workspaces SELECT 'w' || n, 'w', n FROM generate_series(1, 20000) n;
  INSERT INTO workspace_members SELECT 'w' || 1 + n % 20000, 'u' || 1 + (n * 7) % 20000,
    CASE n % 50 WHEN 0 THEN 'owner' WHEN 1 THEN 'admin' ELSE 'member' END, n
    FROM generate_series(1, 60000) n ON CONFLICT DO NOTHING;
  INSERT INTO invitations SELECT 'u' || n, 'w' || n, 'workspace', 'member', 'u' || 20001 - n, n FROM generate_series(1, 20000) n;
  INSERT INTO second_factors SELECT 'u' || n, 'sealed', n, n FROM generate_series(1, 20000) n;
  INSERT INTO passkeys SELECT 'u' || 1 + n % 20000, 'p' || n, 'c' || n, 'key', 0, '', 'name', n FROM generate_series(1, 40000) n;
  INSERT INTO recovery_codes SELECT 'u' || 1 + n / 10, 'd' || n % 10 FROM generate_series(10, 100000) n;
  INSERT INTO emails SELECT 'u' || n, 'a' || n, 'a' || n, n FROM generate_series(1, 20000) n;
  INSERT INTO mail_queue SELECT 'm' || n, 'confirm-email', 'u' || n, 0, n FROM generate_series(1, 20000) n;
  INSERT INTO password_resets SELECT 'u' || n, 'd' || n, 'operator', n FROM generate_series(1, 20000) n;
  INSERT INTO invites SELECT 'i' || n, 'd' || n, 'u' || 1 + n % 20000, '[]', NULL, NULL, 0, n, n FROM generate_series(1, 40000) n;
  INSERT INTO invite_uses SELECT 'i' || n, 'u' || 1 + n % 400, n FROM generate_series(1, 40000) n;
  INSERT INTO audit_entries SELECT n, n, 'u' || n % 1000, 'action ' || n % 20, 'u' || n % 3000, '', '', '' FROM generate_series(1, 100000) n;
  INSERT INTO repeated_acts SELECT 'u' || n % 1000, 'action ' || n % 20, 'u' || n, '', 1, n FROM generate_series(1, 20000) n;
  INSERT INTO files SELECT 'f' || n, 'u' || 1 + n % 20000, 'n', 't', 1, NULL, NULL, 0, n, 'r' || 1 + n / 10, 1 + n % 10, NULL
    FROM generate_series(0, 99999) n;
  INSERT INTO files SELECT 'w' || n, 'u' || 1 + n % 20000, 'n', 't', 1, NULL, NULL, 0, n, NULL, NULL, n FROM generate_series(1, 20000) n;
  UPDATE files SET thumbnails_due_at = created_at WHERE room_id IS NULL;
  INSERT INTO rooms (id, workspace_id, kind, name, name_key, visibility, created_at, created_by, log_id,
      head_sequence, head_ordinal, last_event_at)
    SELECT 'r' || n, 'w' || 1 + n % 20000, CASE n % 10 WHEN 0 THEN 'channel' WHEN 1 THEN 'room' ELSE 'direct' END,
      '', 'r' || n, CASE n % 10 WHEN 1 THEN 'public' ELSE 'private' END, n, 'u1', 'log', 10, 10, n
    FROM generate_series(1, 20000) n;
  INSERT INTO memberships (room_id, user_id, role, created_at)
    SELECT 'r' || 1 + n % 20000, 'u' || 1 + (n * 7) % 20000, CASE n % 5 WHEN 0 THEN 'owner' ELSE 'member' END, n
    FROM generate_series(1, 100000) n ON CONFLICT DO NOTHING;
  INSERT INTO thread_follows SELECT user_id, room_id, 't' || created_at % 20, 1, created_at % 2, 0, created_at FROM memberships;
  INSERT INTO unread_replies SELECT user_id, room_id, s, 't' || created_at % 20, 0 FROM memberships, generate_series(1, 2) s;
  INSERT INTO read_receipts SELECT user_id, room_id, created_at, NULL, created_at % 10, created_at % 10 FROM memberships;
  INSERT INTO read_steps SELECT room_id, user_id, created_at % 10, created_at FROM memberships;
  INSERT INTO membership_changes (room_id, after_sequence, user_id, kind, actor_id, created_at)
    SELECT room_id, created_at % 10, user_id, 'joined', user_id, created_at FROM memberships;
  INSERT INTO departures SELECT room_id, user_id FROM memberships WHERE created_at % 5 = 2;
  INSERT INTO bans SELECT room_id, user_id, 'u1', created_at FROM memberships WHERE created_at % 5 = 0;
  INSERT INTO mutes SELECT room_id, user_id, created_at, '', 'u1', created_at FROM memberships WHERE created_at % 5 = 1;
  INSERT INTO barred_origins SELECT 'r' || 1 + n % 20000, 'network' || n % 5000, 'u' || 1 + n % 20000, n FROM generate_series(1, 20000) n;
  INSERT INTO blocks SELECT 'u' || n, 'u' || 1 + (n * 3) % 20000, n FROM generate_series(1, 20000) n;
  INSERT INTO chosen_presence SELECT 'u' || n, 'busy', NULL, NULL, n FROM generate_series(1, 20000) n;
  INSERT INTO room_events SELECT 'r' || 1 + n / 10, 1 + n % 10, 'message', 'u' || 1 + n % 20000, 'm' || n, n % 10, n, NULL
    FROM generate_series(0, 199999) n;
  INSERT INTO messages (id, room_id, user_id, content, created_at, sequence_number, parent_id)
    SELECT 'm' || n, 'r' || 1 + n / 10, 'u' || 1 + n % 20000, 'text', n, 1 + n % 10, CASE n % 10 WHEN 0 THEN 'm' || n - 1 END
    FROM generate_series(0, 199999) n;
  INSERT INTO message_versions SELECT 'r' || 1 + n / 10, 1 + n % 10, 10 + n, 'text', n FROM generate_series(0, 99999) n;
  INSERT INTO send_keys SELECT 'r' || 1 + n / 10, 'u' || 1 + n % 20000, 'c' || n, '', 'm' || n, 1 + n % 10, n
    FROM generate_series(0, 199999) n;
  INSERT INTO mentions SELECT 'r' || 1 + n / 10, 1 + n % 10, 'u' || 1 + n % 20000 FROM generate_series(0, 99999) n;
  INSERT INTO deletion_counts SELECT 'r' || 1 + n / 10, n % 4, 1 + n % 10, 1 FROM generate_series(0, 99999) n;
  INSERT INTO reactions SELECT 'm' || n / 10, 'e' || n % 3, 'u' || 1 + n % 20000, n FROM generate_series(1, 100000) n;
  INSERT INTO search_documents SELECT 'r' || 1 + n / 10, 1 + n % 10, n, array_to_tsvector(ARRAY['r' || 1 + n / 10 || ':word' || n % 1000, 'r' || 1 + n / 10 || ':text'])
    FROM generate_series(0, 199999) n;
  INSERT INTO pending_losses SELECT 'l' || n, 'r' || n, 'u1', 'u' || n, 'u' || n, 'removed', '', n FROM generate_series(1, 20000) n;
  INSERT INTO leftover_reactions SELECT 'm' || n FROM generate_series(1, 20000) n;`;

/** Indexes without a constraint, and foreign keys, each with the statements that take it away and make it. */
const SLOW = `
  SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS "drop",
    format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS "make"
  FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace
  UNION ALL
  SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid AND c.relnamespace = 'public'::regnamespace
  WHERE NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)`;

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  /** If the statement was run. */
  readonly 'Actual Rows'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

/**
 * Tables that do not grow: ended sessions are kept for a short time, all files have one sum, and groups of users
 * have a maximum.
 */
const SMALL_TABLES = new Set([
  'store_meta',
  'revocations',
  'file_totals',
  'user_groups',
  'custom_emoji',
]);

/** Statements that read more, by their text, and why that is acceptable. */
const EXCEPTIONS: readonly { readonly statement: RegExp; readonly reason: string }[] = [
  {
    statement: /FROM rooms r CROSS JOIN memberships m .* w\.user_id IS NULL ORDER BY m\.room_id/,
    reason: 'runs at the start, and when a removal has failed halfway',
  },
  {
    statement:
      /^SELECT u\.id FROM users u WHERE u\.role = 'owner' AND NOT \(u\.disabled_at IS NOT NULL AND/,
    reason: 'the owners of the server, by an index of them',
  },
];

/** Statements that sort before a limit, by their text, and the bound of the rows they sort. */
const SORTED: readonly { readonly statement: RegExp; readonly bound: string }[] = [
  { statement: /FROM workspace_members w CROSS JOIN rooms r/, bound: 'channels of own workspaces' },
  { statement: /FROM memberships m JOIN rooms r .* m\.user_id = \?/, bound: 'rooms of one user' },
  {
    statement: /^SELECT r\.id, r\.last_event_at FROM \(SELECT id, 1 AS is_own/,
    bound: 'rooms that one search looks into',
  },
  {
    statement: /FROM blocks b JOIN users u .* b\.user_id = \?/,
    bound: 'whom one user has blocked',
  },
  { statement: /FROM unnest.* read_steps/, bound: 'two rows for each reader' },
  {
    statement: /UNION SELECT user_id FROM \(SELECT w\.user_id FROM .* LIMIT [^ ]+\) b LIMIT/,
    bound: 'two searches with a limit each',
  },
  {
    statement: /FROM workspace_members w JOIN workspaces s .* w\.user_id = \?/,
    bound: 'workspaces of one user',
  },
  {
    statement: /FROM \(SELECT u\.id, m\.role FROM \(SELECT/,
    bound: 'members of a small room, or users who are searched, within limits',
  },
  { statement: /FROM invitations i .* i\.user_id = \?/, bound: 'invitations of one user' },
  {
    statement: /^WITH searched AS MATERIALIZED/,
    bound: 'the latest messages of the searched rooms, or those with terms that few of them have',
  },
  { statement: /FROM invites .*creator_id = \?/, bound: 'links of one user' },
  { statement: /FROM files WHERE user_id = \? AND size > 0/, bound: 'files of one user' },
];

const SPLIT = {
  searchLanguages: SEARCHED_LANGUAGES,
  onFailure: (error: unknown): void => {
    throw error;
  },
};

/** Nodes that read all of their input before they return a row. */
const BLOCKING = new Set(['Sort', 'Hash', 'Aggregate', 'WindowAgg', 'ModifyTable']);

describe('plans of the statements of PostgreSQL', { skip: postgresSkip() }, () => {
  const statements = new Set<string>();
  const { query } = pg.Client.prototype;
  let databases: TestDatabases;
  let filledUrl: string;
  let filled: TestDatabases;
  before(async () => {
    databases = await TestDatabases.open();
    filledUrl = await databases.create();
    filled = await TestDatabases.open(filledUrl);
    await fill(filled);
    // The driver's overloads are one function.
    pg.Client.prototype.query = function record(this: pg.Client, ...args: unknown[]) {
      const [asked] = args;
      if (asked instanceof StatementGroup) for (const text of asked.texts) statements.add(text);
      return Reflect.apply(query, this, args);
    } as typeof query;
  });
  // Its stores are closed before their databases are removed.
  const openEmpty = reusedPostgresStores(() => databases.create());
  after(async () => {
    pg.Client.prototype.query = query;
    await filled.close();
    await databases.close();
  });

  testStoreContract('postgres', openEmpty);

  // `plans.test.ts` of SQLite runs the whole contract of a log outside of the database. These suites
  // make each call that only such a store makes.
  const related = new Set<PropertyKey>();
  const openSplit = async (): Promise<Store> => {
    const relational = await openEmpty();
    const relations = new Proxy(relational.relations, {
      get(calls, name, receiver) {
        related.add(name);
        return Reflect.get(calls, name, receiver);
      },
    });
    return storesOver(openMemoryMessageLog(), { ...relational, relations }, SPLIT);
  };
  for (const testSuite of [testThreads, testRetention, testFiles, testSearch, testAccess])
    testSuite('memory log over postgres', openSplit);

  test('include those of each call beside a log outside of the database', () => {
    const { reads, writes, transactions } = RELATIONS;
    const missing = Object.keys({ ...reads, ...writes, ...transactions }).filter(
      // Those of a log that is older than its index: `index-older.test.ts`.
      (name) => !related.has(name) && !['indexLogged', 'endIndexedPart'].includes(name),
    );
    assert.deepEqual(missing, []);
  });

  testManyReactions('postgres', async () => {
    const url = await databases.create();
    return postgresBed(await openTestStore(url), url);
  });

  test('name their columns, since a newer node may add one to a prepared statement', () => {
    // From a function or a subquery, which name theirs.
    const named = /\* FROM (unnest)?\s*\(|latest\.\*|found\.\*/g;
    const unnamed = [...statements].filter((sql) =>
      /(SELECT|,)\s+(\w+\.)?\*/.test(sql.replaceAll(named, '')),
    );

    assert.deepEqual(unnamed, []);
  });

  test('never read or sort a whole table', async () => {
    const problems: string[] = [];
    for (const statement of statements) {
      const sql = statement.replaceAll(/\s+/g, ' ').trim();
      if (!/^(SELECT|INSERT|UPDATE|DELETE|WITH)/.test(sql)) continue;
      const comparable = sql.replaceAll(/\$\d+/g, '?');
      if (EXCEPTIONS.some((exception) => exception.statement.test(comparable))) continue;
      const [row] = await filled.query<{ 'QUERY PLAN': readonly { Plan: PlanNode }[] }>(
        `EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${sql}`,
      );
      const plan = row?.['QUERY PLAN'][0]?.Plan;
      assert(plan !== undefined);
      const isSortBounded = SORTED.some((sorted) => sorted.statement.test(comparable));
      for (const problem of findProblems(plan, { isSortBounded }))
        problems.push(`${problem}\n    ${sql}`);
    }

    assert(statements.size > 80);
    assert.deepEqual(problems, []);
  });

  test('never read a whole table in the function that stores a message', async () => {
    await filled.query('BEGIN');
    // Direct rooms, in which all statements run. After five calls PostgreSQL may plan for any values.
    for (let count = 1; count <= 10; count += 1) {
      const stored = await filled.query(
        `SELECT new_sequence FROM memberships m,
           store_plain_message(m.room_id, m.user_id, $2, 'text', NULL, 1, $2, '') WHERE m.room_id = $1 LIMIT 1`,
        [`r${count}2`, `new-${count}`],
      );
      assert.equal(stored.length, 1);
    }
    const read = await filled.query<{ name: string }>(
      `SELECT relname AS name FROM pg_stat_xact_user_tables WHERE seq_scan > 0`,
    );
    await filled.query('ROLLBACK');

    assert.deepEqual(
      read.map(({ name }) => name).filter((name) => !SMALL_TABLES.has(name)),
      [],
    );
  });

  test('are not made again for each list of messages whose reactions are read', async () => {
    const database = new Database({
      url: filledUrl,
      durability: 'relaxed',
      connectionsMax: 1,
      statementTimeoutMs: 10_000,
    });
    // PostgreSQL compares the costs of five plans for known values with those of one for all.
    for (let page = 0; page < 10; page += 1) {
      // The statement casts them: any text is accepted.
      const ids = [`m${page}`, `m${page + 10}`] as MessageId[];
      await runLater(database, readReactions(ids));
    }
    const rows = await database.all<{ reused: number }>(
      `SELECT generic_plans AS reused FROM pg_prepared_statements WHERE statement LIKE '%reaction_counts%'
         AND statement NOT LIKE '%pg_prepared_statements%'`,
    );
    await database.close();

    assert.deepEqual(
      rows.map(({ reused }) => Number(reused)),
      [5],
    );
  });

  test('find rare terms without reading the documents of all times', async () => {
    for (const mode of ['force_custom_plan', 'force_generic_plan']) {
      await filled.query(`SET plan_cache_mode = ${mode}`);
      await filled.query(
        `PREPARE matches (text[], text[], bigint, bigint, bigint, bigint, text, bigint, bigint) AS ${OWN_SQL.searchMatches}`,
      );
      const [row] = await filled.query<{ 'QUERY PLAN': readonly { Plan: PlanNode }[] }>(
        `EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE matches ('{r1,r7}', '{''r1:word7'',''r7:word7''}', 0, 999999, 999999, 0, '', 0, 500)`,
      );
      await filled.query('DEALLOCATE matches');
      const read = rowsReadOf('search_documents', row?.['QUERY PLAN'][0]?.Plan);

      assert(read.length > 0);
      assert(Math.max(...read) <= 5000, `${mode} read ${Math.max(...read)} rows`);
    }
    await filled.query('RESET plan_cache_mode');
  });
});

/** With indexes and foreign keys that are made after the rows, in half the time. */
async function fill(database: TestDatabases): Promise<void> {
  const slow = await database.query<{ drop: string; make: string }>(SLOW);
  const dropped = slow.map(({ drop }) => drop);
  const made = slow.map(({ make }) => make).toReversed();
  await database.query([...dropped, FILL, ...made, 'ANALYZE'].join(';'));
}

/** Reads of a whole table or index, unless a limit ends them, and sorts, which no limit ends. */
function findProblems(
  node: PlanNode,
  { isSortBounded, isLimited = false }: { isSortBounded: boolean; isLimited?: boolean },
): string[] {
  const type = node['Node Type'];
  const isWhole =
    type === 'Seq Scan' || (type.startsWith('Index') && node['Index Cond'] === undefined);
  const isProblem = isWhole && !isLimited && !SMALL_TABLES.has(node['Relation Name'] ?? '');
  const below = type === 'Limit' || (isLimited && !BLOCKING.has(type));
  const options = { isSortBounded, isLimited: below };
  return [
    ...(isLimited && !isSortBounded && type === 'Sort' ? [`Sort of ${tablesOf(node)}`] : []),
    ...(isProblem ? [`${type} of ${node['Relation Name']}`] : []),
    ...(node.Plans ?? []).flatMap((child) => findProblems(child, options)),
  ];
}

/** Of each node of the plan that reads this table or an index of it: rows that it returned, and those that it read in vain. */
function rowsReadOf(table: string, node: PlanNode | undefined): number[] {
  if (node === undefined) return [];
  const read = (node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0);
  const isOfTable = (node['Relation Name'] ?? node['Index Name'] ?? '').startsWith(table);
  const below = (node.Plans ?? []).flatMap((each) => rowsReadOf(table, each));
  return isOfTable ? [read, ...below] : below;
}

function tablesOf(node: PlanNode): string {
  return [node['Relation Name'] ?? [], ...(node.Plans ?? []).map(tablesOf)].flat().join(', ');
}
