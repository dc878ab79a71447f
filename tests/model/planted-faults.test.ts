/** Shows that the random histories work: they find every planted fault. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PLANTED_FAULTS, type PlantedFault, withPlanted } from './planted-faults.ts';
import { Simulation } from './simulation.ts';
import { loadServer } from './sources.ts';

const HISTORIES_MAX = 200;

describe('random histories detect a server that', { timeout: 800_000 }, () => {
  for (const fault of PLANTED_FAULTS) {
    test(fault.name, async () => {
      const seed = await withPlanted(fault, (sources) => findFailingSeed(sources, fault));
      assert.ok(seed !== undefined, `not found by ${HISTORIES_MAX} histories`);
    });
  }
});

async function findFailingSeed(
  sources: string,
  { firstSeed: first = 1, nodeCount = 1 }: PlantedFault,
): Promise<number | undefined> {
  const server = await loadServer(sources);
  for (let seed = first; seed < first + HISTORIES_MAX; seed += 1) {
    const found = await new Simulation(server, seed, { nodeCount }).run().then(
      ({ faults }) => faults.length > 0,
      // The run does not come to rest, or a valid command is rejected.
      () => true,
    );
    if (found) return seed;
  }
  return undefined;
}
