import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { test } from 'node:test';
import { root } from '../steps.ts';
import { isNightly, NIGHTLY } from './nightly.ts';

for (const { files, guard } of NIGHTLY) {
  test(`${files} stands in for tests that exist, and run with each change`, () => {
    assert.notDeepEqual(globSync(`${files}*`, { cwd: root }), []);
    const [path = ''] = guard.split(',');
    assert.notDeepEqual(globSync(`${path}*`, { cwd: root }), []);
    assert.equal(isNightly(path), false);
  });
}
