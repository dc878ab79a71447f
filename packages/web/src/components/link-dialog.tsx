/** Creates a link for another person, and shows it to copy. */
import { ChatError, type ErrorCode } from '@parley/client';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { copyText } from '../copy-text.ts';
import { linkStrings as texts } from '../strings/link.ts';
import { strings } from '../strings/strings.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { TextField } from './text-field.tsx';

interface LinkDialogProps {
  readonly title: string;
  /** Names in the title. */
  readonly names: readonly string[];
  readonly text: string;
  /** Name of the field with the link. */
  readonly label: string;
  /** Called once. @throws {ChatError} */
  readonly create: () => Promise<{ readonly url: string }>;
  readonly problemOf: (code: ErrorCode) => string;
  readonly onClose: () => void;
  /** Other ways than the link. */
  readonly children?: ReactNode;
}

export function LinkDialog(props: LinkDialogProps) {
  const { title, names, text, label, create, problemOf, onClose, children } = props;
  const [url, setUrl] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const [isCopied, setIsCopied] = useState(false);
  const latest = useRef({ create, problemOf });

  useEffect(() => {
    let isCurrent = true;
    const run = async (): Promise<void> => {
      try {
        const link = await latest.current.create();
        // The page knows its own address better than the server behind a proxy.
        if (isCurrent) setUrl(window.location.origin + new URL(link.url).pathname);
      } catch (error) {
        if (isCurrent) setProblem(latest.current.problemOf(ChatError.from(error).code));
      }
    };
    void run();
    return () => {
      isCurrent = false;
    };
  }, []);

  const copy = async (): Promise<void> => {
    if (url === undefined) return;
    const isDone = await copyText(url);
    setIsCopied(isDone);
    setProblem(isDone ? undefined : texts.notCopied);
  };
  return (
    <Dialog title={title} names={names} text={text} problem={problem} onClose={onClose}>
      {problem === undefined || url !== undefined ? (
        <div style={{ flexBasis: '100%' }}>
          <TextField
            label={label}
            readOnly={true}
            value={url ?? ''}
            hint={url === undefined ? texts.creating : isCopied ? texts.copied : undefined}
            onFocus={({ target }) => target.select()}
          />
        </div>
      ) : null}
      {children}
      <Button onClick={onClose}>{strings.close}</Button>
      <Button kind="primary" aria-disabled={url === undefined} onClick={() => void copy()}>
        {texts.copy}
      </Button>
    </Dialog>
  );
}
