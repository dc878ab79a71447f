/** Button to jump to the first unread message while it is above the screen. */
import type { OpenRoom } from '@parley/client';
import { useState } from 'react';
import { Button } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { strings } from '../strings.ts';
import classes from './jump-to-latest.module.css';
import type { TimelineRow } from './timeline-rows.ts';
import { useUnreadDivider } from './use-unread-divider.ts';

export interface JumpToUnreadProps {
  readonly room: OpenRoom;
  readonly rows: readonly TimelineRow[];
  readonly range: { readonly startIndex: number } | null;
  readonly onPress: (sequence: number) => void;
}

export function JumpToUnread({ room, rows, range, onPress }: JumpToUnreadProps) {
  const divider = useUnreadDivider(room);
  const [isDone, setIsDone] = useState(false);
  if (divider === undefined || isDone || range === null) return null;
  const first = rows.findIndex((row) => 'isFirstUnread' in row && row.isFirstUnread);
  // The first unread message was on the screen, or comes after it.
  if (first >= range.startIndex) {
    setIsDone(true);
    return null;
  }
  const shown = rows.find((row) => row.kind === 'message');
  const isAbove = first >= 0 || sequenceOf(shown) > divider + 1;
  if (!isAbove) return null;
  return (
    <div className={classes['place']} data-side="top">
      <Button
        className={classes['button']}
        onClick={() => {
          setIsDone(true);
          onPress(divider + 1);
        }}
      >
        <Icon name="up" />
        {strings.conversation.firstUnread}
      </Button>
    </div>
  );
}

/** Sequence of a stored message; 0 for any other row. */
function sequenceOf(row: TimelineRow | undefined): number {
  return row?.kind === 'message' && row.message.delivery.kind === 'sent'
    ? row.message.delivery.sequence
    : 0;
}
