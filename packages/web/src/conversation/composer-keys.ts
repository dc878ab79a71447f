/**
 * Keys and pasted text of a message box: styles around the selection, lists that continue, and
 * formatted text as Markdown. Loaded right after the first script.
 */
import { insertText, type TextEdit, wrapSelection } from './text-edit.ts';

type PressedKey = Pick<KeyboardEvent, 'key' | 'altKey' | 'ctrlKey' | 'metaKey' | 'shiftKey'>;

const MARKERS: Readonly<Record<string, string>> = { b: '**', i: '_' };
const ADDRESS = /^https?:\/\/\S+$/i;
const LINK = /^\[([^[\]]*)\]\([^()\s]*\)$/;

/** An item or a quoted line: what the next one begins with, and whether there is a text after it. */
const SIGN = /^(\s*)(?:([-*•]|>+)|(\d{1,9})([.)]))( +)(\[[ xX]\] +)?(?=(.*))/;

/** The change that a key makes; undefined for every other key. */
export function editOfKey(pressed: PressedKey, edit: TextEdit): TextEdit | undefined {
  const { key, altKey, shiftKey } = pressed;
  const isCommand = (pressed.ctrlKey || pressed.metaKey) && !altKey && !shiftKey;
  if (!isCommand) return key === 'Enter' && shiftKey ? continueList(edit) : undefined;
  const marker = MARKERS[key.toLowerCase()];
  if (marker !== undefined) return wrapSelection(edit, marker);
  // Without a selection the key opens the palette, as everywhere.
  return key.toLowerCase() === 'k' && edit.start !== edit.end ? toggleLink(edit) : undefined;
}

/** Puts a link around the selection, with the caret at what is missing, or removes it. */
function toggleLink(edit: TextEdit): TextEdit {
  const { text, start, end } = edit;
  const selected = text.slice(start, end);
  const label = LINK.exec(selected)?.[1];
  if (label !== undefined) {
    const rest = insertText(edit, label);
    return { ...rest, start };
  }
  const { text: linked, start: behind } = insertText(
    edit,
    ADDRESS.test(selected) ? `[](${selected})` : `[${selected}]()`,
  );
  const caret = ADDRESS.test(selected) ? start + 1 : behind - 1;
  return { text: linked, start: caret, end: caret };
}

/** Begins the next item; an item without a text ends the list. Undefined outside of a list. */
function continueList(edit: TextEdit): TextEdit | undefined {
  const { text, start } = edit;
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const found = SIGN.exec(text.slice(from, start));
  if (found === null) return undefined;
  const [sign, indent = '', bullet, number, after = '', space = ' ', task = '', rest = ''] = found;
  if (rest === '') return insertText({ ...edit, start: start - sign.length }, '');
  const next = bullet ?? `${Number(number) + 1}${after}`;
  return insertText(edit, `\n${indent}${next}${space}${task === '' ? '' : '[ ] '}`);
}

/** Elements that mean something in a message; editors of code, for example, paste coloured text only. */
const FORMATTED =
  /<(?:a|b|strong|i|em|s|del|strike|code|pre|ul|ol|table|blockquote|h[1-6])[\s>]|font-weight:\s*(?:bold|[6-9]00)/i;
/** More is pasted as plain text, instead of holding up the page. */
const HTML_LENGTH_MAX = 500_000;
const FENCE = /^ {0,3}(?:```|~~~)/gm;

/** Inserts formatted text as Markdown; plain text is left to the browser. */
export function pasteFormatted(
  event: ClipboardEvent,
  box: HTMLTextAreaElement,
  write: (edit: TextEdit) => void,
): void {
  const html = event.clipboardData?.getData('text/html') ?? '';
  const plain = event.clipboardData?.getData('text/plain') ?? '';
  const fences = box.value.slice(0, box.selectionStart).match(FENCE) ?? [];
  // Code has no styles.
  if (html.length > HTML_LENGTH_MAX || !FORMATTED.test(html) || fences.length % 2 === 1) return;
  event.preventDefault();
  void import('./markdown-of-html.ts')
    .then(({ markdownOfHtml }) => markdownOfHtml(html) || plain)
    .catch(() => plain)
    .then((text) => {
      const { value, selectionStart: start, selectionEnd: end } = box;
      write(insertText({ text: value, start, end }, text));
    });
}
