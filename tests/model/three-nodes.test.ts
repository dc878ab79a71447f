/** Random histories on three nodes; a file of its own, so that it runs beside `model.test.ts`. */
import { test } from 'node:test';
import { expectPromisesKept, seedsFrom } from './histories.ts';

test('500 random histories on three nodes break no promise', () =>
  expectPromisesKept(seedsFrom(10_001, 500), { nodeCount: 3 }));
