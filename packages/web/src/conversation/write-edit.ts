import { flushSync } from 'react-dom';
import type { TextEdit } from './text-edit.ts';

/**
 * Changes the text of the message box, then the caret. React writes the text at once: if the caret
 * followed in a later frame, it would move while the user types on.
 */
export function writeEdit(
  element: HTMLTextAreaElement,
  edit: TextEdit,
  onChange: (text: string) => void,
): void {
  flushSync(() => onChange(edit.text));
  element.focus();
  element.setSelectionRange(edit.start, edit.end);
}
