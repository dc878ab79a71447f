/**
 * A question above the page. The browser keeps the focus within it, makes the rest inert,
 * and gives the focus back to what opened it. The first button has the focus: put the one
 * that changes nothing there.
 */
import { type KeyboardEvent, type ReactNode, useId, useLayoutEffect, useRef } from 'react';
import { BidiIsolate } from './bidi-isolate.tsx';
import classes from './dialog.module.css';

export interface DialogProps {
  readonly title: string;
  /** Names within the title that others chose. */
  readonly names: readonly string[];
  readonly text: string;
  readonly problem: string | undefined;
  readonly onClose: () => void;
  /** The buttons. */
  readonly children: ReactNode;
}

export function Dialog({ title, names, text, problem, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // Before the element leaves the page, which would lose the focus.
    return () => element?.close();
  }, []);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    // Escape closes the dialog only, not the panel behind it.
    event.preventDefault();
    event.nativeEvent.stopPropagation();
    onClose();
  };
  return (
    <dialog
      ref={dialog}
      className={classes['dialog']}
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-text`}
      onKeyDown={onKeyDown}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <h2 id={`${id}-title`} className={classes['title']}>
        <BidiIsolate text={title} names={names} />
      </h2>
      <p id={`${id}-text`}>{text}</p>
      <p className={classes['problem']} role="alert">
        {problem}
      </p>
      <div className={classes['buttons']}>{children}</div>
    </dialog>
  );
}
