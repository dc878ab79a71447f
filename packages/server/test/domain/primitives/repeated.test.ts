import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackgroundTasks } from '../../../src/domain/primitives/background-tasks.ts';
import { type Run, repeated } from '../../../src/domain/primitives/repeated.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const INTERVAL_MS = 1000;
const FIRST_RETRY_MS = 5000;

function scene(work: (run: Run) => Promise<void>) {
  const clock = new FakeClock();
  const failures: unknown[] = [];
  const background = new BackgroundTasks({ record: (entry) => failures.push(entry) });
  const task = repeated({ clock, background }, INTERVAL_MS, work);
  return { ...{ clock, failures, task }, settle: () => background.settle() };
}

test('an interval passes between the end of a run and the next one, a longer one after a failure', async () => {
  let runs = 0;
  const { clock, failures, task, settle } = scene(async () => {
    runs += 1;
    if (runs === 1) throw new Error('store is down');
  });
  task.begin();
  await settle();
  assert.deepEqual([runs, failures.length, clock.timerCount], [1, 1, 1]);
  clock.advance(FIRST_RETRY_MS - 1);
  assert.equal(runs, 1);
  clock.advance(1);
  await settle();
  assert.deepEqual([runs, failures.length], [2, 1]);
  clock.advance(INTERVAL_MS);
  await settle();
  assert.equal(runs, 3);
});

test('work that fails is tried again at growing intervals, until it succeeds', async () => {
  let isDown = true;
  let runs = 0;
  const { clock, task, settle } = scene(async () => {
    runs += 1;
    if (isDown) throw new Error('store is down');
  });
  task.begin();
  for (const [attempt, waitMs] of [5000, 10_000, 20_000, 30_000, 30_000, INTERVAL_MS].entries()) {
    await settle();
    assert.equal(clock.timerCount, 1);
    isDown = attempt < 4;
    clock.advance(waitMs - 1);
    await settle();
    assert.equal(clock.timerCount, 1, `no run before ${waitMs} ms`);
    assert.equal(runs, attempt + 1);
    clock.advance(1);
  }
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

test('work that is there ends the interval, and is followed by a run if it comes during one', async () => {
  let runs = 0;
  let isDown = false;
  const steps = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const { clock, task, settle } = scene(async () => {
    runs += 1;
    await steps[runs - 1]?.promise;
    if (isDown) throw new Error('store is down');
  });
  task.runNow();
  assert.equal(runs, 0);

  task.begin();
  task.runNow();
  task.runNow();
  assert.equal(runs, 1);
  for (const step of steps) step.resolve();
  await settle();
  clock.advance(0);
  await settle();
  assert.equal(runs, 2);
  task.runNow();
  await settle();
  assert.deepEqual([runs, clock.timerCount], [3, 1]);

  isDown = true;
  task.runNow();
  await settle();
  task.runNow();
  clock.advance(FIRST_RETRY_MS - 1);
  assert.equal(runs, 4);
  task.close();
  task.runNow();
  assert.deepEqual([runs, clock.timerCount], [4, 0]);
});
