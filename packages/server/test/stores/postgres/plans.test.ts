/**
 * The contract of the stores. Every statement that it prepares is planned for any values, in a
 * database filled like a large store, and must not read a whole table.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { MessageId } from '@parley/protocol';
import pg from 'pg';
import { Database } from '../../../src/stores/postgres/database.ts';
import { runLater } from '../../../src/stores/postgres/run-later.ts';
import { StatementGroup } from '../../../src/stores/postgres/statement-group.ts';
import { storesOver } from '../../../src/stores/split/store.ts';
import { readReactions } from '../../../src/stores/sql/log.ts';
import { testManyReactions } from '../../contracts/many-reactions.ts';
import { testStoreContract } from '../../contracts/store.ts';
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
  INSERT INTO reports SELECT 'r' || n, 'u' || n, 'u' || 20001 - n, 'm' || n, 'spam', n, 'm' || n, 'r' || n, 'text', '[]', n,
      CASE WHEN n % 20 > 0 THEN n END, 'u1', 'dismiss' FROM generate_series(1, 20000) n;
  INSERT INTO warnings SELECT 'u' || n, 'w' || n, '', '', n FROM generate_series(1, 20000) n;
  INSERT INTO user_words SELECT 'w' || n % 30000, 'u' || 1 + n % 20000 FROM generate_series(1, 60000) n;
  INSERT INTO sessions SELECT 's' || n, 'u' || n, n, n, n, '', '' FROM generate_series(1, 20000) n;
  INSERT INTO login_attempts SELECT 'k' || n, 1, n FROM generate_series(1, 20000) n;
  INSERT INTO external_identities SELECT 'issuer' || n % 100, 's' || n, 'u' || n, n FROM generate_series(1, 20000) n;
  INSERT INTO workspaces SELECT 'w' || n, 'w', n FROM generate_series(1, 20000) n;
  INSERT INTO workspace_members SELECT 'w' || 1 + n % 20000, 'u' || 1 + (n * 7) % 20000,
    CASE n % 50 WHEN 0 THEN 'owner' WHEN 1 THEN 'admin' ELSE 'member' END, n
    FROM generate_series(1, 60000) n ON CONFLICT DO NOTHING;
  INSERT INTO invitations SELECT 'u' || n, 'w' || n, 'workspace', 'member', 'u' || 20001 - n, n FROM generate_series(1, 20000) n;
  INSERT INTO second_factors SELECT 'u' || n, 'sealed', n, n FROM generate_series(1, 20000) n;
  INSERT INTO recovery_codes SELECT 'u' || 1 + n / 10, 'd' || n % 10 FROM generate_series(10, 100000) n;
  INSERT INTO emails SELECT 'u' || n, 'a' || n, 'a' || n, n FROM generate_series(1, 20000) n;
  INSERT INTO mail_queue SELECT 'm' || n, 'confirm-email', 'u' || n, 0, n FROM generate_series(1, 20000) n;
  INSERT INTO password_resets SELECT 'u' || n, 'd' || n, 'operator', n FROM generate_series(1, 20000) n;
  INSERT INTO invites SELECT 'i' || n, 'd' || n, 'u' || 1 + n % 20000, '[]', NULL, NULL, 0, n, n FROM generate_series(1, 40000) n;
  INSERT INTO invite_uses SELECT 'i' || n, 'u' || 1 + n % 20000, n FROM generate_series(1, 40000) n;
  INSERT INTO audit_entries SELECT n, n, 'u' || n % 1000, 'action ' || n % 20, 'u' || n % 3000, '', '', '' FROM generate_series(1, 100000) n;
  INSERT INTO files SELECT 'f' || n, 'u' || 1 + n % 20000, 'n', 't', 1, NULL, NULL, 0, n, 'r' || 1 + n / 10, 1 + n % 10, NULL
    FROM generate_series(0, 99999) n;
  INSERT INTO files SELECT 'w' || n, 'u' || 1 + n % 20000, 'n', 't', 1, NULL, NULL, 0, n, NULL, NULL, n FROM generate_series(1, 20000) n;
  INSERT INTO rooms (id, workspace_id, kind, name, name_key, visibility, created_at, created_by, log_id,
      head_sequence, head_ordinal, last_event_at)
    SELECT 'r' || n, 'w' || 1 + n % 20000, CASE n % 10 WHEN 0 THEN 'channel' WHEN 1 THEN 'room' ELSE 'direct' END,
      '', 'r' || n, CASE n % 10 WHEN 1 THEN 'public' ELSE 'private' END, n, 'u1', 'log', 10, 10, n
    FROM generate_series(1, 20000) n;
  INSERT INTO memberships (room_id, user_id, role, created_at)
    SELECT 'r' || 1 + n % 20000, 'u' || 1 + (n * 7) % 20000, CASE n % 5 WHEN 0 THEN 'owner' ELSE 'member' END, n
    FROM generate_series(1, 100000) n ON CONFLICT DO NOTHING;
  INSERT INTO read_receipts SELECT user_id, room_id, created_at, NULL, created_at % 10, created_at % 10 FROM memberships;
  INSERT INTO read_steps SELECT room_id, user_id, created_at % 10, created_at FROM memberships;
  INSERT INTO membership_changes (room_id, after_sequence, user_id, kind, actor_id, created_at)
    SELECT room_id, created_at % 10, user_id, 'joined', user_id, created_at FROM memberships;
  INSERT INTO bans SELECT room_id, user_id, 'u1', created_at FROM memberships WHERE created_at % 5 = 0;
  INSERT INTO mutes SELECT room_id, user_id, created_at, '', 'u1', created_at FROM memberships WHERE created_at % 5 = 1;
  INSERT INTO blocks SELECT 'u' || n, 'u' || 1 + (n * 3) % 20000, n FROM generate_series(1, 20000) n;
  INSERT INTO chosen_presence SELECT 'u' || n, 'busy', NULL, NULL, n FROM generate_series(1, 20000) n;
  INSERT INTO room_events SELECT 'r' || 1 + n / 10, 1 + n % 10, 'message', 'u' || 1 + n % 20000, 'm' || n, n % 10, n, NULL
    FROM generate_series(0, 199999) n;
  INSERT INTO messages (id, room_id, user_id, content, created_at, sequence_number, parent_id)
    SELECT 'm' || n, 'r' || 1 + n / 10, 'u' || 1 + n % 20000, 'text', n, 1 + n % 10, CASE n % 10 WHEN 0 THEN 'm' || n - 1 END
    FROM generate_series(0, 199999) n;
  INSERT INTO send_keys SELECT 'r' || 1 + n / 10, 'u' || 1 + n % 20000, 'c' || n, '', 'm' || n, 1 + n % 10, n
    FROM generate_series(0, 199999) n;
  INSERT INTO mentions SELECT 'r' || 1 + n / 10, 1 + n % 10, 'u' || 1 + n % 20000 FROM generate_series(0, 99999) n;
  INSERT INTO deletion_counts SELECT 'r' || 1 + n / 10, n % 4, 1 + n % 10, 1 FROM generate_series(0, 99999) n;
  INSERT INTO reactions SELECT 'm' || n / 10, 'e' || n % 3, 'u' || 1 + n % 20000, n FROM generate_series(1, 100000) n;
  INSERT INTO search_documents SELECT 'r' || 1 + n / 10, 1 + n % 10, n, array_to_tsvector(ARRAY['word' || n % 1000, 'text'])
    FROM generate_series(0, 199999) n;
  INSERT INTO pending_losses SELECT 'l' || n, 'r' || n, 'u1', 'u' || n, 'u' || n, 'removed', '', n FROM generate_series(1, 20000) n;
  INSERT INTO leftover_reactions SELECT 'm' || n FROM generate_series(1, 20000) n;
  ANALYZE;`;

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** Tables that do not grow: ended sessions are kept for a short time, and all files have one sum. */
const SMALL_TABLES = new Set(['store_meta', 'revocations', 'file_totals']);

