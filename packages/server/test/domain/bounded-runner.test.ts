import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BoundedRunner } from '../../src/domain/bounded-runner.ts';

describe('BoundedRunner', () => {
  test('runs no more at once than it may, and the rest in their order', async () => {
    const runner = new BoundedRunner({ atOnceMax: 2, waitingMax: 10 });
    const started: number[] = [];
    const gates = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
    const runs = gates.map((gate, index) =>
      runner.run(async () => {
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

  test('refuses what is beyond those who may wait', async () => {
    const runner = new BoundedRunner({ atOnceMax: 1, waitingMax: 1 });
    const gate = Promise.withResolvers<void>();
    const runs = [1, 2].map(() => runner.run(() => gate.promise));

    await assert.rejects(
      runner.run(() => gate.promise),
      { code: 'UNAVAILABLE' },
    );

    gate.resolve();
    await Promise.all(runs);
  });

  test('goes on after work that failed', async () => {
    const runner = new BoundedRunner({ atOnceMax: 1, waitingMax: 1 });

    await assert.rejects(
      runner.run(() => Promise.reject(new Error('broken'))),
      /broken/,
    );

    assert.equal(await runner.run(async () => 'fine'), 'fine');
  });
});
