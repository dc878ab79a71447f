import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { editOfKey } from '../../src/conversation/composer-keys.ts';
import type { TextEdit } from '../../src/conversation/text-edit.ts';

/** `<` and `>` stand around the selection, `|` for a caret. */
function parse(marked: string): TextEdit {
  const caret = marked.indexOf('|');
  if (caret >= 0) return { text: marked.replace('|', ''), start: caret, end: caret };
  const start = marked.indexOf('<');
  const end = marked.indexOf('>') - 1;
  return { text: marked.replace(/[<>]/g, ''), start, end };
}

function show({ text, start, end }: TextEdit): string {
  if (start === end) return `${text.slice(0, start)}|${text.slice(start)}`;
  return `${text.slice(0, start)}<${text.slice(start, end)}>${text.slice(end)}`;
}

const NONE = { altKey: false, ctrlKey: false, metaKey: false, shiftKey: false };
const command = (key: string) => ({ ...NONE, key, ctrlKey: true });
const NEW_LINE = { ...NONE, key: 'Enter', shiftKey: true };

describe('keys of the message box', () => {
  for (const [pressed, before, after] of [
    [command('b'), 'a <word>', 'a **<word>**'],
    [command('B'), 'a **<word>**', 'a <word>'],
    [{ ...NONE, key: 'i', metaKey: true }, 'a|', 'a_|_'],
    [command('k'), 'the <docs>', 'the [docs](|)'],
    [command('k'), '<https://a.example>', '[|](https://a.example)'],
    [command('k'), 'a <[docs](https://a.example)> b', 'a <docs> b'],
    // The palette.
    [command('k'), 'the |', undefined],
    [{ ...command('b'), altKey: true }, '<a>', undefined],
    [{ ...command('i'), shiftKey: true }, '<a>', undefined],
    [NEW_LINE, '- one|', '- one\n- |'],
    [NEW_LINE, '- one\n  * two| rest', '- one\n  * two\n  * | rest'],
    [NEW_LINE, '9. one|', '9. one\n10. |'],
    [NEW_LINE, '1) one|', '1) one\n2) |'],
    [NEW_LINE, '- [x] done|', '- [x] done\n- [ ] |'],
    [NEW_LINE, '> said|', '> said\n> |'],
    [NEW_LINE, '- one\n- |', '- one\n|'],
    [NEW_LINE, '- [ ] |', '|'],
    [NEW_LINE, 'no list|', undefined],
    [NEW_LINE, '|- one', undefined],
    [{ ...NONE, key: 'Enter' }, '- one|', undefined],
  ] as const) {
    test(`${JSON.stringify(pressed.key)} in ${JSON.stringify(before)}`, () => {
      const edit = editOfKey(pressed, parse(before));
      assert.equal(edit && show(edit), after);
    });
  }
});
