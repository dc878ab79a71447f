import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PasskeyChallenges } from '../../../src/domain/accounts/passkey-challenges.ts';
import { systemCrypto } from '../../../src/system/crypto.ts';
import { sealerOf } from '../../../src/system/sealer.ts';

const VALID_MS = 5 * 60 * 1000;

function open() {
  let nowMs = Date.UTC(2026, 0);
  const taken = new Map<string, number>();
  const nodeWith = (...secrets: [string, ...string[]]) =>
    new PasskeyChallenges({
      sealer: sealerOf(secrets, 'passkeys'),
      secrets: systemCrypto,
      clock: { nowMs: () => nowMs },
      attempts: {
        takeOnce: async (key, windowMs) => {
          const isFree = !taken.has(key);
          taken.set(key, windowMs);
          return isFree;
        },
      },
    });
  return {
    ...{ nodeWith, taken },
    pass: (ms: number): void => {
      nowMs += ms;
    },
  };
}

test('a challenge is expected for its purpose, on every node, for five minutes', () => {
  const { nodeWith, pass } = open();
  const [node, other] = [nodeWith('secret'), nodeWith('new', 'secret')];
  const challenge = node.create('sign in');

  assert.equal(other.isExpected('sign in', challenge), true);
  assert.equal(nodeWith('unknown').isExpected('sign in', challenge), false);
  assert.equal(node.isExpected('prove 1', challenge), false);
  assert.equal(node.isExpected('sign in', 'x'.repeat(challenge.length)), false);
  assert.equal(node.isExpected('sign in', ''), false);
  assert.notEqual(node.create('sign in'), challenge);
  pass(VALID_MS - 1);
  assert.equal(node.isExpected('sign in', challenge), true);
  pass(1);
  assert.equal(node.isExpected('sign in', challenge), false);
});

test('it is used once, and kept as a digest for as long as it is valid', async () => {
  const { nodeWith, taken } = open();
  const node = nodeWith('secret');
  const challenge = node.create('sign in');
  assert.equal(taken.size, 0);

  assert.deepEqual([await node.use(challenge), await node.use(challenge)], [true, false]);

  assert.deepEqual([...taken.values()], [VALID_MS]);
  assert.equal([...taken.keys()].join().includes(challenge), false);
});
