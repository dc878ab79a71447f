import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { importArchive } from '../../../src/archive/import-archive.ts';
import { openSource, openTarget, type StoreSettings } from '../../../src/cli/store-admin.ts';
import type { Store } from '../../../src/ports/store.ts';
import { openCassandraLog } from '../../../src/stores/cassandra/message-log.ts';
import { storesOver } from '../../../src/stores/split/store.ts';
import { chunksOf, contentOf, fill, linesOf } from '../../support/archived-store.ts';
import { CassandraCluster, cassandraSkip } from '../../support/cassandra-server.ts';
import { command } from '../../support/records.ts';
import { openTestStore } from '../../support/sqlite-store.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { postgresSkip, TestDatabases } from '../../support/test-database.ts';

const parent = temporaryDirectory();

describe('archives of a store with Cassandra', { skip: cassandraSkip() }, () => {
  let cluster: CassandraCluster;
  before(async () => {
    cluster = await CassandraCluster.start();
  });
  after(() => cluster?.remove());

  const newPlace = (keyspace?: string, DATABASE_URL = 'sqlite:'): StoreSettings => ({
    DATABASE_URL,
    DATA_DIR: mkdtempSync(join(parent, 'archive-')),
    ...(keyspace === undefined ? {} : { CASSANDRA_URL: cluster.url(keyspace) }),
  });
  const archiveFrom = async (place: StoreSettings): Promise<string[]> =>
    linesOf(await openSource(place));

  async function fillFrom(place: StoreSettings, lines: readonly string[]): Promise<void> {
    const target = await openTarget(place);
    try {
      await importArchive(chunksOf(lines), target);
    } finally {
      await target.close();
    }
  }

  async function openStore({ DATA_DIR, CASSANDRA_URL: url }: StoreSettings): Promise<Store> {
    const relational = await openTestStore(DATA_DIR, { durability: 'relaxed' });
    if (url === undefined) return relational;
    const onFailure = (error: unknown): void => {
      throw error;
    };
    const log = await openCassandraLog({ url, durability: 'full' });
    return storesOver(log, relational, { onFailure });
  }

  async function filled(place: StoreSettings): Promise<string[]> {
    const store = await openStore(place);
    await fill(store);
    await store.close();
    return archiveFrom(place);
  }

  test('moves everything from SQLite to Cassandra and back, unchanged', async () => {
    const lines = await filled(newPlace());
    const [there, back] = [newPlace('moved'), newPlace()];

    await fillFrom(there, lines);
    const between = await archiveFrom(there);
    await fillFrom(back, between);

    assert.deepEqual(contentOf(between), contentOf(lines));
    assert.deepEqual(contentOf(await archiveFrom(back)), contentOf(lines));
  });

  test('moves everything between SQLite, PostgreSQL and PostgreSQL with Cassandra, both ways', {
    skip: postgresSkip(),
  }, async () => {
    const databases = await TestDatabases.open();
    try {
      const lines = await filled(newPlace());
      const way = [
        newPlace('from_sqlite', await databases.create()),
        newPlace(undefined, await databases.create()),
        newPlace('from_postgres', await databases.create()),
        newPlace(),
      ];
      let moved = lines;
      for (const place of way) {
        await fillFrom(place, moved);
        moved = await archiveFrom(place);
        assert.deepEqual(contentOf(moved), contentOf(lines));
      }
    } finally {
      await databases.close();
    }
  });

  test('archives a store that was filled through Cassandra, and continues with its numbers and keys', async () => {
    const lines = await filled(newPlace('written'));
    const after = newPlace('continued');

    await fillFrom(after, lines);

    const store = await openStore(after);
    const alice = (await store.accounts.findCredentials('alice'))?.user;
    assert(alice !== undefined);
    const lobby = (await store.rooms.listRoomsOf(alice.id, 99)).find(
      ({ room }) => room.name === 'lobby',
    );
    assert(lobby !== undefined);
    const by = { roomId: lobby.room.id, userId: alice.id };
    const [repeated, next] = await store.log.commit([
      command({ ...by, content: 'message 2', clientMessageId: 'c2' }),
      command(by),
    ]);
    await store.close();
    assert.equal(repeated?.kind, 'duplicate');
    assert(next?.kind === 'stored');
    assert.equal(next.event.sequence, lobby.head.sequence + 1);
  });

  test('archives a database that has its messages itself, also if the next one is to have them in Cassandra', async () => {
    const place = newPlace();
    const lines = await filled(place);

    const again = await archiveFrom({ ...place, CASSANDRA_URL: cluster.url('next') });

    assert.deepEqual(contentOf(again), contentOf(lines));
  });

  test('reads only from a keyspace with messages, and creates nothing', async () => {
    const place = newPlace('typed');
    await filled(place);

    for (const keyspace of ['mistyped', 'mistyped', 'system_schema']) {
      const mistyped = { ...place, CASSANDRA_URL: cluster.url(keyspace) };
      await assert.rejects(archiveFrom(mistyped), {
        name: 'StoreUnusable',
        message: /There is no keyspace 'mistyped'|'system_schema' has no messages/,
      });
    }
  });

  test('rejects a keyspace that is not empty, and a database without its messages', async () => {
    const place = newPlace('full');
    const lines = await filled(place);
    const { CASSANDRA_URL: _, ...without } = place;

    await assert.rejects(fillFrom(newPlace('full'), lines), {
      name: 'ArchiveError',
      message: 'The keyspace is not empty: import into an empty keyspace only.',
    });
    await assert.rejects(archiveFrom(without), /CASSANDRA_URL is missing/);
  });
});
