/** Random histories on three nodes; a file of its own, so that it runs beside `model.test.ts`. */
import { test } from 'node:test';
import { repetitions } from '../support/repetitions.ts';
import { expectPromisesKept, seedsFrom } from './histories.ts';

const HISTORIES = repetitions(15, 500);

test(`${HISTORIES} random histories on three nodes break no promise`, () =>
  expectPromisesKept(seedsFrom(10_001, HISTORIES), { nodeCount: 3 }));
