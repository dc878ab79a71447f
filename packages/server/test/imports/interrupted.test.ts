/** An import that ends after any of its calls, as with a kill, is completed by another one. */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { parseSearch, type UserId } from '@parley/protocol';
import type { ExportedHistory, ExportedMessage } from '../../src/imports/exported-history.ts';
import { importHistory } from '../../src/imports/import-history.ts';
import type { FileStorage } from '../../src/ports/file-storage.ts';
import type { Store } from '../../src/ports/store.ts';
import { storesOver } from '../../src/stores/split/store.ts';
import { memoryFileStorage } from '../support/memory-file-storage.ts';
import { openMemoryMessageLog } from '../support/memory-message-log.ts';
import { NOON_MS } from '../support/records.ts';
import { openSqliteInMemory, PRODUCT } from '../support/sqlite-in-memory.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const EMPTY = { reactions: [], files: [] };
/** More than a transaction has. */
const MESSAGES: readonly ExportedMessage[] = [
  {
    ...{ key: '1', roomKey: 'R', authorKey: 'A', atMs: NOON_MS - DAY_MS, text: 'with a file' },
    ...{ reactions: [{ emoji: 'party-parrot', personKey: 'B' }], isEdited: true, isPinned: true },
    files: [{ name: 'notes.txt', path: 'notes' }],
  },
  ...Array.from({ length: 600 }, (_, index) => ({
    ...{ key: `n${index}`, roomKey: 'R', authorKey: 'C', atMs: NOON_MS - DAY_MS + index + 1 },
    ...{ text: `message ${index}`, ...EMPTY },
  })),
  {
    ...{ key: '2', roomKey: 'R', authorKey: 'A', atMs: NOON_MS - 9, text: 'a reply to @ben' },
    ...{ parentKey: '1', ...EMPTY, files: [{ name: 'more.txt', path: 'more' }] },
  },
  {
    ...{ key: '4', roomKey: 'R', authorKey: 'B', atMs: NOON_MS - 7, text: 'another reply' },
    ...{ parentKey: '1', ...EMPTY },
  },
  // Its author has read the room then, and not the thread.
  { key: '5', roomKey: 'R', authorKey: 'A', atMs: NOON_MS - 6, text: 'the last', ...EMPTY },
  { key: '3', roomKey: 'D', authorKey: 'B', atMs: NOON_MS - 8, text: 'between us', ...EMPTY },
];
const FILES: Readonly<Record<string, string>> = {
  notes: 'the notes',
  more: 'more',
  parrot: 'dances',
};

const HISTORY: ExportedHistory = {
  origin: 'test',
  people: [
    { key: 'A', username: 'ana', displayName: 'Ana', email: 'ana@example.org' },
    { key: 'B', username: 'ben', displayName: 'Ben' },
    // A former member of the room, whose account is closed.
    { key: 'C', username: 'cleo', displayName: 'Cleo', isDisabled: true },
  ],
  rooms: [
    {
      ...{ key: 'R', kind: 'room', name: 'plans', topic: 'Ours', description: 'All of them' },
      ...{ isPrivate: false, isArchived: false, memberKeys: ['A', 'B'] },
    },
    {
      ...{ key: 'D', kind: 'direct', name: '', memberKeys: ['A', 'B'] },
      ...{ isPrivate: true, isArchived: false },
    },
    {
      ...{ key: 'E', kind: 'room', name: 'empty', isPrivate: false, isArchived: true },
      memberKeys: ['A'],
    },
  ],
  emoji: [{ name: 'party-parrot', path: 'parrot' }],
  async *messages() {
    yield* MESSAGES;
  },
  async openFile(path) {
    const text = FILES[path];
    return text === undefined ? undefined : ([Buffer.from(text)].values() as never);
  },
  toMarkdown: (text) => text,
  leftOut: new Map(),
  close() {},
};

/** The process has ended: nothing more happens. */
class Killed extends Error {}

