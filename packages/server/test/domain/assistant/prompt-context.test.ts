import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toPromptLines } from '../../../src/domain/assistant/prompt-context.ts';
import { message, newRoomId, newUserId } from '../../support/records.ts';

const roomId = newRoomId();
const assistantId = newUserId();
const rules = { assistantId, tokensMax: 100, withheldIds: new Set<never>() };
const said = (sequence: number, content: string) => message({ roomId, sequence, content });

describe('the context for a language model', () => {
  test('is empty for an empty room', () => {
    assert.deepEqual(toPromptLines([], rules), []);
  });

  test('distinguishes the assistant from users, in the order of the room', () => {
    const own = { ...said(1, 'hello'), userId: assistantId, sender: 'ai' };

    assert.deepEqual(toPromptLines([own, said(2, 'hi')], rules), [
      { by: 'assistant', text: 'hello' },
      { by: 'person', name: 'alice', text: 'hi' },
    ]);
  });

  test('contains the message texts only', () => {
    const carrying = { ...said(1, 'hello'), attachments: ['https://secret.example'] };

    assert.deepEqual(toPromptLines([carrying], rules), [
      { by: 'person', name: 'alice', text: 'hello' },
    ]);
  });

  test('is measured in bytes, so that all languages get the same share', () => {
    const latin = [said(1, 'x'.repeat(150)), said(2, 'x')];
    const chinese = [said(1, '字'.repeat(60)), said(2, 'x')];
    const tooMuch = [said(1, '字'.repeat(80)), said(2, 'x')];

    assert.deepEqual(
      [latin, chinese, tooMuch].map((history) => toPromptLines(history, rules).length),
      [2, 2, 1],
    );
  });

  test('ends at the first message that does not fit, without gaps', () => {
    const history = [said(1, 'short'), said(2, 'x'.repeat(500)), said(3, 'question')];

    const lines = toPromptLines(history, rules);

    assert.deepEqual(
      lines.map(({ text }) => text),
      ['question'],
    );
  });

  test('always contains the question, cut between characters if it is too long', () => {
    const [line] = toPromptLines([said(1, '\u{1f600}'.repeat(1000))], rules);

    assert.equal(line?.text, '\u{1f600}'.repeat(63)); // 84 tokens of three bytes.
  });
});
