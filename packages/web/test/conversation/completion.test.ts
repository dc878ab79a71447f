import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { completeName, completionQuery } from '../../src/conversation/completion.ts';

describe('completionQuery', () => {
  for (const [before, expected] of [
    ['hi @al', { kind: 'mention', start: 'al', from: 3 }],
    ['@', { kind: 'mention', start: '', from: 0 }],
    ['(@bo', { kind: 'mention', start: 'bo', from: 1 }],
    ['mail a@bo', undefined],
    ['so :tad', { kind: 'emoji', start: 'tad', from: 3 }],
    ['at 10:30', undefined],
    [':)', undefined],
    [':D', undefined],
  ] as const) {
    test(`of ${JSON.stringify(before)}`, () => {
      assert.deepEqual(completionQuery(before), expected);
    });
  }
});

describe('completeName', () => {
  const names = ['tobias', 'bob', 'bobby', 'alice'];

  test('lists names that begin with the text first', () => {
    assert.deepEqual(completeName(names, 'BO', 8), ['bob', 'bobby']);
    assert.deepEqual(completeName(names, 'b', 8), ['bob', 'bobby', 'tobias']);
  });

  test('offers nothing for a complete name, so that Enter sends', () => {
    assert.deepEqual(completeName(names, 'Alice', 8), []);
  });
});
