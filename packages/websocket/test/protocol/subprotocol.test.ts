import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseSubprotocol, parseSubprotocols } from '../../src/protocol/subprotocol.ts';

test('offers keep their order, over several fields', () => {
  assert.deepEqual(parseSubprotocols(['chat.v2 , chat.v1', 'superchat']), [
    'chat.v2',
    'chat.v1',
    'superchat',
  ]);
});

test('a repeated offer, or one that is not a token, is malformed', () => {
  for (const value of ['', ',', 'a, a', 'a b', 'a;b', 'a, "b"']) {
    assert.equal(parseSubprotocols([value]), undefined, value);
  }
});

test('the order of the server decides', () => {
  assert.equal(chooseSubprotocol(['v1', 'v2'], ['v3', 'v2', 'v1']), 'v2');
});

test('nothing is selected without a common subprotocol', () => {
  assert.equal(chooseSubprotocol(['v1'], ['v2']), undefined);
  assert.equal(chooseSubprotocol([], ['v2']), undefined);
});
