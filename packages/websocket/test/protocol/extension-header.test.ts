import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatExtension, parseExtensionOffers } from '../../src/protocol/extension-header.ts';

test('offers keep their order, parameters and repeats', () => {
  const offers = parseExtensionOffers([
    'permessage-deflate; client_max_window_bits; server_max_window_bits=10, permessage-deflate',
  ]);

  assert.deepEqual(offers, [
    {
      name: 'permessage-deflate',
      parameters: [
        { name: 'client_max_window_bits' },
        { name: 'server_max_window_bits', value: '10' },
      ],
    },
    { name: 'permessage-deflate', parameters: [] },
  ]);
});

test('a list may span several fields', () => {
  assert.deepEqual(parseExtensionOffers(['a', 'b; x=1']), [
    { name: 'a', parameters: [] },
    { name: 'b', parameters: [{ name: 'x', value: '1' }] },
  ]);
});

test('a quoted value is parsed without its quotes and escapes', () => {
  assert.deepEqual(parseExtensionOffers(['a; x="1\\0"']), [
    { name: 'a', parameters: [{ name: 'x', value: '10' }] },
  ]);
});

test('blanks, tabs and empty elements do not matter', () => {
  assert.deepEqual(parseExtensionOffers([', a\t; b = c ,, d ,']), [
    { name: 'a', parameters: [{ name: 'b', value: 'c' }] },
    { name: 'd', parameters: [] },
  ]);
});

test('a value that is not a list of extensions is malformed', () => {
  const malformed = [
    '',
    ' ',
    'a;',
    'a;;b',
    'a=1',
    'a b',
    'a; x=',
    'a; x="a b"',
    'a; x=""',
    'a; x="1',
    'a; x="1" y',
    'a; =1',
    '"a"',
    'a; x=1=2',
    'ä',
  ];

  for (const value of malformed) assert.equal(parseExtensionOffers([value]), undefined, value);
});

test('a malformed field makes the whole header malformed', () => {
  assert.equal(parseExtensionOffers(['a', 'b;']), undefined);
});

test('a header full of escapes is parsed in linear time', () => {
  const long = `a; x="${'\\"'.repeat(8_000)}`;

  // A scan that goes back at each quote would exceed the timeout of this test.
  assert.equal(parseExtensionOffers([long]), undefined);
});

test('a written answer is parsed to the same value', () => {
  const offer = { name: 'a', parameters: [{ name: 'b' }, { name: 'c', value: '1' }] };

  assert.equal(formatExtension(offer), 'a; b; c=1');
  assert.deepEqual(parseExtensionOffers([formatExtension(offer)]), [offer]);
});
