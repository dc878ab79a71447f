/** A form of the settings: its fields, one button, and the result beside it. */
import { ChatError, type ErrorCode } from '@parley/client';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from '../components/button.tsx';
import { settingsStrings } from '../strings/settings.ts';
import { strings } from '../strings/strings.ts';
import classes from './settings-dialog.module.css';

interface SavedFormProps {
  /** Name of the button. */
  readonly submit: string;
  /** @throws {ChatError} */
  readonly onSubmit: () => Promise<void>;
  readonly saved?: string;
  readonly problemOf?: (code: ErrorCode, details: ChatError['details']) => string;
  /** Beside the button. */
  readonly other?: ReactNode;
  readonly children: ReactNode;
}

export function SavedForm(props: SavedFormProps) {
  const { submit, onSubmit, other, children } = props;
  const { saved = settingsStrings.saved, problemOf = strings.error } = props;
  const [result, setResult] = useState<string>();
  const [isBusy, setIsBusy] = useState(false);
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    setIsBusy(true);
    try {
      await onSubmit();
      setResult(saved);
    } catch (error) {
      const { code, details } = ChatError.from(error);
      setResult(problemOf(code, details));
    }
    setIsBusy(false);
  };
  return (
    <form className={classes['form']} onSubmit={(event) => void save(event)}>
      {children}
      <div className={classes['row']}>
        <Button type="submit" aria-disabled={isBusy}>
          {submit}
        </Button>
        {other}
        <span role="status">{result}</span>
      </div>
    </form>
  );
}
