import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changedPart } from '../../src/conversation/changed-part.ts';

function marked(before: string, text: string): string {
  const [start, end] = changedPart(before, text);
  return `${text.slice(0, start)}[${text.slice(start, end)}]${text.slice(end)}`;
}

test('marks whole words between the common start and end', () => {
  assert.equal(marked('see you at nine', 'see you at ten'), 'see you at [ten]');
  assert.equal(marked('one two three', 'one 2 three'), 'one [2] three');
  assert.equal(marked('same', 'same'), 'same[]');
  assert.equal(marked('', 'new'), '[new]');
  assert.equal(marked('a gone b', 'a b'), 'a []b');
});

test('a text that repeats itself is not counted twice', () => {
  assert.equal(marked('a a', 'a a a'), 'a a[ a]');
  assert.equal(marked('a a a', 'a a'), 'a a[]');
});

test('characters of several code units are marked as a whole', () => {
  assert.equal(marked('tea 👋', 'tea 👍'), 'tea [👍]');
  assert.equal(marked('über', 'u\u0308ber'), '[u\u0308ber]');
});
