import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findInText } from './check-english.ts';

const RULED_OUT = [
  'Who has no session gets no socket.',
  'What is stored stays.',
  'It is closed. Whoever reads slowly waits.',
  '- Nobody is told.',
  '| Somebody | Nobody hears it |',
  'One can press the button.',
  'The room is opened anew.',
  'It mends the file.',
  'A list that is there by half.',
];

const ALLOWED = [
  'What does it promise?',
  'One transaction takes the waiting commands.',
  'Reports who has read the message.',
  'The `anew` option.',
];

test('finds sentences and words that the language rules rule out, in documents and comments', () => {
  for (const text of RULED_OUT) {
    assert.notDeepEqual(findInText(text, 'document'), [], text);
    assert.notDeepEqual(findInText(`/** ${text} */`, 'code'), [], text);
    assert.notDeepEqual(findInText(`const text = '${text}';`, 'code'), [], text);
  }
});

test('accepts plain sentences, questions and code', () => {
  for (const text of ALLOWED) assert.deepEqual(findInText(text, 'document'), [], text);
  assert.deepEqual(findInText('```\nWho has no session\n```\nText.', 'document'), []);
  assert.deepEqual(findInText("const kind = 'anew';", 'code'), []);
});

test('names the line of a finding', () => {
  assert.deepEqual(findInText('/**\n * A session.\n * Who has none waits.\n */', 'code'), [
    { line: 3, text: 'Who has none waits.' },
  ]);
});
