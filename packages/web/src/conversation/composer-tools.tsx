/** Buttons of the message box: they wrap the selected text or insert at the caret. */
import { type RefObject, useRef } from 'react';
import type { IconName } from '../components/icon.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { FILES_EVENT } from '../files/attached.ts';
import { strings } from '../strings/strings.ts';
import classes from './composer.module.css';
import { EmojiButton } from './emoji-button.tsx';
import { insertText, type TextEdit, wrapSelection } from './text-edit.ts';
import { writeEdit } from './write-edit.ts';

interface ComposerToolsProps {
  readonly input: RefObject<HTMLTextAreaElement | null>;
  readonly isDisabled: boolean;
  readonly takesFiles: boolean;
  readonly onChange: (text: string) => void;
}

const WRAPS: readonly (readonly [icon: IconName, name: string, marker: string])[] = [
  ['bold', strings.composer.bold, '**'],
  ['italic', strings.composer.italic, '_'],
  ['code', strings.composer.code, '`'],
];

export function ComposerTools({ input, isDisabled, takesFiles, onChange }: ComposerToolsProps) {
  const picker = useRef<HTMLInputElement>(null);
  const apply = (change: (edit: TextEdit) => TextEdit): void => {
    const element = input.current;
    if (element === null) return;
    const { value: text, selectionStart: start, selectionEnd: end } = element;
    writeEdit(element, change({ text, start, end }), onChange);
  };
  return (
    <fieldset
      className={classes['buttons']}
      aria-label={strings.composer.tools}
      disabled={isDisabled}
    >
      {takesFiles && (
        <>
          <IconButton
            icon="join"
            name={strings.composer.files}
            onClick={() => picker.current?.click()}
          />
          <input
            ref={picker}
            type="file"
            multiple
            hidden
            onChange={({ target }) => {
              const detail = [...(target.files ?? [])];
              target.form?.dispatchEvent(new CustomEvent(FILES_EVENT, { detail }));
              // The same file can be chosen again.
              target.value = '';
              input.current?.focus();
            }}
          />
        </>
      )}
      {WRAPS.map(([icon, name, marker]) => (
        <IconButton
          key={icon}
          icon={icon}
          name={name}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => apply((edit) => wrapSelection(edit, marker))}
        />
      ))}
      <EmojiButton
        name={strings.composer.emoji}
        onSelect={(emoji) => apply((edit) => insertText(edit, emoji))}
      />
      <IconButton
        icon="mention"
        name={strings.composer.mention}
        onMouseDown={(event) => event.preventDefault()}
        onClick={() => apply((edit) => insertText(edit, '@'))}
      />
    </fieldset>
  );
}