/** Statements that read more, by their text, and why that is acceptable. */
const EXCEPTIONS: readonly { readonly statement: RegExp; readonly reason: string }[] = [
  {
    statement: /FROM rooms r CROSS JOIN memberships m .* w\.user_id IS NULL ORDER BY m\.room_id/,
    reason: 'runs at the start, and when a removal has failed halfway',
  },
  {
    statement: /^SELECT u\.id FROM users u WHERE u\.role = 'owner' AND u\.disabled_at IS NULL/,
    reason: 'the owners of the server, by an index of them',
  },
];

/** Statements that sort before a limit, by their text, and the bound of the rows they sort. */
const SORTED: readonly { readonly statement: RegExp; readonly bound: string }[] = [
  { statement: /FROM workspace_members w CROSS JOIN rooms r/, bound: 'channels of own workspaces' },
  { statement: /FROM memberships m JOIN rooms r .* m\.user_id = \?/, bound: 'rooms of one user' },
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
    statement: /^WITH latest AS MATERIALIZED/,
    bound: 'messages with terms that few of the latest messages have',
  },
  { statement: /FROM invites .*creator_id = \?/, bound: 'links of one user' },
];

/** Nodes that read all of their input before they return a row. */
const BLOCKING = new Set(['Sort', 'Hash', 'Aggregate', 'WindowAgg', 'ModifyTable']);

describe('plans of the statements of PostgreSQL', { skip: postgresSkip() }, () => {
  const statements = new Set<string>();
  const { query } = pg.Client.prototype;
  let databases: TestDatabases;
  let template: string;
  let filledUrl: string;
  let filled: TestDatabases;
  before(async () => {
    databases = await TestDatabases.open();
    template = await databases.create();
    await (await openTestStore(template)).close();
    filledUrl = await databases.create(template);
    filled = await TestDatabases.open(filledUrl);
    await filled.query(FILL);
    // The driver's overloads are one function.
    pg.Client.prototype.query = function record(this: pg.Client, ...args: unknown[]) {
      const [asked] = args;
      if (asked instanceof StatementGroup) for (const text of asked.texts) statements.add(text);
      return Reflect.apply(query, this, args);
    } as typeof query;
  });
  // Its stores are closed before their databases are removed.
  const openEmpty = reusedPostgresStores(() => databases.create(template));
  after(async () => {
    pg.Client.prototype.query = query;
    await filled.close();
    await databases.close();
  });

  testStoreContract('postgres', openEmpty);

  testStoreContract('memory log over postgres', async () => {
    const onFailure = (error: unknown): void => {
      throw error;
    };
    return storesOver(openMemoryMessageLog(), await openEmpty(), { onFailure });
  });

  testManyReactions('postgres', async () => {
    const url = await databases.create(template);
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
});

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

function tablesOf(node: PlanNode): string {
  return [node['Relation Name'] ?? [], ...(node.Plans ?? []).map(tablesOf)].flat().join(', ');
}
