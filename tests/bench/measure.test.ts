import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Bench, Work } from '../../bench/harness/bench.ts';
import { measure } from '../../bench/harness/measure.ts';

const OPTIONS = {
  throttle: { warmUpCpuMs: 1, windowCpuMs: 1, phaseMsMax: 1 },
  rounds: 1,
  note: () => {},
};

/** Records what happens; each subject takes two turns, and the one named `broken` fails in its first. */
function benchOf(subjects: readonly string[], isInTurns: boolean): [Bench, string[]] {
  const log: string[] = [];
  const run: Work['run'] = async (subject, _, turns) => {
    for (const turn of [1, 2]) {
      await turns.take(async () => {
        log.push(`${subject} begins ${turn}`);
        await Promise.resolve();
        log.push(`${subject} ends ${turn}`);
        if (subject === 'broken') throw new Error('it broke');
      });
    }
    return { values: { cost: 1 } };
  };
  const metrics = { cost: { unit: 'us', ratio: 'less-is-gain' } } as const;
  const work: Work = { name: 'echo', subjects, metrics, isInTurns, run };
  return [{ name: 'engine', peer: 'ws', works: [work] }, log];
}

const turn = (name: string) => {
  const [subject, number] = name.split(' ');
  return [`${subject} begins ${number}`, `${subject} ends ${number}`];
};

describe('a round of a benchmark', () => {
  test('lets subjects take turns, so that they share fast and slow times of the machine', async () => {
    const [bench, log] = benchOf(['parley', 'ws'], true);

    await measure(bench, OPTIONS);

    assert.deepEqual(log, ['parley 1', 'ws 1', 'parley 2', 'ws 2'].flatMap(turn));
  });

  test('runs one subject after the other if they do not take turns', async () => {
    const [bench, log] = benchOf(['parley', 'ws'], false);

    await measure(bench, OPTIONS);

    assert.deepEqual(log, ['parley 1', 'parley 2', 'ws 1', 'ws 2'].flatMap(turn));
  });

  test('goes on with the others if one fails', async () => {
    const [bench, log] = benchOf(['broken', 'ws'], true);

    const { measured, faults } = await measure(bench, OPTIONS);

    assert.deepEqual(log, ['broken 1', 'ws 1', 'ws 2'].flatMap(turn));
    assert.deepEqual(faults, [{ work: 'echo', subject: 'broken', reason: 'it broke' }]);
    assert.equal(measured[0]?.samples.get('ws')?.length, 1);
  });
});
