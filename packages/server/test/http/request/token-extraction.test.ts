import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathOf } from '../../../src/http/request/token-extraction.ts';

test('the path of a request is told without its query, in whatever form its target came', () => {
  const targets = ['/ws?token=a', 'http://chat.example/ws?token=a', 'http://chat.example:80/ws'];

  assert.deepEqual(targets.map(pathOf), ['/ws', '/ws', '/ws']);
});
