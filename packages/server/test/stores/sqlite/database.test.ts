import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Database } from '../../../src/stores/sqlite/database.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

test('a failed transaction leaves nothing and reports its error, also if SQLite has ended it', () => {
  const database = new Database(join(temporaryDirectory(), 'some.db'), {});
  database.exec('CREATE TABLE t (x); PRAGMA max_page_count = 10; PRAGMA cache_size = 1');
  const fill = () =>
    database.transaction(() => {
      for (let row = 0; row < 100; row += 1) database.run('INSERT INTO t VALUES (zeroblob(1000))');
    });
  const stumble = () =>
    database.transaction(() => {
      database.run('INSERT INTO t VALUES (1)');
      throw new Error('a stumble');
    });

  assert.throws(fill, /database or disk is full/);
  assert.throws(stumble, /a stumble/);
  database.transaction(() => database.run('INSERT INTO t VALUES (2)'));

  assert.deepEqual(
    database.all<{ x: number }>('SELECT x FROM t').map(({ x }) => x),
    [2],
  );
  database.close();
});
