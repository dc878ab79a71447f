import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Database } from '../../../src/stores/sqlite/database.ts';
import { translate } from '../../../src/stores/sqlite/translate.ts';

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