function opened() {
  const file = join(temporaryDirectory(), 'parley.db');
  const store = openSqliteInMemory(PRODUCT, file);
  const kept = new Map<string, Buffer>();
  const fileStorage = memoryFileStorage(kept);
  let left = Number.POSITIVE_INFINITY;
  let count = 0;
  const mortal = <Part extends object>(part: Part): Part =>
    new Proxy(part, {
      get: (target, name) => {
        const found: unknown = Reflect.get(target, name);
        if (typeof found !== 'function') return found;
        return async (...given: unknown[]) => {
          if (left === 0) throw new Killed();
          left -= 1;
          count += 1;
          return Reflect.apply(found, target, given);
        };
      },
    });
  const { accounts, customEmoji, files, log, rooms, threads } = store;
  const parts = { accounts, customEmoji, files, log, rooms, threads };
  const mortalStore = Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [name, mortal(part)]),
  ) as unknown as Store;
  /** @param callsMax Then the process is killed. */
  const run = (callsMax = Number.POSITIVE_INFINITY) => {
    left = callsMax;
    return importInto(mortalStore, mortal(fileStorage));
  };
  return { run, file, store, kept, count: () => count };
}

function importInto(store: Store, fileStorage: FileStorage) {
  return importHistory(
    {
      ...{ store, fileStorage, clock: { nowMs: () => NOON_MS } },
      secrets: { digest: (text) => hash('sha256', text), newToken: () => 'token' },
      passwords: { hash: async () => 'a hash' },
      ...{ operator: 'root@test', contentLengthMax: 1000 },
      ...{ fileBytesMax: 1000, allFilesBytesMax: 10_000 },
    },
    HISTORY,
  );
}

/** Rows of all tables except those whose rows tell how often something was tried. */
function rowsOf(file: string): Record<string, unknown[]> {
  const database = new DatabaseSync(file, { readOnly: true });
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .all()
    .map(({ name }) => String(name))
    .filter((name) => !/^(sqlite_|search_|audit|store_meta|file_totals)/.test(name));
  const rows = tables.map((table) => {
    const all = database.prepare(`SELECT * FROM ${table}`).all();
    return [table, all.map(({ log_id: _, ...row }) => JSON.stringify(row)).sort()] as const;
  });
  database.close();
  return Object.fromEntries(rows);
}

describe('an import that is killed', () => {
  test('is completed by another one, wherever it ends', async () => {
    const whole = opened();
    const report = await whole.run();
    assert.deepEqual([report.messages, report.people, report.rooms], [605, 3, 3]);
    const expected = rowsOf(whole.file);
    assert.deepEqual(expected['unread_replies'], []);
    const ana = await whole.store.accounts.findUser({ kind: 'username', username: 'ana' });
    assert(ana !== undefined);
    assert.equal(await whole.store.threads.countUnreadThreads(ana.id), 0);
    const files = [...whole.kept].map(([id, bytes]) => [id, bytes.toString()]);
    assert.equal(files.length, 3);

    for (let calls = 1; calls < whole.count(); calls += 1) {
      const { run, file, kept, store } = opened();
      await assert.rejects(run(calls), Killed, `${calls} calls`);
      const second = await run();
      assert.deepEqual(rowsOf(file), expected, `after ${calls} calls`);
      assert.deepEqual(
        [...kept].map(([id, bytes]) => [id, bytes.toString()]),
        files,
      );
      assert.equal(second.people + second.knownPeople, 3);
      assert.equal(second.messages + second.knownMessages, 605);
      assert.deepEqual([second.rooms, [...second.leftOut]], [3, []]);
      await store.close();
    }
    await whole.store.close();
  });

  test('changes nothing if the first one has ended', async () => {
    const { run, file, store } = opened();
    await run();
    const expected = rowsOf(file);
    const { messages, knownMessages } = await run();
    assert.deepEqual([messages, knownMessages], [0, 605]);
    assert.deepEqual(rowsOf(file), expected);
    await store.close();
  });
});

test('messages that are imported into a log beside the database are found by the search', async () => {
  const log = openMemoryMessageLog();
  const onFailure = (error: unknown): void => {
    throw error;
  };
  const store = await storesOver(log, openSqliteInMemory(), { onFailure });
  for (const stored of [605, 0]) {
    const { messages } = await importInto(store, memoryFileStorage());
    assert.equal(messages, stored);
  }

  const ben = await store.accounts.findUser({ kind: 'username', username: 'ben' });
  const rooms = await store.search.listSearchedRooms(ben?.id ?? ('' as UserId), {
    ...{ isGuest: false, limit: 50, nowMs: NOON_MS },
  });
  const found = await store.search.searchMessages({
    ...{ phrases: parseSearch('message ').phrases, roomIds: rooms.map(({ roomId }) => roomId) },
    ...{ authorIds: [], contents: [], fromMs: 0, beforeMs: NOON_MS },
    ...{ after: undefined, limit: 999 },
  });
  assert.equal(found.length, 600);
  await store.close();
});
