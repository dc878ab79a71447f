/** Sessions outside Parley that hold locks: they stop what they lock, and nothing else. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CommitQueue } from '../../../src/domain/event-log/commit-queue.ts';
import type { CommitResult } from '../../../src/model/commit-outcome.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { openTestStore } from '../../support/postgres-store.ts';
import { command, NOON_MS, ownedBy, room, withLobby } from '../../support/records.ts';
import { postgresSkip, TestDatabases } from '../../support/test-database.ts';

describe('postgres store', { skip: postgresSkip() }, () => {
  let databases: TestDatabases;
  before(async () => {
    databases = await TestDatabases.open();
  });
  after(() => databases.close());

  test('a locked room stops only itself, and continues when it is free', async () => {
    const url = await databases.create();
    const store = await openTestStore(url, { statementTimeoutMs: 60_000 });
    const { alice, lobby } = await withLobby(store);
    const ops = room('ops');
    await store.rooms.createRoom(ops, ownedBy(alice), NOON_MS);
    const queue = new CommitQueue(store.log, { record: () => {} }, systemClock);
    const send = ({ id: roomId }: { readonly id: typeof lobby.id }) =>
      new Promise<CommitResult['kind']>((resolve) => {
        queue.submit(command({ roomId, userId: alice.id }), ({ kind }) => resolve(kind));
      });
    const other = await TestDatabases.open(url);
    await other.query('BEGIN');
    await other.query('SELECT 1 FROM rooms WHERE id = $1 FOR UPDATE', [lobby.id]);

    // Together in one batch; the locked room is rejected after it waited alone.
    assert.deepEqual(await Promise.all([send(lobby), send(ops)]), ['not-begun', 'stored']);
    const locked = send(lobby);
    for (let count = 0; count < 5; count += 1) assert.equal(await send(ops), 'stored');
    assert.equal(await queue.storeState(), 'up');
    await other.query('ROLLBACK');

    await locked;
    assert.deepEqual(await Promise.all([send(lobby), send(ops)]), ['stored', 'stored']);
    await queue.drain();
    await other.close();
    await store.close();
  });
});
