import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ZlibQueue } from '../../../src/node/deflate/zlib-queue.ts';
import { turns } from '../../support/wait.ts';

test('at most the limit runs at one time, the rest waits in order', async () => {
  const queue = new ZlibQueue(2);
  const jobs = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const started: number[] = [];
  const results = jobs.map((job, number) =>
    queue.run(async () => {
      started.push(number);
      await job.promise;
      return number;
    }),
  );
  await turns();
  assert.deepEqual(started, [0, 1]);
  assert.deepEqual(queue.jobs, { active: 2, waiting: 3 });

  jobs[1]?.resolve();
  await turns();
  assert.deepEqual(started, [0, 1, 2]);
  for (const job of jobs) job.resolve();

  assert.deepEqual(await Promise.all(results), [0, 1, 2, 3, 4]);
  assert.deepEqual(queue.jobs, { active: 0, waiting: 0 });
});

test('a job that fails passes its slot on', async () => {
  const queue = new ZlibQueue(1);

  const failed = queue.run(() => Promise.reject(new Error('boom')));
  const next = queue.run(() => Promise.resolve('next'));

  await assert.rejects(failed, /boom/);
  assert.equal(await next, 'next');
  assert.equal(queue.jobs.active, 0);
});
