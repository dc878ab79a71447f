/**
 * A modal question. The browser keeps the focus inside, makes the rest of the page inert,
 * and returns the focus to the opener. The first button gets the focus, so put the one
 * that changes nothing first.
 */
import { type KeyboardEvent, type ReactNode, useId, useLayoutEffect, useRef } from 'react';
import { createPortal } from 'react-dom';
import { BidiIsolate } from './bidi-isolate.tsx';
import classes from './dialog.module.css';

interface DialogProps {
  readonly title: string;
  /** Names within the title that users chose. */
  readonly names: readonly string[];
  readonly text: string;
  readonly problem: string | undefined;
  readonly onClose: () => void;
  /** The buttons of the dialog. */
  readonly children: ReactNode;
}

export function Dialog({ title, names, text, problem, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // Close before the element is removed, which would lose the focus.
    return () => element?.close();
  }, []);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    // Escape closes only the dialog, not the panel behind it.
    event.preventDefault();
    event.stopPropagation();
    onClose();
  };
  // Outside of its opener's column, which a narrow window hides.
  return createPortal(
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
    </dialog>,
    document.body,
  );
}
