import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  excludedIn,
  filtersOf,
  textOf,
  typedPerson,
  withFilter,
  withoutFilter,
  withPerson,
} from '../../src/search/search-filters.ts';

test('the operators of a text are its filters, once each, and phrases are none', () => {
  const text = 'tulips from:ana in:"Ground floor" has:link FROM:ana "in:garden" -"from:ben" in:';

  assert.deepEqual(filtersOf(text), [
    { name: 'from', value: 'ana' },
    { name: 'in', value: 'Ground floor' },
    { name: 'has', value: 'link' },
  ]);
});

test('what a search leaves out is known: words after a minus, and no numbers or options', () => {
  const text = 'a -beta -5 --force -"two words" "in -quotes" from:-ben rm -rf well-known -é';

  assert.deepEqual(excludedIn(text), ['beta', 'two words', 'rf', 'é']);
});

test('a name that is typed after from: is completed to a person', () => {
  const typed = ['from:mar', 'x from:@mar', 'from:"Maria S'];
  assert.deepEqual(typed.map(typedPerson), ['mar', 'mar', 'Maria S']);
  for (const text of ['from:', 'from:mar ', 'afrom:mar', 'from:"Maria S"']) {
    assert.equal(typedPerson(text), undefined, text);
  }
  assert.equal(withPerson('x from:"Maria S', 'maria'), 'x from:maria ');
  assert.equal(withPerson('x from:@mar', 'maria'), 'x from:maria ');
});

test('a filter is added at the end, once, with quotes if it needs them', () => {
  const room = { name: 'in', value: 'Ground floor' } as const;

  assert.equal(withFilter('tulips', room), 'tulips in:"Ground floor" ');
  assert.equal(withFilter(withFilter('tulips', room), room), 'tulips in:"Ground floor" ');
  assert.equal(withFilter('', { name: 'from', value: 'me' }), 'from:me ');
  assert.equal(textOf({ name: 'in', value: 'a "b" c' }), 'in:"a b c"');
});

test('a removed filter leaves words, phrases and other filters', () => {
  const text = 'in:garden "in:garden" tulips has:link in:"garden" from:ana';

  const left = withoutFilter(text, { name: 'in', value: 'garden' });

  assert.equal(left, '"in:garden" tulips has:link from:ana');
  assert.equal(withoutFilter(left, { name: 'from', value: 'ben' }), left);
});
