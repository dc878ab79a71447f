import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestPath } from '../../src/protocol/request-path.ts';

const CASES: readonly [target: string | undefined, path: string][] = [
  ['/ws', '/ws'],
  ['/ws?token=1', '/ws'],
  ['/ws?to=http://a/b', '/ws'],
  ['/', '/'],
  ['http://host/ws', '/ws'],
  ['http://host:80/ws/a?b', '/ws/a'],
  ['HTTPS://[::1]:443/ws', '/ws'],
  ['ws://host/ws', '/ws'],
  ['http://host', '/'],
  ['http://host?a=/ws', '/'],
  // In origin form, a path may look like an authority or an absolute URL.
  ['//host/ws', '//host/ws'],
  ['/http://host/ws', '/http://host/ws'],
  ['*', '*'],
  [undefined, '/'],
];

for (const [target, path] of CASES) {
  test(`the path of ${target} is ${path}`, () => assert.equal(requestPath(target), path));
}
