/** The environment of a browser, with the globals that Node has. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browserEnvironment } from '../../src/core/browser-environment.ts';

const UUID_V7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('a new id is a UUID of version 7 with the time at which it was created', () => {
  const { newId, nowMs } = browserEnvironment();
  const before = nowMs();

  const ids = Array.from({ length: 1000 }, newId);

  const after = nowMs();
  for (const id of ids) {
    const [, high, low] = UUID_V7.exec(id) ?? assert.fail(id);
    const time = Number.parseInt(`${high}${low}`, 16);
    assert(time >= before && time <= after);
  }
  assert.equal(new Set(ids).size, ids.length);
});
