/** Reads that wait for PostgreSQL in numbers: commits and health checks do not wait with them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openTestStore } from '../../support/postgres-store.ts';
import { command, withLobby } from '../../support/records.ts';
import { postgresSkip, TestDatabases } from '../../support/test-database.ts';

describe('postgres store', { skip: postgresSkip() }, () => {
  test('stores messages and passes health checks while all reads wait', async () => {
    const databases = await TestDatabases.open();
    const url = await databases.create();
    const store = await openTestStore(url, { connectionsMax: 2, statementTimeoutMs: 30_000 });
    const { alice, lobby } = await withLobby(store);
    const other = await TestDatabases.open(url);
    await other.query('BEGIN');
    await other.query('LOCK TABLE invitations');
    const reads = Array.from({ length: 2 }, () => store.invitations.listInvitations(alice.id, 9));

    const [outcome] = await store.log.commit([command({ roomId: lobby.id, userId: alice.id })]);
    await store.log.probe();

    assert.equal(outcome?.kind, 'stored');
    await other.query('ROLLBACK');
    assert.deepEqual(await Promise.all(reads), [[], []]);
    await other.close();
    await store.close();
    await databases.close();
  });
});
