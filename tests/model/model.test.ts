/** Random histories against the real domain; a failing seed is printed, and added below. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Simulation } from './simulation.ts';
import { loadServer } from './sources.ts';

const HISTORIES = 500;
/** Seeds that found a fault in the past. */
const CASES: readonly number[] = [96, 596, 1950, 2113, 5035];

test(`${HISTORIES} random histories break no promise`, { timeout: 240_000 }, async () => {
  const server = await loadServer();
  const first = Number(process.env['PARLEY_TEST_SEED'] ?? Date.now() % 1_000_000);
  const seeds = [...CASES, ...Array.from({ length: HISTORIES }, (_, index) => first + index)];
  for (const seed of seeds) {
    const { faults } = await new Simulation(server, seed).run();
    assert.deepEqual(faults, [], `seed ${seed}: set PARLEY_TEST_SEED to repeat`);
  }
});
