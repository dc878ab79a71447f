/** Keys and pasted text of a message box. Their code is loaded right after the first script. */
import type { ClipboardEvent, KeyboardEvent } from 'react';
import { writeEdit } from './write-edit.ts';

type Box = HTMLTextAreaElement;

let keys: typeof import('./composer-keys.ts') | undefined;

const load = (): void => {
  import('./composer-keys.ts').then(
    (loaded) => {
      keys = loaded;
    },
    // Tried again on the next use.
    () => {},
  );
};
load();

export function useTextKeys(onChange: (text: string) => void) {
  /** Returns whether the key changed the text. */
  const onKeyDown = (event: KeyboardEvent<Box>): boolean => {
    if (keys === undefined) load();
    const { value: text, selectionStart: start, selectionEnd: end } = event.currentTarget;
    const edit = keys?.editOfKey(event, { text, start, end });
    if (edit === undefined) return false;
    event.preventDefault();
    writeEdit(event.currentTarget, edit, onChange);
    return true;
  };
  const onPaste = (event: ClipboardEvent<Box>): void => {
    const box = event.currentTarget;
    keys?.pasteFormatted(event.nativeEvent, box, (edit) => writeEdit(box, edit, onChange));
  };
  return { onKeyDown, onPaste };
}
