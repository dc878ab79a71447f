/**
 * Some seconds of invalid traffic in all dialects and over HTTP, the same in each run;
 * `npm run fuzz -- --target dialects` runs longer, with other seeds.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Defect, fuzzDialects } from './fuzz.ts';

const SEED = 20_261_121;
const SECONDS = 8;

test(`${SECONDS} seconds of invalid input do not stop, break or delay the server`, {
  timeout: 120_000,
}, async (t) => {
  const defects: Defect[] = [];
  let endMs: number | undefined;

  const figures = await fuzzDialects({
    seed: SEED,
    isEnough: () => {
      // Counted from the moment the server runs.
      endMs ??= performance.now() + SECONDS * 1000;
      return performance.now() >= endMs;
    },
    onDefect: (defect) => defects.push(defect),
  });

  t.diagnostic(JSON.stringify(figures));
  assert.deepEqual(defects, []);
});
