/** A modal form with one button that submits it. The server's error stays below the fields. */
import { ChatError, type ErrorCode } from '@parley/client';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { strings } from '../strings/strings.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';

export interface FormDialogProps {
  readonly title: string;
  /** Names within the title that users chose. */
  readonly names?: readonly string[];
  readonly text: string;
  /** Name of the button. */
  readonly submit: string;
  /** The button deletes or ends something. */
  readonly isDanger?: boolean;
  /** Whether the fields can be submitted. Default true. */
  readonly isReady?: boolean;
  /** Closes the dialog if it succeeds. @throws {ChatError} */
  readonly onSubmit: () => Promise<void>;
  readonly problemOf?: (code: ErrorCode, details: ChatError['details']) => string;
  readonly onClose: () => void;
  /** The fields. */
  readonly children?: ReactNode;
}

export function FormDialog(props: FormDialogProps) {
  const { title, names = [], text, submit, isDanger = false, isReady = true } = props;
  const { onSubmit, children } = props;
  const [problem, setProblem] = useState<string>();
  const [isBusy, setIsBusy] = useState(false);
  const formId = useId();
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy || !isReady) return;
    setIsBusy(true);
    setProblem(undefined);
    try {
      await onSubmit();
      props.onClose();
    } catch (error) {
      const { code, details } = ChatError.from(error);
      setProblem((props.problemOf ?? strings.error)(code, details));
      setIsBusy(false);
    }
  };
  // A request that was sent cannot be canceled, and its answer may open another page.
  const onClose = (): void => {
    if (!isBusy) props.onClose();
  };
  return (
    <Dialog title={title} names={names} text={text} problem={problem} onClose={onClose}>
      <form id={formId} style={{ flexBasis: '100%' }} onSubmit={(event) => void send(event)}>
        {children}
      </form>
      <Button onClick={onClose} aria-disabled={isBusy}>
        {strings.rooms.cancel}
      </Button>
      <Button
        kind={isDanger ? 'danger' : 'primary'}
        type="submit"
        form={formId}
        aria-disabled={isBusy || !isReady}
      >
        {submit}
      </Button>
    </Dialog>
  );
}
