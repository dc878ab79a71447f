import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConcurrencyLimiter } from '../../../src/domain/primitives/concurrency-limiter.ts';

describe('ConcurrencyLimiter', () => {
  test('runs at most its limit at once, and the rest in order', async () => {
    const runner = new ConcurrencyLimiter({ atOnceMax: 2, waitingMax: 10 });
    const started: number[] = [];
    const gates = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
    const runs = gates.map((gate, index) =>
      runner.run('alice', async () => {
        started.push(index);
        await gate.promise;
      }),
    );
    assert.deepEqual(started, [0, 1]);

    gates[1]?.resolve();
    await runs[1];
    await Promise.resolve();

    assert.deepEqual(started, [0, 1, 2]);
    for (const gate of gates) gate.resolve();
    await Promise.all(runs);
    assert.deepEqual(started, [0, 1, 2, 3]);
  });

  test("rejects work beyond the queue's limit", async () => {
    const runner = new ConcurrencyLimiter({ atOnceMax: 1, waitingMax: 1 });
    const gate = Promise.withResolvers<void>();
    const runs = [1, 2].map(() => runner.run('alice', () => gate.promise));

    await assert.rejects(
      runner.run('alice', () => gate.promise),
      { code: 'UNAVAILABLE' },
    );

    gate.resolve();
    await Promise.all(runs);
  });

  test('continues after failed work', async () => {
    const runner = new ConcurrencyLimiter({ atOnceMax: 1, waitingMax: 1 });

    await assert.rejects(
      runner.run('alice', () => Promise.reject(new Error('broken'))),
      /broken/,
    );

    assert.equal(await runner.run('alice', async () => 'fine'), 'fine');
  });

  test('gives each key its turn, however much another key queues', async () => {
    const runner = new ConcurrencyLimiter({ atOnceMax: 1, waitingMax: 10 });
    const done: string[] = [];
    const work = (name: string) => async () => {
      done.push(name);
    };
    const runs = ['a1', 'a2', 'a3', 'a4'].map((name) => runner.run('alice', work(name)));
    runs.push(runner.run('bob', work('b1')), runner.run('carol', work('c1')));

    await Promise.all(runs);

    assert.deepEqual(done, ['a1', 'a2', 'b1', 'c1', 'a3', 'a4']);
  });

  test('drops the excess work of the key that has most', async () => {
    const runner = new ConcurrencyLimiter({ atOnceMax: 1, waitingMax: 4 });
    const gate = Promise.withResolvers<void>();
    const run = (key: string) =>
      runner
        .run(key, () => gate.promise)
        .then(
          () => key,
          ({ code }) => code,
        );
    const flood = Array.from({ length: 8 }, () => run('alice'));
    const others = [run('bob'), run('carol'), run('bob')];

    gate.resolve();

    assert.deepEqual(await Promise.all(others), ['bob', 'carol', 'UNAVAILABLE']);
    const outcomes = await Promise.all(flood);
    assert.equal(outcomes.filter((outcome) => outcome === 'alice').length, 3);
  });
});
