import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { BackgroundTasks } from '../../../src/domain/primitives/background-tasks.ts';
import { BatchedWork } from '../../../src/domain/primitives/batched-work.ts';
import type { LogRecord } from '../../../src/ports/logger.ts';
import { StoreUnavailable } from '../../../src/ports/store.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const RETRY_MS = 1000;
const WAITING_MAX = 100_000;

describe('batched work', () => {
  let clock: FakeClock;
  let logged: LogRecord[];
  let background: BackgroundTasks;
  let batches: string[][];
  /** Outcome of a batch. */
  let answer: () => Promise<void>;
  let work: BatchedWork<string, string>;
  beforeEach(() => {
    clock = new FakeClock();
    logged = [];
    background = new BackgroundTasks({ record: (entry) => logged.push(entry) });
    batches = [];
    answer = async () => {};
    const run = async (items: readonly string[]) => {
      batches.push([...items]);
      await answer();
    };
    work = new BatchedWork({ clock, background, batchMax: 3, run });
  });
  const add = (...keys: string[]) => {
    for (const key of keys) work.add(key, key);
  };

  test('puts the items of one turn into a batch, up to the maximum', async () => {
    add('a', 'b', 'c', 'd');
    await background.settle();

    assert.deepEqual(batches, [['a', 'b', 'c'], ['d']]);
  });

  test('does one batch at a time', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    answer = () => promise;
    add('a');
    await Promise.resolve();
    add('b');
    add('c');
    await Promise.resolve();
    assert.deepEqual(batches, [['a']]);

    resolve();
    await background.settle();

    assert.deepEqual(batches, [['a'], ['b', 'c']]);
  });

  test('replaces an item of the same key that waits', async () => {
    work.add('a', 'old');
    work.add('a', 'new');
    await background.settle();

    assert.deepEqual(batches, [['new']]);
  });

  test('repeats a batch later while the store is unavailable, with the newest items', async () => {
    answer = () => Promise.reject(new StoreUnavailable('down'));
    work.add('a', 'old');
    work.add('b', 'old');
    await background.settle();
    work.add('a', 'new');
    await background.settle();
    assert.deepEqual(batches, [['old', 'old']]);

    answer = async () => {};
    clock.advance(RETRY_MS);
    await background.settle();

    assert.deepEqual(batches.slice(1), [['old', 'new']]);
    assert.equal(logged.length, 1);
  });

  test('logs another failure, and goes on with the next batch', async () => {
    answer = () => Promise.reject(new Error('a defect'));
    add('a', 'b', 'c', 'd');
    await background.settle();

    assert.deepEqual(batches, [['a', 'b', 'c'], ['d']]);
    assert.equal(logged.length, 2);
    assert.equal(clock.timerCount, 0);
  });

  test('tries waiting items once more when it is closed', async () => {
    answer = () => Promise.reject(new StoreUnavailable('down'));
    add('a');
    await background.settle();
    work.close();
    await background.settle();

    assert.deepEqual(batches, [['a'], ['a']]);
    assert.equal(clock.timerCount, 0);
  });

  test('drops the oldest if too many wait', async () => {
    work = new BatchedWork({
      ...{ clock, background, batchMax: WAITING_MAX },
      run: async (items) => {
        batches.push([...items]);
      },
    });
    for (let n = 0; n <= WAITING_MAX; n += 1) work.add(`${n}`, `${n}`);
    await background.settle();

    const [batch = []] = batches;
    assert.deepEqual([batches.length, batch.length, batch[0]], [1, WAITING_MAX, '1']);
  });
});
