/**
 * Bursts of invalid traffic in all dialects and over HTTP, the same in each run;
 * `npm run fuzz -- --target dialects` runs longer, with other seeds.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { repetitions } from '../support/repetitions.ts';
import { type Defect, fuzzDialects } from './fuzz.ts';

const SEED = 20_261_121;
/** A count: a number of seconds would reach other bursts on a faster machine. */
const BURSTS = repetitions(150, 400);

test(`${BURSTS} bursts of invalid input do not stop, break or delay the server`, async (t) => {
  const defects: Defect[] = [];

  const figures = await fuzzDialects({
    seed: SEED,
    isEnough: ({ bursts }) => bursts >= BURSTS,
    onDefect: (defect) => defects.push(defect),
  });

  t.diagnostic(JSON.stringify(figures));
  assert.deepEqual(defects, []);
});
