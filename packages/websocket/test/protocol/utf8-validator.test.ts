import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Utf8Validator } from '../../src/protocol/utf8-validator.ts';
import { bytes } from '../support/bytes.ts';

const NOTHING = new Uint8Array(0);

function isValid(text: Uint8Array): boolean {
  const validator = new Utf8Validator();
  return validator.push(text, true);
}

test('accepts the boundaries of every character length', () => {
  const borders = [
    '00',
    '7f',
    'c280',
    'dfbf',
    'e0a080',
    'ed9fbf',
    'ee8080',
    'efbfbf',
    'f0908080',
    'f48fbfbf',
  ];

  for (const hex of borders) assert.equal(isValid(bytes(hex)), true, hex);
});

test('rejects overlong forms, surrogates and values above U+10FFFF', () => {
  const wrong = [
    'c080',
    'c1bf',
    'e08080',
    'e09fbf',
    'eda080',
    'edbfbf',
    'f08fbfbf',
    'f4908080',
    'f5808080',
    'ff',
  ];

  for (const hex of wrong) assert.equal(isValid(bytes(hex)), false, hex);
});

test('rejects a continuation byte without a start, and an incomplete character', () => {
  for (const hex of ['80', 'bf', 'c2', 'c241', 'e282', 'e28241', 'f09f98']) {
    assert.equal(isValid(bytes(hex)), false, hex);
  }
});

test('fails on the first invalid byte, not later', () => {
  const cases = [
    ['c0', 1],
    ['e080', 2],
    ['eda0', 2],
    ['f490', 2],
    ['e28228a1', 3],
  ] as const;

  for (const [hex, failsAt] of cases) {
    const validator = new Utf8Validator();
    const verdicts = [...bytes(hex)].map((byte) => validator.push(Uint8Array.of(byte)));
    assert.equal(verdicts.indexOf(false) + 1, failsAt, hex);
  }
});

test('an incomplete character is not an error yet, and not complete', () => {
  const validator = new Utf8Validator();

  assert.equal(validator.push(bytes('e282')), true);
  assert.equal(validator.push(NOTHING, true), false);
  assert.equal(validator.push(bytes('ac')), true);
  assert.equal(validator.push(NOTHING, true), true);
});

test('agrees with a fatal decoder, however the text is split', () => {
  fc.assert(
    fc.property(almostText(), fc.array(fc.nat(400), { maxLength: 5 }), (text, cuts) => {
      const validator = new Utf8Validator();
      const verdict = split(text, cuts).every((piece) => validator.push(piece));

      assert.equal(verdict && validator.push(NOTHING, true), isDecodable(text));
    }),
    { numRuns: 2_000 },
  );
});

test('the position of the first invalid byte is the same, however the text is split', () => {
  const validBytes = (pieces: readonly Uint8Array[]) => {
    const validator = new Utf8Validator();
    pieces.every((piece) => validator.push(piece));
    return validator.byteCount;
  };
  fc.assert(
    fc.property(almostText(), fc.array(fc.nat(400), { maxLength: 5 }), (text, cuts) => {
      // Single bytes are too short for the check of the platform.
      const expected = validBytes(Array.from(text, (byte) => Uint8Array.of(byte)));

      assert.equal(validBytes(split(text, cuts)), expected);
    }),
    { numRuns: 1_000 },
  );
});

/** Valid text of some length, at times with one byte changed or the end cut off. */
function almostText(): fc.Arbitrary<Buffer> {
  const text = fc.string({ unit: 'binary', maxLength: 120 }).map((each) => Buffer.from(each));
  return fc
    .tuple(text, fc.option(fc.tuple(fc.nat(400), fc.nat(255))), fc.nat(3))
    .map(([bytesOfText, change, cut]) => {
      const copy = Buffer.from(bytesOfText);
      if (change !== null && copy.length > 0) copy[change[0] % copy.length] = change[1];
      return copy.subarray(0, Math.max(copy.length - cut, 0));
    });
}

function split(text: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...cuts].map((cut) => cut % (text.length + 1)).sort((a, b) => a - b);
  return [0, ...places].map((from, index) => text.subarray(from, places[index] ?? text.length));
}

function isDecodable(text: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(text);
    return true;
  } catch {
    return false; // It throws for no other reason.
  }
}
