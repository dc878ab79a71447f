/** Shows that the random histories work: they find every planted fault. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { repetitions } from '../support/repetitions.ts';
import { PLANTED_FAULTS, type PlantedFault } from './planted-faults.ts';
import { PlantedSources } from './planted-sources.ts';
import { Simulation } from './simulation.ts';
import type { ServerModules } from './sources.ts';

/** A change of the server's timing can hide a fault from the seeds near the one that found it last. */
const HISTORIES_MAX = 1_000;
/** Histories after which a test proposes another seed, so that the suite stays fast. */
const HISTORIES_FEW = 20;
/** The first of every few, all of them each night. */
const EVERY = repetitions(8, 1);
const sources = new PlantedSources();

describe('random histories detect a server that', () => {
  for (const fault of PLANTED_FAULTS.filter((_fault, index) => index % EVERY === 0)) {
    test(fault.name, async () => {
      const seed = await findFailingSeed(await sources.load(fault), fault);

      assert.ok(seed !== undefined, `not found by ${HISTORIES_MAX} histories`);
      if (seed > (fault.firstSeed ?? 1) + HISTORIES_FEW) {
        console.log(`'${fault.name}' is found by seed ${seed}: set it as firstSeed`);
      }
      const isFoundWithout = await fails(await sources.loadRight(), seed, fault);
      assert.equal(isFoundWithout, false, `seed ${seed} fails without the fault, too`);
    });
  }
});

async function findFailingSeed(
  server: ServerModules,
  fault: PlantedFault,
): Promise<number | undefined> {
  const { firstSeed: first = 1 } = fault;
  for (let seed = first; seed < first + HISTORIES_MAX; seed += 1) {
    if (await fails(server, seed, fault)) return seed;
  }
  return undefined;
}

function fails(
  server: ServerModules,
  seed: number,
  { nodeCount = 1 }: PlantedFault,
): Promise<boolean> {
  return new Simulation(server, seed, { nodeCount }).run().then(
    ({ faults }) => faults.length > 0,
    // The run does not come to rest, or a valid command is rejected.
    () => true,
  );
}
