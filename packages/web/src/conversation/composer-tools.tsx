/** Buttons of the message box: they wrap the selected text or insert at the caret. */
import { type RefObject, Suspense } from 'react';
import type { IconName } from '../components/icon.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { conversationPart } from '../components/lazy-until-loaded.ts';
import type { DraftKey } from '../drafts/draft-storage.ts';
import type { EndRecording } from '../files/attached.ts';
import { strings } from '../strings/strings.ts';
import classes from './composer.module.css';
import { EmojiButton } from './emoji-button.tsx';
import { insertText, type TextEdit, wrapSelection } from './text-edit.ts';
import { writeEdit } from './write-edit.ts';

const AddFiles = conversationPart(() => import('../files/add-files.tsx'));

interface ComposerToolsProps {
  readonly input: RefObject<HTMLTextAreaElement | null>;
  readonly isDisabled: boolean;
  /** The box whose message may have files; undefined if it may not. */
  readonly filesOf: DraftKey | undefined;
  readonly onChange: (text: string) => void;
  readonly onRecording: (end: EndRecording | undefined) => void;
}

const WRAPS: readonly (readonly [icon: IconName, name: string, marker: string])[] = [
  ['bold', strings.composer.bold, '**'],
  ['italic', strings.composer.italic, '_'],
  ['code', strings.composer.code, '`'],
];

export function ComposerTools(props: ComposerToolsProps) {
  const { input, isDisabled, filesOf, onChange, onRecording } = props;
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
      {filesOf !== undefined && (
        <Suspense fallback={<IconButton icon="join" name={strings.composer.files} />}>
          <AddFiles
            place={filesOf}
            onAdded={() => input.current?.focus()}
            onRecording={onRecording}
          />
        </Suspense>
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
        className={classes['mention']}
        name={strings.composer.mention}
        onMouseDown={(event) => event.preventDefault()}
        onClick={() => apply((edit) => insertText(edit, '@'))}
      />
    </fieldset>
  );
}
