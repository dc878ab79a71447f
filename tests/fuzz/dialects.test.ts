/**
 * Some seconds of broken traffic in all dialects and over HTTP, the same each time;
 * `npm run fuzz -- --target dialects` goes on for longer, with other seeds.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Defect, fuzzDialects } from './fuzz.ts';

const SEED = 20_261_121;
const SECONDS = 8;

test(`${SECONDS} seconds of broken input stop, fail and delay nothing`, {
  timeout: 120_000,
}, async (t) => {
  const defects: Defect[] = [];
  let endMs: number | undefined;

  const figures = await fuzzDialects({
    seed: SEED,
    isEnough: () => {
      // Counted from when the server runs.
      endMs ??= performance.now() + SECONDS * 1000;
      return performance.now() >= endMs;
    },
    onDefect: (defect) => defects.push(defect),
  });

  t.diagnostic(JSON.stringify(figures));
  assert.deepEqual(defects, []);
});
