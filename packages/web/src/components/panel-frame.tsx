/** The details column: a header with a close button, and Escape closes it. */

import type { RoomId } from '@parley/client';
import { isComposing } from '@parley/client/react';
import { type ReactNode, useCallback, useEffect } from 'react';
import { navigate } from '../hooks/use-route.ts';
import { roomPath } from '../route.ts';
import { ColumnHeader } from './column-header.tsx';
import { IconButton } from './icon-button.tsx';
import classes from './panel-frame.module.css';

interface PanelFrameProps {
  readonly className: string | undefined;
  readonly title: string;
  /** Beside the title, such as the room's name. */
  readonly note?: string;
  /** Name of the close button. */
  readonly close: string;
  /** The room to which closing returns. */
  readonly roomId: RoomId;
  readonly children: ReactNode;
}

export function PanelFrame({ className, title, note, close, roomId, children }: PanelFrameProps) {
  const onClose = useCallback(() => navigate(roomPath(roomId)), [roomId]);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      // One press of Escape does one thing, even if it has another use.
      if (event.key !== 'Escape' || event.defaultPrevented || isComposing(event)) return;
      onClose();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [onClose]);
  return (
    <section className={`${className} ${classes['panel']}`} aria-label={title} data-region="">
      <ColumnHeader>
        <h1 className={classes['title']} tabIndex={-1}>
          {title} {note !== undefined && <bdi className={classes['note']}>{note}</bdi>}
        </h1>
        <IconButton icon="close" name={close} onClick={onClose} />
      </ColumnHeader>
      {children}
    </section>
  );
}
