import assert from 'node:assert/strict';
import { test } from 'node:test';
import EveryoneWarning from '../../src/conversation/everyone-warning.ts';

test('warns before a mention of everyone in a room with many other people', () => {
  assert.equal(
    EveryoneWarning({ text: 'lunch, @everyone?', others: 39 }),
    'This notifies 39 people.',
  );
});

test('does not warn in a small room, or before another text', () => {
  assert.equal(EveryoneWarning({ text: 'lunch, @everyone?', others: 19 }), '');
  assert.equal(EveryoneWarning({ text: 'lunch for everyone', others: 39 }), '');
});
