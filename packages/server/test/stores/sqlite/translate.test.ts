import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Database } from '../../../src/stores/sqlite/database.ts';
import { MIGRATIONS } from '../../../src/stores/sqlite/migrations.ts';
import { translate, translateSchema } from '../../../src/stores/sqlite/translate.ts';

describe('translation of statements for SQLite', () => {
  test('keeps the numbers of parameters', () => {
    assert.equal(
      translate('UPDATE t SET a = $2, b = $10 WHERE c = $1'),
      'UPDATE t SET a = ?2, b = ?10 WHERE c = ?1',
    );
  });

  test('leaves out locks', () => {
    const locks = ['UPDATE', 'NO KEY UPDATE', 'SHARE', 'KEY SHARE', 'UPDATE OF t SKIP LOCKED'];
    for (const lock of locks) {
      assert.equal(translate(`SELECT a FROM t\n FOR ${lock}`), 'SELECT a FROM t');
    }
  });

  test('passes on what only SQLite must know', () => {
    assert.equal(
      translate('SELECT a FROM t /*+ INDEXED BY t_by_a */ WHERE a = $1'),
      'SELECT a FROM t INDEXED BY t_by_a WHERE a = ?1',
    );
  });

  test('reads arrays from JSON', () => {
    const database = new Database(':memory:', {});
    database.exec("CREATE TABLE t (id TEXT PRIMARY KEY, n INTEGER); INSERT INTO t VALUES ('a', 1)");
    const ids = JSON.stringify(['a', 'x']);

    const found = database.all<{ id: string }>('SELECT id FROM t WHERE id = ANY($1::text[])', ids);
    const rows = database.all<{ id: string; n: number }>(
      'SELECT q.id, q.n FROM unnest($1::text[], $2::bigint[]) AS q (id, n)',
      ids,
      '[5,null]',
    );
    const deleted = database.run(
      'DELETE FROM t WHERE id = ANY (ARRAY(SELECT id FROM t WHERE n <= $1 LIMIT 5))',
      1,
    );
    database.close();

    assert.deepEqual(
      found.map((row) => ({ ...row })),
      [{ id: 'a' }],
    );
    assert.deepEqual(
      rows.map((row) => ({ ...row })),
      [
        { id: 'a', n: 5 },
        { id: 'x', n: null },
      ],
    );
    assert.equal(deleted, 1);
  });
});

describe('translation of the schema for SQLite', () => {
  test('clusters tables by their key, unless they grow at their end', () => {
    const columns = '(\n  id TEXT COLLATE "C" PRIMARY KEY,\n  at BIGINT NOT NULL\n)';
    const translated = '(\n  id TEXT PRIMARY KEY,\n  at INTEGER NOT NULL\n)';
    const options = ' WITH (fillfactor = 70)';

    assert.equal(translateSchema(columns), translated);
    for (const given of ['', options]) {
      const [usual, growing] = [`${columns}${given};`, `${columns}${given} /*+ STRICT */;`];
      assert.equal(translateSchema(usual), `${translated} STRICT, WITHOUT ROWID;`);
      assert.equal(translateSchema(growing), `${translated} STRICT;`);
    }
  });

  test('makes every table strict', () => {
    const database = new Database(':memory:', {});
    for (const sql of MIGRATIONS) database.exec(sql);

    const loose = database.all<{ name: string }>(
      "SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'",
    );

    assert.deepEqual(loose, []);
  });
});
