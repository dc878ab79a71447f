import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptKey } from '../../../src/node/handshake/accept-key.ts';

test('the key of RFC 6455 section 1.3 gives its accept value', () => {
  assert.equal(acceptKey('dGhlIHNhbXBsZSBub25jZQ=='), 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
});
