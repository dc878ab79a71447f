/** Planted faults quote source lines: a rename must change the quote too. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PLANTED_FAULTS, plant } from './planted-faults.ts';

for (const fault of PLANTED_FAULTS) {
  test(`${fault.file} contains exactly once the code of a server that ${fault.name}`, () => {
    assert.doesNotThrow(() => plant(fault));
  });
}
