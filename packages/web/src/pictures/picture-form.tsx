/** A picture that is chosen, cut to a square, or removed. */
import { ChatError } from '@parley/client';
import { type ReactNode, useRef, useState } from 'react';
import { Button } from '../components/button.tsx';
import type { avatarStrings } from '../strings/avatar.ts';
import { CropDialog } from './crop-dialog.tsx';
import classes from './picture-form.module.css';

interface PictureFormProps {
  readonly texts: Pick<
    typeof avatarStrings,
    'choose' | 'notReadable' | 'preview' | 'zoom' | 'across' | 'down' | 'problem'
  > &
    Readonly<
      Record<'remove' | 'hint' | 'saved' | 'removed' | 'cropTitle' | 'cropText' | 'save', string>
    >;
  /** The picture as it is shown. */
  readonly children: ReactNode;
  readonly hasPicture: boolean;
  /** @throws {ChatError} The picture is as it was. */
  readonly onSave: (picture: Blob) => Promise<void>;
  /** @throws {ChatError} The picture is as it was. */
  readonly onRemove: () => Promise<void>;
}

const TYPES = 'image/png,image/jpeg,image/gif,image/webp';

export function PictureForm({ texts, children, hasPicture, onSave, onRemove }: PictureFormProps) {
  const [picture, setPicture] = useState<ImageBitmap>();
  const [result, setResult] = useState<string>();
  const input = useRef<HTMLInputElement>(null);
  const opener = useRef<HTMLButtonElement>(null);

  const choose = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    setResult(undefined);
    try {
      setPicture(await createImageBitmap(file));
    } catch {
      setResult(texts.notReadable);
    }
  };
  const remove = async (): Promise<void> => {
    try {
      await onRemove();
      // The button is about to be removed: move the focus first.
      opener.current?.focus();
      setResult(texts.removed);
    } catch (error) {
      const { code, details } = ChatError.from(error);
      setResult(texts.problem(code, details));
    }
  };
  const close = (): void => {
    picture?.close();
    setPicture(undefined);
  };
  return (
    <div className={classes['form']}>
      {children}
      <div className={classes['choices']}>
        <div className={classes['buttons']}>
          <Button ref={opener} onClick={() => input.current?.click()}>
            {texts.choose}
          </Button>
          {hasPicture && (
            <Button kind="quiet" onClick={() => void remove()}>
              {texts.remove}
            </Button>
          )}
        </div>
        <p className={classes['hint']}>{texts.hint}</p>
        <p className={classes['result']} role="status">
          {result}
        </p>
      </div>
      <input
        ref={input}
        type="file"
        accept={TYPES}
        hidden={true}
        aria-label={texts.choose}
        onChange={({ target }) => {
          const [file] = target.files ?? [];
          // The same file can be chosen again.
          target.value = '';
          void choose(file);
        }}
      />
      {picture !== undefined && (
        <CropDialog
          {...{ picture, texts, onSave }}
          onSaved={() => setResult(texts.saved)}
          onClose={close}
        />
      )}
    </div>
  );
}
