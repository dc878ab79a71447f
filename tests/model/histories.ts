/** Runs histories from given seeds, and fails with the seed of the first that breaks a promise. */
import assert from 'node:assert/strict';
import { Simulation, type SimulationOptions } from './simulation.ts';
import { loadServer } from './sources.ts';

/** Without `nodeCount`, the seed chooses the number of nodes. */
export async function expectPromisesKept(
  seeds: Iterable<number>,
  options: Pick<SimulationOptions, 'nodeCount' | 'doNodesCollide'> = {},
): Promise<void> {
  const server = await loadServer();
  for (const seed of seeds) {
    const { faults } = await new Simulation(server, seed, options).run();
    const nodes = options.nodeCount === undefined ? '' : ` --nodes ${options.nodeCount}`;
    const owners = options.doNodesCollide === false ? ' --no-owners' : '';
    assert.deepEqual(faults, [], `npm run model -- --histories 1 --seed ${seed}${nodes}${owners}`);
  }
}

export function* seedsFrom(first: number, count: number): Generator<number> {
  for (let seed = first; seed < first + count; seed += 1) yield seed;
}
