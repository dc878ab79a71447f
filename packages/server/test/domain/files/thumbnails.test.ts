/** Thumbnails are made after the upload, by the process that takes the file, a few times at most. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { UserId } from '@parley/protocol';
import { UNIT_NAMES } from '../../../src/model/units.ts';
import type { FileStorage } from '../../../src/ports/file-storage.ts';
import { StoreUnavailable } from '../../../src/ports/store.ts';
import { ChatHarness } from '../../support/chat-harness.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { memoryFileStorage } from '../../support/memory-file-storage.ts';
import { NOON_MS } from '../../support/records.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';

/** Between two looks of a process, and for how long it has a file. */
const SEARCH_MS = 2000;
const MAKING_MS = 60_000;
const MINUTE_MS = 60_000;

type Making = Promise<boolean> | Error;

describe('thumbnails', () => {
  let clock: FakeClock;
  let store: ReturnType<typeof openSqliteInMemory>;
  beforeEach(() => {
    clock = new FakeClock();
    store = openSqliteInMemory();
  });

  /** A process; `made` has the files whose thumbnails it was to make, `answers` what happens to the next. */
  const begin = async (units = UNIT_NAMES, answers: Making[] = []) => {
    const made: string[] = [];
    const madeAtMs: number[] = [];
    const storage = memoryFileStorage();
    const fileStorage: FileStorage = {
      ...storage,
      receive: async (...given) => ({
        ...(await storage.receive(...given)),
        ...{ type: 'image/png', width: 1600, height: 800 },
        ...{ hasThumbnail: true, awaitsThumbnails: true },
      }),
      makeThumbnails: async (id) => {
        made.push(id);
        madeAtMs.push(clock.nowMs());
        const answer = answers.shift() ?? true;
        if (answer instanceof Error) throw answer;
        return answer;
      },
    };
    const harness = new ChatHarness({ clock, store, fileStorage, settings: { units } });
    await harness.chat.begin();
    await harness.settle();
    const upload = async (): Promise<string> => {
      async function* parts() {
        yield { name: 'photo.png', body: chunks() };
      }
      async function* chunks() {
        yield Buffer.from('x');
      }
      const [file] = await harness.chat.uploads.receive(await harness.userOf('alice'), parts());
      await harness.settle();
      return file?.id ?? assert.fail();
    };
    return { harness, upload, made, madeAtMs, answers };
  };
  type Process = Awaited<ReturnType<typeof begin>>;
  const WITHOUT = UNIT_NAMES.filter((each) => each !== 'thumbnails');
  const pass = async (ms: number, ...processes: Process[]): Promise<void> => {
    for (let passed = 0; passed < ms; passed += SEARCH_MS / 2) {
      clock.advance(SEARCH_MS / 2);
      for (const { harness } of processes) await harness.settle();
    }
  };
  const NEVER = new Promise<never>(() => {});

  test('are made at once by the process that receives the file, and once', async () => {
    const [one, other] = [await begin(), await begin()];

    const ids = [await one.upload(), await one.upload()];

    assert.deepEqual([one.made, other.made], [ids, []]);
    await pass(10 * MINUTE_MS, one, other);
    assert.deepEqual([one.made, other.made], [ids, []]);
  });

  test('of a process without the unit are made by another one, once, within two seconds', async () => {
    const node = await begin(WITHOUT);
    const [one, other] = [await begin(['thumbnails']), await begin(['thumbnails'])];

    const ids = [await node.upload(), await node.upload()];
    assert.deepEqual([node.made, one.made, other.made], [[], [], []]);
    await pass(SEARCH_MS, one, other);

    assert.deepEqual([...one.made, ...other.made].toSorted(), ids.toSorted());
    await pass(10 * MINUTE_MS, node, one, other);
    assert.deepEqual([node.made.length, one.made.length + other.made.length], [0, 2]);
  });

  test('of imported files do not delay those of uploads', async () => {
    const node = await begin(WITHOUT);
    const imported = {
      ...{ id: 'imported', userId: 'alice' as UserId, name: 'a.png', type: 'image/png', size: 1 },
      ...{ width: 900, height: 900, hasThumbnail: true, awaitsThumbnails: true },
      ...{ createdAtMs: 1, roomId: undefined, expiresAtMs: NOON_MS + MINUTE_MS },
    };
    await store.files.insertFile(imported, 100);
    const uploaded = await node.upload();

    const { made } = await begin(['thumbnails']);

    assert.deepEqual(made, [uploaded, 'imported']);
  });

  test('that hang are made by another process a minute later, and uploads go on', async () => {
    const one = await begin();
    one.answers.push(NEVER);
    const first = await one.upload();
    assert.deepEqual(one.made, [first]);
    const second = await one.upload();
    assert.deepEqual(one.made, [first]);

    const other = await begin(['thumbnails']);
    assert.deepEqual(other.made, [second]);
    await pass(MAKING_MS - SEARCH_MS, one, other);
    assert.deepEqual(other.made, [second]);
    await pass(2 * SEARCH_MS, one, other);

    assert.deepEqual(other.made, [second, first]);
    await pass(10 * MINUTE_MS, one, other);
    assert.deepEqual([one.made.length, other.made.length], [1, 2]);
  });

  test('of many uploads are made one after the other, and uploads do not wait for them', async () => {
    const one = await begin();
    const steps = Array.from({ length: 50 }, () => Promise.withResolvers<boolean>());
    one.answers.push(...steps.map(({ promise }) => promise));
    const ids: string[] = [];
    while (ids.length < steps.length) ids.push(await one.upload());
    assert.deepEqual(one.made, ids.slice(0, 1));

    for (const [index, step] of steps.entries()) {
      assert.equal(one.made.length, index + 1);
      step.resolve(true);
      await one.harness.settle();
    }

    assert.deepEqual(one.made.toSorted(), ids.toSorted());
  });

  test('that fail are tried again at growing intervals, seven times', async () => {
    const one = await begin();
    one.answers.push(...Array.from({ length: 9 }, () => new Error('damaged')));
    const id = await one.upload();
    await pass(90 * MINUTE_MS, one);

    assert.deepEqual([...new Set(one.made)], [id]);
    const waitsMs = one.madeAtMs.slice(1).map((atMs, index) => atMs - (one.madeAtMs[index] ?? 0));
    assert.deepEqual(waitsMs, [2000, 8000, 32_000, 128_000, 512_000, 2_048_000]);
    const failed = one.harness.logger.filter(({ event }) => event === 'thumbnails.failed');
    assert.deepEqual(
      failed.map((entry) => 'attempts' in entry && entry.attempts),
      [1, 2, 3, 4, 5, 6, 7],
    );
    const next = await one.upload();
    assert.equal(one.made.at(-1), next);
  });

  test('that end their process each time are given up', async () => {
    const node = await begin(WITHOUT);
    await node.upload();
    let attempts = 0;
    for (let time = 0; time < 10; time += 1) {
      const hanging = await begin(['thumbnails'], [NEVER]);
      attempts += hanging.made.length;
      hanging.harness.chat.events.emit('closing');
      await pass(MAKING_MS, node);
    }
    assert.equal(attempts, 7);
  });

  test('wait while the storage is not available, and no file is tried in a row', async () => {
    const one = await begin();
    one.answers.push(
      ...Array.from({ length: 3 }, () => new StoreUnavailable('The bucket is down')),
    );
    const ids = [await one.upload(), await one.upload(), await one.upload()];
    assert.equal(one.made.length, 1);
    await pass(4000, one);
    assert.equal(one.made.length, 1);

    await pass(5 * MINUTE_MS, one);

    assert.deepEqual([...new Set(one.made)].toSorted(), ids.toSorted());
    assert.equal(one.made.length, 6);
  });

  test('of a file that is not in its place yet are made soon, and those of a deleted one never', async () => {
    const one = await begin();
    one.answers.push(Promise.resolve(false));
    const alice = await one.harness.connect('alice');
    await alice.join('lobby');
    const id = await one.upload();
    await pass(2 * SEARCH_MS, one);
    assert.deepEqual(one.made, [id, id]);

    const node = await begin(WITHOUT);
    const deleted = await node.upload();
    const sent = await alice.send('look', { attachments: [{ fileId: deleted }] });
    const { room } = await alice.join('lobby');
    await alice.change(room.id, sent.messageId, { kind: 'deletion' });
    await pass(5 * MINUTE_MS, one, node);
    assert.deepEqual(one.made, [id, id]);
  });
});
