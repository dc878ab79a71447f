/**
 * Random histories against the real domain, on one to four nodes; a failing seed is printed, and
 * added below.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Simulation } from './simulation.ts';
import { loadServer } from './sources.ts';

const HISTORIES = 2000;
/** Seeds that found a fault in the past, on one node, on two and on three. */
const CASES = [
  [96, 596, 1950, 2113, 5035],
  [54, 134, 223, 1025, 500789],
  [18, 1015],
] as const;

test(`${HISTORIES} random histories break no promise`, { timeout: 600_000 }, async () => {
  const server = await loadServer();
  const first = Number(process.env['PARLEY_TEST_SEED'] ?? Date.now() % 1_000_000);
  for (const [index, seeds] of CASES.entries()) {
    for (const seed of seeds) {
      const { faults } = await new Simulation(server, seed, { nodeCount: index + 1 }).run();
      assert.deepEqual(faults, [], `case ${seed} on ${index + 1} nodes`);
    }
  }
  for (let seed = first; seed < first + HISTORIES; seed += 1) {
    const { faults } = await new Simulation(server, seed).run();
    assert.deepEqual(faults, [], `seed ${seed}: set PARLEY_TEST_SEED to repeat`);
  }
});
