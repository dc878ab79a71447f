/** Contract of every store for imports from other applications: one process at a time has each. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { HistoryImport, ImportReport, WantedImport } from '../../src/model/history-import.ts';
import type { Store } from '../../src/ports/store.ts';
import { NOON_MS } from '../support/records.ts';

const WANTED: WantedImport = {
  ...{ id: 'i1', format: 'slack', path: '/exports/Grüße.zip', size: 7_000_000_000 },
  ...{ digest: 'ab'.repeat(32), operator: 'root@host', createdAtMs: NOON_MS },
};
const NEW: HistoryImport = {
  ...{ ...WANTED, state: 'waiting', done: 0, total: 0 },
  ...{ report: undefined, failure: undefined, changedAtMs: NOON_MS },
};
const REPORT: ImportReport = {
  ...{ people: 1, knownPeople: 2, rooms: 3, messages: 4, knownMessages: 5 },
  leftOut: [['notices "quoted"', 6]],
};
const LEASE_MS = 100;

export function testImports(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: imports from other applications`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await openEmpty();
    });
    afterEach(() => store.close());

    const insert = (over: Partial<WantedImport> = {}) =>
      store.imports.insertImport({ ...WANTED, ...over });
    const due = async (nowMs: number) =>
      (await store.imports.listDueImports(nowMs, 9)).map(({ id }) => id);
    const take = (id: string, holder: string, nowMs: number) =>
      store.imports.takeImport(id, { holder, nowMs, dueAtMs: nowMs + LEASE_MS });
    const save = (holder: string, nowMs: number) =>
      store.imports.saveImport(
        { id: 'i1', holder },
        { done: 4, total: 9, nowMs, dueAtMs: nowMs + LEASE_MS },
      );

    test('are due at once, the oldest first, and end with a report', async () => {
      assert.equal(await insert(), 'i1');
      assert.equal(await insert({ id: 'i0', createdAtMs: NOON_MS + 1, path: '/other' }), 'i0');
      assert.deepEqual(await store.imports.findImport('i1'), NEW);
      assert.equal(await store.imports.findImport('i2'), undefined);
      assert.deepEqual([await due(NOON_MS - 1), await due(NOON_MS)], [[], ['i1']]);
      assert.deepEqual(await due(NOON_MS + 1), ['i1', 'i0']);

      assert.equal(await take('i1', 'a', NOON_MS), 1);
      assert.equal(await save('a', NOON_MS + 5), true);
      const running = { ...NEW, state: 'running', done: 4, total: 9, changedAtMs: NOON_MS + 5 };
      assert.deepEqual(await store.imports.findImport('i1'), running);
      const end = { state: 'done', report: REPORT } as const;
      await store.imports.endImport({ id: 'i1', holder: 'a' }, end, NOON_MS + 6);

      assert.deepEqual(await store.imports.findImport('i1'), {
        ...{ ...running, state: 'done', done: 9, report: REPORT, changedAtMs: NOON_MS + 6 },
      });
      assert.deepEqual(await due(Number.MAX_SAFE_INTEGER), ['i0']);
      assert.equal(await take('i1', 'b', Number.MAX_SAFE_INTEGER), undefined);
    });

    test('are given to one of several processes, and to another one after their time', async () => {
      await insert();
      const taken = await Promise.all(['a', 'b', 'c'].map((each) => take('i1', each, NOON_MS)));
      assert.deepEqual(taken.toSorted(), [1, undefined, undefined]);
      const first = ['a', 'b', 'c'][taken.indexOf(1)] ?? '';
      assert.deepEqual(await due(NOON_MS + LEASE_MS - 1), []);
      assert.equal(await take('i1', 'later', NOON_MS + LEASE_MS), 2);

      // The first one was only suspended.
      assert.equal(await save(first, NOON_MS + 200), false);
      const failed = { state: 'failed', failure: 'no' } as const;
      await store.imports.endImport({ id: 'i1', holder: first }, failed, NOON_MS + 200);
      assert.equal((await store.imports.findImport('i1'))?.state, 'running');
      assert.equal(await save('later', NOON_MS + 200), true);
    });

    test('wait after a failure, which counts or not', async () => {
      await insert();
      const wait = async (isCounted: boolean, nowMs: number) => {
        const count = await take('i1', 'a', nowMs);
        const end = { state: 'waiting', failure: 'Ä', dueAtMs: nowMs + 10, isCounted } as const;
        await store.imports.endImport({ id: 'i1', holder: 'a' }, end, nowMs);
        return count;
      };
      assert.equal(await wait(false, NOON_MS), 1);
      assert.deepEqual(await due(NOON_MS + 9), []);
      assert.equal(await wait(true, NOON_MS + 10), 1);
      assert.equal(await wait(true, NOON_MS + 20), 2);
      const { state, failure } = (await store.imports.findImport('i1')) ?? {};
      assert.deepEqual([state, failure], ['waiting', 'Ä']);

      assert.equal(await take('i1', 'a', NOON_MS + 30), 3);
      const end = { state: 'failed', failure: 'a bad file' } as const;
      await store.imports.endImport({ id: 'i1', holder: 'a' }, end, NOON_MS + 31);
      assert.equal((await store.imports.findImport('i1'))?.failure, 'a bad file');
      assert.deepEqual(await due(Number.MAX_SAFE_INTEGER), []);
    });

    test('of the same file begin again while they have not ended, and are new ones afterwards', async () => {
      await insert();
      assert.equal(await take('i1', 'a', NOON_MS), 1);
      assert.equal(await insert({ id: 'i2', createdAtMs: NOON_MS + 5 }), 'i1');
      // The process that has it goes on.
      assert.deepEqual(await due(NOON_MS + 5), []);
      assert.equal(await take('i1', 'b', NOON_MS + LEASE_MS), 1);
      const later = { state: 'waiting', failure: 'no', isCounted: true } as const;
      const dueAtMs = NOON_MS + 9000;
      await store.imports.endImport(
        { id: 'i1', holder: 'b' },
        { ...later, dueAtMs },
        NOON_MS + 200,
      );
      assert.equal(await insert({ id: 'i3', createdAtMs: NOON_MS + 300 }), 'i1');
      assert.deepEqual(await due(NOON_MS + 300), ['i1']);

      assert.equal(await insert({ id: 'i4', digest: 'other' }), 'i4');
      await take('i1', 'c', NOON_MS + 300);
      const end = { state: 'done', report: REPORT } as const;
      await store.imports.endImport({ id: 'i1', holder: 'c' }, end, NOON_MS + 301);
      assert.equal(await insert({ id: 'i5' }), 'i5');
    });
  });
}
