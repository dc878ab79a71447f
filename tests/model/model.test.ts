/**
 * Random histories against the real domain. The seeds are fixed, so that a change of the code is
 * the only reason for a failure; `npm run model` searches among others, and a seed that fails is
 * added to `PAST_FAULTS`.
 */
import { test } from 'node:test';
import { repetitions } from '../support/repetitions.ts';
import { expectPromisesKept, seedsFrom } from './histories.ts';

const HISTORIES = repetitions(15, 1_000);

/**
 * Seeds that found a fault in the past: on as many nodes as they choose, on one to four. Nodes did not
 * hand messages over then.
 */
const PAST_FAULTS = [
  { seeds: [748833, 831491] },
  { nodeCount: 1, seeds: [96, 596, 1950, 2113, 5035] },
  { nodeCount: 2, seeds: [54, 134, 223, 1025, 500789, 811452, 811763] },
  {
    nodeCount: 3,
    seeds: [18, 27, 28, 122, 318, 456, 461, 647, 1015, 1018, 600190, 600532, 612674, 614794],
  },
  { nodeCount: 4, seeds: [820789, 822669, 862505] },
];

for (const { seeds, ...options } of PAST_FAULTS) {
  const nodes = options.nodeCount === undefined ? 'their nodes' : `${options.nodeCount} nodes`;
  test(`seeds that found faults on ${nodes} find none`, () =>
    expectPromisesKept(seeds, { ...options, doNodesCollide: false }));
}

test('seeds that found faults of handed-over messages find none', () =>
  expectPromisesKept([387742]));

test(`${HISTORIES} random histories on one to four nodes break no promise`, () =>
  expectPromisesKept(seedsFrom(1, HISTORIES)));
