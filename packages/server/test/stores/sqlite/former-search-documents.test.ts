/** Documents of the search from before migration 72 are replaced beside the service. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseSearch } from '@parley/protocol';
import { INDEX_ALL } from '../../../src/stores/sql/tables.ts';
import { Database } from '../../../src/stores/sqlite/database.ts';
import { commitMessage, withLobby } from '../../support/records.ts';
import { openSqliteInMemory, PRODUCT } from '../../support/sqlite-in-memory.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

test('documents whose terms have no room are replaced, each once', async () => {
  const file = join(temporaryDirectory(), 'parley.db');
  const store = openSqliteInMemory(PRODUCT, file);
  const { alice, lobby } = await withLobby(store);
  const index = async () => {
    while ((await store.search.indexMessages(2, [])) !== 'none');
  };
  const find = () =>
    store.search.searchMessages({
      ...{ phrases: parseSearch('apples').phrases, roomIds: [lobby.id], authorIds: [] },
      ...{ contents: [], fromMs: 0, beforeMs: Number.MAX_SAFE_INTEGER, after: undefined },
      limit: 10,
    });
  for (const content of ['red apples', 'green apples', 'apples']) {
    await commitMessage(store.log, { roomId: lobby.id, userId: alice.id, content });
  }
  await index();
  const database = new Database(file, { busyTimeoutMs: 10_000 });
  database.transaction(() => {
    const rows = database.all<{ sequence: number; terms: string }>(
      'SELECT sequence, terms FROM search_documents',
    );
    database.run('DELETE FROM search_documents');
    for (const { sequence } of rows) {
      database.run(
        'INSERT INTO search_documents (place, room_id, sequence, created_at, terms) VALUES (?1, ?2, ?1, ?1, ?3)',
        ...[sequence, lobby.id, `:r${lobby.id} :u${alice.id} apples`],
      );
    }
    database.run(INDEX_ALL);
  });

  assert.deepEqual(await find(), []);
  assert.equal(await store.search.indexMessages(2, [], true), 'older');
  await index();
  assert.deepEqual((await find()).map(({ sequence }) => sequence).toSorted(), [1, 2, 3]);
  const kept = database.all<{ terms: string }>('SELECT terms FROM search_documents');
  assert.equal(kept.filter(({ terms }) => terms.startsWith(':')).length, 0);
  assert.equal(kept.length, 3);
  database.close();
  await store.close();
});
