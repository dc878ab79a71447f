import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Store } from '../../../src/ports/store.ts';
import { NotBegun, StoreUnavailable } from '../../../src/ports/store.ts';
import { hostCalls, RemoteCalls } from '../../../src/stores/sqlite/remote-calls.ts';
import { openRemoteSqliteStore, openSqliteHost } from '../../../src/stores/sqlite/remote-store.ts';
import { testStoreContract } from '../../contracts/store.ts';
import { openChannelPair } from '../../support/channel-pair.ts';
import { command, withLobby } from '../../support/records.ts';
import { reusedSqliteStores } from '../../support/reused-stores.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const parent = temporaryDirectory();

/** The store of a worker, and its host in the primary. */
async function openRemote(directory = mkdtempSync(join(parent, 'remote-'))): Promise<Store> {
  const host = await openSqliteHost({
    directory,
    durability: 'full',
    timeoutMs: 5000,
    onFailure: (error) => {
      throw error;
    },
  });
  const { primary, worker } = openChannelPair();
  host.serve(primary);
  const store = openRemoteSqliteStore(worker, host);
  return {
    ...store,
    close: async () => {
      await store.close();
      await host.close();
    },
  };
}

testStoreContract('sqlite of a worker process', reusedSqliteStores(parent, openRemote));

describe('sqlite of a worker process', () => {
  test('finishes running calls before it closes, and rejects later ones', async () => {
    const store = await openRemote();
    const { alice, lobby } = await withLobby(store);
    const committing = store.log.commit([command({ roomId: lobby.id, userId: alice.id })]);

    await store.close();

    assert.deepEqual(
      (await committing).map(({ kind }) => kind),
      ['stored'],
    );
    await assert.rejects(store.log.readHeads([lobby.id]), NotBegun);
  });

  test('tells what is perhaps stored from what is not, and why', async () => {
    const { primary, worker } = openChannelPair();
    const cause = new Error('database or disk is full');
    const errors = [
      new StoreUnavailable('lost', { cause }),
      new NotBegun('full'),
      new Error('a bug'),
    ];
    const run = () => Promise.reject(errors.shift());
    hostCalls(primary, { writer: run, reader: run });
    const calls = new RemoteCalls(worker);

    const rejected = async (): Promise<Error> => {
      try {
        await calls.call('writer', 'commit', '[]');
      } catch (error) {
        return error as Error;
      }
      throw new Error('The call was not rejected');
    };

    const [lost, full, bug] = [await rejected(), await rejected(), await rejected()];
    assert(lost instanceof StoreUnavailable && !(lost instanceof NotBegun));
    assert(full instanceof NotBegun);
    assert(!(bug instanceof StoreUnavailable));
    assert.deepEqual(
      [lost, full, bug].map(({ message }) => message),
      ['lost', 'full', 'a bug'],
    );
    assert.deepEqual([lost.cause, full.cause, bug.cause], [cause, undefined, undefined]);
  });
});
