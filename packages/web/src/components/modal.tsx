/** A modal surface: the browser keeps the focus inside and returns it to the opener. */
import { type ReactNode, useLayoutEffect, useRef } from 'react';
import classes from './modal.module.css';

export interface ModalProps {
  readonly label: string;
  /** At the top of the page, as for a search box. */
  readonly isHigh?: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function Modal({ label, isHigh = false, onClose, children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // Close before the element is removed, which would lose the focus.
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={classes['modal']}
      aria-label={label}
      data-high={isHigh}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        // Escape closes only this, not the panel behind it.
        event.preventDefault();
        event.nativeEvent.stopPropagation();
        onClose();
      }}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        // The backdrop belongs to the dialog.
        if (event.target === event.currentTarget) onClose();
      }}
    >
      {children}
    </dialog>
  );
}
