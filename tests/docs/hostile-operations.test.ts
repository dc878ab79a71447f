/** Every operation of the tables is attacked by `npm run hostile -- operations`, with inputs that its schema allows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMANDS } from '@parley/protocol/commands';
import { decodeClientFrame } from '@parley/protocol/validators';
import { API_OPERATIONS } from '../../packages/server/src/http/openapi/api-operations.ts';
import { listOperations, UNBUILT } from '../hostile/operations/list.ts';

const operations = listOperations();
/** The places of the scene, which an attack fills. */
const PLACE = /\{[a-zA-Z]+\d*\}/g;
const ID = '0199f2a4-5b1c-7d3e-8f60-718293a4b5c6';

test('an operation is attacked, or has a reason why no input is built for it', () => {
  const names = [...Object.keys(COMMANDS), ...Object.keys(API_OPERATIONS)];
  const known = new Set([...operations.map(({ name }) => name), ...Object.keys(UNBUILT)]);
  assert.deepEqual([...known].sort(), [...new Set(names)].sort());
  for (const { name, requests, unbuildable } of operations) {
    const advice =
      'give its field a row in TEXTS of inputs.ts, or the operation a reason in UNBUILT of list.ts';
    assert.ok(requests.length > 0, `${name}: ${unbuildable}: ${advice}`);
  }
});

for (const { name, requests } of operations.filter((each) => each.name in COMMANDS)) {
  test(`an input of ${name} is valid, and none is small`, () => {
    const sizes = requests.map(({ body }) => {
      const payload = JSON.parse(JSON.stringify(body).replaceAll(PLACE, ID));
      const { kind } = decodeClientFrame({ type: name, payload });
      return kind === 'frame' ? JSON.stringify(body).length : 0;
    });
    const example = JSON.stringify(requests.at(-1)?.body ?? {}).length;
    assert.ok(Math.max(...sizes) > 0, 'no input is valid');
    assert.ok(Math.max(...sizes) >= example, 'the largest valid input is smaller than the example');
  });
}
