import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConcatCache } from '../../../src/node/send/concat-cache.ts';
import { bytes } from '../../support/bytes.ts';

const one = bytes('01');
const two = bytes('02');

test('chunks are joined in order', () => {
  assert.deepEqual(new ConcatCache().join([one, two]), bytes('0102'));
});

test('the same chunks are joined once and shared', () => {
  const cache = new ConcatCache();

  assert.equal(cache.join([one, two]), cache.join([one, two]));
});

test('other chunks, or the same in another order or number, are not the same', () => {
  const cache = new ConcatCache();

  assert.deepEqual(cache.join([one, two]), bytes('0102'));
  assert.deepEqual(cache.join([two, one]), bytes('0201'));
  assert.deepEqual(cache.join([two, one, one]), bytes('020101'));
  assert.deepEqual(cache.join([two, bytes('01')]), bytes('0201'));
});
