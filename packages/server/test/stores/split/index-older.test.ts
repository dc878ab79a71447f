/** The index of messages that were in a log before it: after `parley reindex`, or of an import. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MessageId, parseSearch } from '@parley/protocol';
import type { MessageLog } from '../../../src/ports/message-log.ts';
import type { Store } from '../../../src/ports/store.ts';
import { storesOver } from '../../../src/stores/split/store.ts';
import { reindexSqlite } from '../../../src/stores/sqlite/stored-accounts.ts';
import { openMemoryMessageLog } from '../../support/memory-message-log.ts';
import { change, type command, commitMessage, NOON_MS, withLobby } from '../../support/records.ts';
import { openTestStore as openSqliteStore } from '../../support/sqlite-store.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const onFailure = (error: unknown): void => {
  throw error;
};

async function indexAll(store: Store): Promise<void> {
  for (let steps = 0; (await store.search.indexMessages(40, [])) !== 'none'; steps += 1) {
    assert(steps < 99);
  }
}

async function foundBy(
  store: Store,
  text: string,
  userId: Parameters<typeof command>[0]['userId'],
) {
  const rooms = await store.search.listSearchedRooms(userId, {
    isGuest: false,
    limit: 10,
    nowMs: NOON_MS,
  });
  const roomIds = rooms.map(({ roomId }) => roomId);
  const found = await store.search.searchMessages({
    ...{ phrases: parseSearch(text).phrases, roomIds, authorIds: [], contents: [] },
    ...{ fromMs: 0, beforeMs: Number.MAX_SAFE_INTEGER, after: undefined, limit: 500 },
  });
  return found.map(({ sequence }) => sequence).sort((a, b) => a - b);
}

test('messages of a log are indexed again, without those that are deleted meanwhile', async () => {
  const directory = temporaryDirectory();
  const log = openMemoryMessageLog();
  let afterRead = async (): Promise<void> => {};
  const watched: MessageLog = {
    ...log,
    readMessages: async (range) => {
      const messages = await log.readMessages(range);
      await afterRead();
      return messages;
    },
  };
  const store = await storesOver(watched, await openSqliteStore(directory), { onFailure });
  const { alice, lobby } = await withLobby(store);
  const by = { roomId: lobby.id, userId: alice.id };
  const ids: MessageId[] = [];
  for (let index = 1; index <= 100; index += 1) {
    ids.push(await commitMessage(store.log, { ...by, content: `apple ${index}` }));
  }
  const remove = async (sequence: number): Promise<void> => {
    const messageId = ids[sequence - 1] as MessageId;
    await store.log.commit([change({ kind: 'deletion', ...by, messageId })]);
  };
  const edit = async (sequence: number, content: string): Promise<void> => {
    const messageId = ids[sequence - 1] as MessageId;
    const mentions = { everyone: false, names: [] };
    await store.log.commit([change({ kind: 'edit', ...by, messageId, content, mentions })]);
  };
  await remove(7);
  const sequences = ids.map((_, index) => index + 1);
  assert.deepEqual(
    await foundBy(store, 'apple ', alice.id),
    sequences.filter((at) => at !== 7),
  );

  reindexSqlite(directory);
  assert.deepEqual(await foundBy(store, 'apple ', alice.id), []);
  let reads = 0;
  afterRead = async () => {
    reads += 1;
    if (reads !== 1) return;
    // Between the read of the latest messages and their entry.
    await remove(99);
    await edit(98, 'pear');
  };
  await indexAll(store);

  const gone = [7, 98, 99];
  assert.deepEqual(
    await foundBy(store, 'apple ', alice.id),
    sequences.filter((at) => !gone.includes(at)),
  );
  assert.deepEqual(await foundBy(store, 'pear ', alice.id), [98]);

  await store.log.deleteMessagesOlderThan(lobby.id, { beforeMs: NOON_MS + 1, eventsMax: 50 });
  reindexSqlite(directory);
  afterRead = async () => {};
  await indexAll(store);
  assert.deepEqual(
    await foundBy(store, 'apple ', alice.id),
    sequences.filter((at) => at > 50 && !gone.includes(at)),
  );
  await store.close();
});
