import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findInTest } from './check-tests.ts';

for (const line of [
  'const seed = Math.floor(Math.random() * 2 ** 31);',
  'while (performance.now() < endMs) send();',
  '  isEnough: () => performance.now() >= endMs,',
  "describe('a page', { skip, timeout: 240_000 }, () => {",
  'SELECT pid FROM pg_locks WHERE NOT granted',
]) {
  test(`finds: ${line}`, () => assert.equal(findInTest(line).length, 1));
}

for (const line of [
  'repetitions(FIXED_SEED, randomInt(2 ** 32))',
  'new DatabaseSync(path, { timeout: 10_000 });',
  'SELECT pid FROM pg_stat_activity WHERE datname = current_database()',
]) {
  test(`accepts: ${line}`, () => assert.deepEqual(findInTest(line), []));
}
