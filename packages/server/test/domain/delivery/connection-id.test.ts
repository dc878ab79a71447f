import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemCrypto } from '../../../src/system/crypto.ts';
import { ChatHarness } from '../../support/chat-harness.ts';

test('a connection id that is drawn twice is logged and not reused', async () => {
  const drawn = ['first', 'first', 'second'];
  const secrets = { ...systemCrypto, newRandomId: () => drawn.shift() ?? 'none left' };
  const harness = new ChatHarness({ secrets });

  const alice = await harness.connect('alice');
  const bob = await harness.connect('bob');

  assert.deepEqual([alice.connection.id, bob.connection.id], ['first', 'second']);
  assert.equal(harness.chat.connections.count, 2);
  const warnings = harness.logger.filter(({ event }) => event === 'connection.duplicate');
  assert.deepEqual(warnings, [{ event: 'connection.duplicate', connectionId: 'first' }]);
});
