import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackgroundTasks } from '../../../src/domain/primitives/background-tasks.ts';
import { type Run, repeated } from '../../../src/domain/primitives/repeated.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const INTERVAL_MS = 1000;

function scene(work: (run: Run) => Promise<void>) {
  const clock = new FakeClock();
  const failures: unknown[] = [];
  const background = new BackgroundTasks({ record: (entry) => failures.push(entry) });
  const task = repeated({ clock, background }, INTERVAL_MS, work);
  return { ...{ clock, failures, task }, settle: () => background.settle() };
}

test('an interval passes between the end of a run and the next one, also after a failure', async () => {
  let runs = 0;
  const { clock, failures, task, settle } = scene(async () => {
    runs += 1;
    if (runs === 1) throw new Error('store is down');
  });
  task.begin();
  await settle();
  assert.deepEqual([runs, failures.length, clock.timerCount], [1, 1, 1]);
  clock.advance(INTERVAL_MS - 1);
  assert.equal(runs, 1);
  clock.advance(1);
  await settle();
  assert.deepEqual([runs, failures.length], [2, 1]);
});

test('the first run can wait for an interval', () => {
  let runs = 0;
  const { clock, task } = scene(async () => {
    runs += 1;
  });
  task.beginLater();
  assert.equal(runs, 0);
  clock.advance(INTERVAL_MS);
  assert.equal(runs, 1);
});

test('closing ends a pause of running work, and no run follows', async () => {
  let wasClosed: boolean | undefined;
  const { clock, task, settle } = scene(async (run) => {
    await run.pause(100);
    wasClosed = run.isClosed;
  });
  task.begin();
  task.close();
  await settle();
  assert.deepEqual([wasClosed, clock.timerCount], [true, 0]);
});
