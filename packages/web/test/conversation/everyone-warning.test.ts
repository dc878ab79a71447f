import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everyoneWarning } from '../../src/conversation/everyone-warning.ts';

const warning = (text: string, others: number, isAllowed = true) =>
  everyoneWarning({ text, others, isAllowed });

test('warns before a mention of everyone in a room with many other people', () => {
  assert.equal(warning('lunch, @everyone?', 39), 'This notifies 39 people.');
});

test('does not warn in a small room, or before another text', () => {
  assert.equal(warning('lunch, @everyone?', 19), '');
  assert.equal(warning('lunch for everyone', 39), '');
});

test('warns where only moderators mention everyone, whatever the size of the room', () => {
  assert.equal(warning('@room lunch', 2, false), 'In this room, only moderators mention everyone.');
  assert.equal(warning('@here lunch', 2, false), 'In this room, only moderators mention everyone.');
  assert.equal(warning('@here lunch', 39), '');
  assert.equal(warning('lunch', 39, false), '');
});
