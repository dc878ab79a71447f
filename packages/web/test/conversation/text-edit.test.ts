import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { insertText, wrapSelection } from '../../src/conversation/text-edit.ts';

describe('changes of the text in the message box', () => {
  test('wrap the selection, and unwrap it', () => {
    const wrapped = wrapSelection({ text: 'a word here', start: 2, end: 6 }, '**');
    assert.deepEqual(wrapped, { text: 'a **word** here', start: 4, end: 8 });
    assert.deepEqual(wrapSelection(wrapped, '**'), { text: 'a word here', start: 2, end: 6 });
  });

  test('put the caret between two markers if nothing is selected', () => {
    const wrapped = wrapSelection({ text: 'ab', start: 1, end: 1 }, '_');
    assert.deepEqual(wrapped, { text: 'a__b', start: 2, end: 2 });
  });

  test('insert in place of the selection', () => {
    const inserted = insertText({ text: 'abcd', start: 1, end: 3 }, '🎉');
    assert.deepEqual(inserted, { text: 'a🎉d', start: 3, end: 3 });
  });
});
