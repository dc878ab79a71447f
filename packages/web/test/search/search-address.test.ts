import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseSearch, searchPath } from '../../src/search/search-address.ts';

describe('the search in an address', () => {
  for (const text of ['', 'in:garden ', '50 % + a&b="c" 京']) {
    for (const sort of ['relevance', 'newest'] as const) {
      test(`writes and reads ${sort}: ${text}`, () => {
        const path = searchPath({ text, sort });

        assert.deepEqual(parseSearch(path.split('?')[1] ?? ''), { text, sort });
      });
    }
  }

  test('reads unknown parameters as absent, and the beginning of a long text', () => {
    const search = parseSearch(`q=${'a'.repeat(501)}&sort=other&cursor=x`);

    assert.deepEqual(search, { text: 'a'.repeat(500), sort: 'relevance' });
  });
});
