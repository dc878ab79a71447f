import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { blurPixels } from '../../src/files/blur-pixels.ts';

const WHITE = '00TSUA';

test('a BlurHash is a picture', () => {
  assert.deepEqual(
    [...(blurPixels(WHITE, 2) ?? [])],
    Array.from({ length: 16 }, () => 255),
  );
});

test('a malformed one is none', () => {
  const malformed = ['', 'L', WHITE.slice(1), `${WHITE}0`, '"0TSUA', '⚫0TSUA'];
  for (const hash of [...malformed, undefined, null, 7, {}]) {
    assert.equal(blurPixels(hash, 4), undefined, String(hash));
  }
});

test('whatever it is, it does not throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.anything()), (hash) => {
      blurPixels(hash, 2);
    }),
  );
});
