import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { engineBench } from '../../bench/engine/bench.ts';
import { pickWorks } from '../../bench/harness/pick-works.ts';

const OPTIONAL_WORK = 'broadcast 128 B to 10000 d16';
const OPTIONAL_SUBJECT = 'parley-loop';

describe('the works of a benchmark', () => {
  test('include optional ones and optional subjects only if they are named', () => {
    const { works: usual } = pickWorks(engineBench, {});
    assert.ok(usual.length > 0);
    assert.ok(usual.every(({ name }) => name !== OPTIONAL_WORK));
    assert.ok(usual.every(({ subjects }) => !subjects.includes(OPTIONAL_SUBJECT)));

    const picks = { works: OPTIONAL_WORK, subjects: `ws,${OPTIONAL_SUBJECT}` };
    const { works: named } = pickWorks(engineBench, picks);
    assert.deepEqual(
      named.map(({ name, subjects }) => [name, subjects]),
      [[OPTIONAL_WORK, ['ws', OPTIONAL_SUBJECT]]],
    );
  });
});
