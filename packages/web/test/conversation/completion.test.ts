import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { completeName, completionQuery } from '../../src/conversation/completion.ts';

describe('completionQuery', () => {
  for (const [before, expected] of [
    ['hi @al', { kind: 'mention', start: 'al', from: 3 }],
    ['@', { kind: 'mention', start: '', from: 0 }],
    ['(@bo', { kind: 'mention', start: 'bo', from: 1 }],
    ['@José', { kind: 'mention', start: 'José', from: 0 }],
    ['@名', { kind: 'mention', start: '名', from: 0 }],
    ['> - *@bo', { kind: 'mention', start: 'bo', from: 5 }],
    ['`a @bo`', undefined],
    ['```\n@bo', undefined],
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
  const names = ['tobias', 'bob', 'bobby', 'alice'].map((username) => ({ username }));
  const namesOf = (found: readonly { username: string }[]) => found.map(({ username }) => username);

  test('lists names that begin with the text first', () => {
    assert.deepEqual(namesOf(completeName(names, 'BO', 8)), ['bob', 'bobby']);
    assert.deepEqual(namesOf(completeName(names, 'b', 8)), ['bob', 'bobby', 'tobias']);
  });

  test('finds users by the name that they show', () => {
    const people = [...names, { username: 'c2', displayName: 'Carol B.' }];
    assert.deepEqual(namesOf(completeName(people, 'caro', 8)), ['c2']);
    assert.deepEqual(namesOf(completeName(people, 'b', 8)), ['bob', 'bobby', 'c2', 'tobias']);
  });

  test('offers nothing for a complete name, so that Enter sends', () => {
    assert.deepEqual(completeName(names, 'Alice', 8), []);
  });
});
