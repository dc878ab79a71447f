/** The search in the files of a room has a bounded cost per page, and finds all of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RoomFiles } from '../../../src/domain/files/room-files.ts';
import type { PlacedFile } from '../../../src/model/stored-file.ts';
import { NOON_MS, withLobby } from '../../support/records.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';

const FILES = 12_345;

test('a rare name in a large room is found over several pages of bounded cost', async () => {
  const store = await openSqliteInMemory();
  const { alice, lobby } = await withLobby(store);
  const fileOf = (sequence: number): PlacedFile => ({
    ...{ id: `f${sequence}`, userId: alice.id, type: 'text/plain', size: 1, hasThumbnail: false },
    ...{ width: undefined, height: undefined, expiresAtMs: undefined, createdAtMs: NOON_MS },
    name: sequence === 3 ? 'Überblick.txt' : 'notes.txt',
    ...{ sequence, roomId: lobby.id },
  });
  let reads = 0;
  const listRoomFiles: typeof store.files.listRoomFiles = async (_roomId, { before, limit }) => {
    reads += 1;
    const end = (before?.sequence ?? FILES + 1) - 1;
    return Array.from({ length: Math.min(limit, end) }, (_, index) => fileOf(end - index));
  };
  const { accounts, rooms, files } = store;
  const roomFiles = new RoomFiles({
    store: { accounts, rooms, files: { ...files, listRoomFiles } },
  });

  const pages: number[] = [];
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    reads = 0;
    const page = await roomFiles.list(alice, { roomId: lobby.id, q: 'uberblick', cursor });
    pages.push(reads);
    found.push(...page.files.map(({ file }) => file.name));
    ({ cursor } = page);
  } while (cursor !== undefined);

  assert.deepEqual(found, ['Überblick.txt']);
  assert.deepEqual(pages, [10, 10, 5]);
  await store.close();
});
