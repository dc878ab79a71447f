import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathOf } from '../../../src/http/request/token-extraction.ts';

test('returns the path of a request without its query, for every form of request target', () => {
  const targets = ['/ws?token=a', 'http://chat.example/ws?token=a', 'http://chat.example:80/ws'];

  assert.deepEqual(targets.map(pathOf), ['/ws', '/ws', '/ws']);
});
