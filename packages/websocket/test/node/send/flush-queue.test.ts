import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Flushable, FlushQueue } from '../../../src/node/send/flush-queue.ts';
import { turns } from '../../support/wait.ts';

test('connections added in one turn are flushed at its end, in order', async () => {
  const queue = new FlushQueue();
  const flushed: number[] = [];

  for (const number of [1, 2, 3]) queue.add({ flush: () => flushed.push(number) });

  assert.deepEqual(flushed, []);
  await turns(1);
  assert.deepEqual(flushed, [1, 2, 3]);
});

test('a turn flushes 64, and the event loop continues before the next', async () => {
  const queue = new FlushQueue();
  let flushed = 0;

  for (let count = 0; count < 150; count += 1) queue.add({ flush: () => (flushed += 1) });

  const afterEachTurn: number[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    await turns(1);
    afterEachTurn.push(flushed);
  }
  assert.deepEqual(afterEachTurn, [64, 128, 150]);
});

test('a connection added during a flush is flushed on the next turn', async () => {
  const queue = new FlushQueue();
  const flushed: string[] = [];
  const second: Flushable = { flush: () => flushed.push('second') };
  queue.add({
    flush: () => {
      flushed.push('first');
      queue.add(second);
    },
  });

  await turns(1);
  assert.deepEqual(flushed, ['first']);
  await turns(1);
  assert.deepEqual(flushed, ['first', 'second']);
});

test('who keeps the reply batch is flushed before the next user, or at the end of the turn', async () => {
  const queue = new FlushQueue();
  const flushed: string[] = [];

  queue.keepReplyBatch({ flush: () => flushed.push('first') });
  queue.acquireReplyBatch();
  assert.deepEqual(flushed, ['first']);
  queue.keepReplyBatch({ flush: () => flushed.push('second') });
  assert.deepEqual(flushed, ['first']);
  await turns(1);

  assert.deepEqual(flushed, ['first', 'second']);
});

test('under steady load it keeps nothing that was flushed', async () => {
  const queue = new FlushQueue();
  let isLoaded = true;
  const busy: Flushable[] = Array.from({ length: 100 }, () => ({
    flush() {
      if (isLoaded) queue.add(this);
    },
  }));
  for (const each of busy) queue.add(each);
  let flushed = 0;
  const gone = (() => {
    const once: Flushable = { flush: () => (flushed += 1) };
    queue.add(once);
    return new WeakRef(once);
  })();

  await turns(10);

  assert.equal(flushed, 1);
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  assert.equal(gone.deref(), undefined);
  isLoaded = false;
});
