import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalizeEmoji } from '../src/emoji.ts';
import {
  POLL_LIMITS,
  POLL_LOCK,
  pollOf,
  questionOf,
  rivalsOf,
  toPollAttachment,
  toPollText,
  votesOf,
} from '../src/poll.ts';

const letters = (count: number) => 'abcdefghij'.slice(0, count).split('');

test('votes are reactions in the form in which they are stored', () => {
  const votes = votesOf({ options: letters(POLL_LIMITS.optionsMax) });
  for (const emoji of [...votes, POLL_LOCK]) assert.equal(normalizeEmoji(emoji), emoji);
  assert.equal(new Set(votes).size, POLL_LIMITS.optionsMax);
});

test('a description is read as it was made', () => {
  for (const poll of [
    { options: letters(2), isMultiple: false, endsAtMs: undefined },
    { options: letters(10), isMultiple: true, endsAtMs: Date.UTC(2026, 0, 31) },
  ]) {
    assert.deepEqual(pollOf(['https://a.example', toPollAttachment(poll)]), poll);
  }
});

test('other descriptions are no polls', () => {
  for (const attachment of [
    { type: 'poll', option1: 'only one' },
    { type: 'poll', option2: 'no first', option3: 'x' },
    { type: 'poll', option1: 'a', option2: 2 },
    { type: 'image/png', option1: 'a', option2: 'b' },
  ]) {
    assert.equal(pollOf([attachment]), undefined);
  }
});

test('the options are lines of the text, which has them once', () => {
  const poll = { options: ['Tea', 'Coffee'] };
  const text = toPollText('Drinks?', poll);
  assert.equal(text, 'Drinks?\n1️⃣ Tea\n2️⃣ Coffee');
  assert.equal(toPollText(text, poll), text);
  assert.equal(questionOf(text, poll), 'Drinks?');
  assert.equal(questionOf('Drinks?', poll), 'Drinks?');
});

test('a vote replaces those for the other options of its poll', () => {
  const poll = { options: letters(3), isMultiple: false, endsAtMs: undefined };
  assert.deepEqual(rivalsOf(poll, '2️⃣'), ['1️⃣', '3️⃣']);
  assert.deepEqual(rivalsOf(poll, '4️⃣'), []);
  assert.deepEqual(rivalsOf({ ...poll, isMultiple: true }, '2️⃣'), []);
});
