import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everyoneWarning } from '../../src/conversation/everyone-warning.ts';

test('warns before a mention of everyone in a room with many other people', () => {
  assert.equal(everyoneWarning('lunch, @everyone?', 39), 'This notifies all members, 39 here now.');
});

test('does not warn in a small room, or before another text', () => {
  assert.equal(everyoneWarning('lunch, @everyone?', 19), '');
  assert.equal(everyoneWarning('lunch for everyone', 39), '');
});
