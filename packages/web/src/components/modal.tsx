/** A modal surface: the browser keeps the focus inside and returns it to the opener. */
import { type ReactNode, useLayoutEffect, useRef } from 'react';
import { createPortal } from 'react-dom';
import classes from './modal.module.css';

interface ModalProps {
  readonly label: string;
  /** At the top of the page, as for a search box. */
  readonly isHigh?: boolean;
  /** With room for two columns, and of the same height whatever it shows. A page on a phone. */
  readonly isWide?: boolean;
  /** At the lower edge, where a thumb reaches it. */
  readonly isSheet?: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function Modal(props: ModalProps) {
  const { label, isHigh = false, isWide = false, isSheet = false, onClose, children } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const pressed = useRef<EventTarget>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // Close before the element is removed, which would lose the focus.
    return () => element?.close();
  }, []);
  const element = (
    <dialog
      ref={dialog}
      className={classes['modal']}
      aria-label={label}
      data-high={isHigh}
      data-wide={isWide}
      data-sheet={isSheet}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        // Escape closes only this, not the panel behind it.
        event.preventDefault();
        event.stopPropagation();
        onClose();
      }}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onPointerDown={(event) => {
        pressed.current = event.target;
      }}
      onClickCapture={(event) => {
        // The finger that opened the sheet by a long press is lifted: not a press on the sheet.
        if (isSheet && pressed.current === null && event.detail > 0) event.stopPropagation();
      }}
      onClick={(event) => {
        // The backdrop belongs to the dialog. A selection of text may end on it.
        const { target, currentTarget } = event;
        if (target === currentTarget && pressed.current === target) onClose();
      }}
    >
      {children}
    </dialog>
  );
  // Outside of its opener's column, which a narrow window hides; a sheet belongs to its message,
  // which the list keeps while it contains the focus.
  return isSheet ? element : createPortal(element, document.body);
}
