/** The details column: a header with a close button, and Escape closes it. */
import { type ReactNode, useEffect, useRef } from 'react';
import { IconButton } from '../components/icon-button.tsx';
import { ColumnHeader } from './column-header.tsx';
import classes from './panel-frame.module.css';

export interface PanelFrameProps {
  readonly className: string | undefined;
  readonly title: string;
  /** Beside the title, such as the room's name. */
  readonly note?: string;
  /** Name of the close button. */
  readonly close: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function PanelFrame({ className, title, note, close, onClose, children }: PanelFrameProps) {
  const closing = useRef(onClose);
  closing.current = onClose;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      // One press of Escape does one thing, even if it has another use.
      if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) return;
      closing.current();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
  return (
    <section className={`${className} ${classes['panel']}`} aria-label={title} data-region="">
      <ColumnHeader>
        <h1 className={classes['title']}>
          {title}
          {note !== undefined && <bdi className={classes['note']}>{note}</bdi>}
        </h1>
        <IconButton icon="close" name={close} onClick={onClose} />
      </ColumnHeader>
      {children}
    </section>
  );
}
