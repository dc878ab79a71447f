import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasToken, isToken, valuesOf } from '../../src/protocol/header-grammar.ts';

test('fields are found by their name in lower case, with every value in order', () => {
  const fields = ['Host', 'a', 'X-Key', ' 1 ', 'x-kEY', '2'];

  assert.deepEqual(valuesOf(fields, 'host'), ['a']);
  assert.deepEqual(valuesOf(fields, 'x-key'), ['1', '2']);
  assert.equal(valuesOf(fields, 'y-key'), undefined);
});

test('a token is found in any list, letter case and field', () => {
  assert.equal(hasToken(['keep-alive, Upgrade'], 'upgrade'), true);
  assert.equal(hasToken(['keep-alive', ' UPGRADE '], 'upgrade'), true);
});

test('a token is not found inside another token, or without the field', () => {
  assert.equal(hasToken(['upgrade-insecure', 'xupgrade'], 'upgrade'), false);
  assert.equal(hasToken(undefined, 'upgrade'), false);
});

test('a token has no blanks, separators or characters outside ASCII', () => {
  assert.equal(isToken("a!#$%&'*+-.^_`|~9Z"), true);
  for (const text of ['', 'a b', 'a,b', 'a;b', 'a=b', '"a"', 'a/b', 'é', 'a\n']) {
    assert.equal(isToken(text), false, JSON.stringify(text));
  }
});
