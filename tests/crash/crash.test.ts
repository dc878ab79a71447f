/** Clients live through kills of the server; nothing of what they saw breaks a promise. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { runCrashes } from './crash-run.ts';

test('ten rounds of kills on SQLite: the checker finds no fault', {
  timeout: 240_000,
}, async () => {
  const seed = Number(process.env['PARLEY_TEST_SEED'] ?? Date.now() % 1_000_000);
  const report = await runCrashes({ rounds: 10, seed, dataDirectory: temporaryDirectory() });
  assert.deepEqual(report.faults, [], `seed ${seed}: set PARLEY_TEST_SEED to repeat`);
  assert.ok(report.acknowledged > 500, `only ${report.acknowledged} acknowledgements`);
});
