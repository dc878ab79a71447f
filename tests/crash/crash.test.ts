/** Clients survive kills of the server, its thread and its database, and restored copies. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { postgresSkip } from '../../packages/server/test/support/test-database.ts';
import { repetitions } from '../support/repetitions.ts';
import { type CrashRunOptions, runCrashes } from './crash-run.ts';

/** The first of them continues on a copy of the database. */
const ROUNDS = repetitions(1, 10);
/** Another one each night. */
const FIXED_SEED = 1;

test(`${ROUNDS} rounds of kills on SQLite: the checker finds no violation`, () =>
  survive('sqlite'));

test(
  `${ROUNDS} rounds of kills on PostgreSQL, of it too: the checker finds no violation`,
  {
    skip: postgresSkip(),
  },
  () => survive('postgres'),
);

async function survive(store: CrashRunOptions['store']): Promise<void> {
  const seed = Number(
    process.env['PARLEY_TEST_SEED'] ?? repetitions(FIXED_SEED, Date.now() % 1_000_000),
  );
  const report = await runCrashes({ rounds: ROUNDS, seed, store });
  assert.deepEqual(report.faults, [], `seed ${seed}: set PARLEY_TEST_SEED to repeat`);
  assert.ok(report.acknowledged > 50 * ROUNDS, `only ${report.acknowledged} acknowledgements`);
  assert.ok(report.restores > 0);
  if (store === 'sqlite') assert.ok(report.writerDeaths > 0, 'the writing thread never died');
  else assert.ok(0 < report.storeKills && report.storeKills < report.kills, 'both were killed');
}
