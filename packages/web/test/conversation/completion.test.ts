import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { UserId } from '@parley/client';
import { completionQuery, mentionChoices } from '../../src/conversation/completion.ts';

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

describe('mentionChoices', () => {
  const known = ['tobias', 'bob', 'bobby', 'alice'].map((username) => ({ id: username, username }));
  const found = [
    { id: 'z' as UserId, username: 'zoe', displayName: 'José Bo', isMember: false },
    { id: 'l' as UserId, username: 'u7', displayName: '名前', isMember: true },
  ];
  for (const [start, expected] of [
    ['BO', ['@bob', '@bobby', 'José Bo @zoe (not in this room)']],
    ['b', ['@bob', '@bobby', '@tobias', 'José Bo @zoe (not in this room)']],
    ['jose', ['José Bo @zoe (not in this room)']],
    ['José', ['José Bo @zoe (not in this room)']],
    ['名', ['名前 @u7']],
    ['every', ['@everyone']],
    // So that Enter sends.
    ['Alice', []],
  ] as const) {
    test(`of ${start}`, () => {
      const choices = mentionChoices(known, found, start, 8);
      const shown = choices.map(({ label, note }) => (note ? `${label} (${note})` : label));
      assert.deepEqual(shown, expected);
    });
  }

  test('of a person whom the page knows by username only', () => {
    const robot = { id: 'r' as UserId, username: 'r2', displayName: 'Robot', isBot: true } as const;
    const [choice] = mentionChoices([{ id: 'r', username: 'r2' }], [robot], 'rob', 8);

    assert.equal(choice?.label, 'Robot @r2');
    assert.deepEqual(choice.person, { id: 'r', name: 'Robot', isBot: true });
  });
});
