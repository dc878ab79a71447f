/** Unread count and mention count of a row in the left column. */
import type { Unread } from '@parley/client';
import { strings } from '../strings.ts';
import classes from './room-list.module.css';

export interface UnreadPillsProps extends Unread {
  /** Every message calls for the user: a direct conversation. */
  readonly isCall?: boolean;
}

export function UnreadPills({ unreadCount, mentionCount, isCall = false }: UnreadPillsProps) {
  return (
    <>
      {mentionCount > 0 && (
        <span className={classes['mentions']}>
          <span aria-hidden="true">@{strings.rooms.pill(mentionCount)}</span>
          <span className="visually-hidden">{strings.rooms.mentions(mentionCount)}, </span>
        </span>
      )}
      <span className={classes['unread']} data-call={isCall}>
        <span aria-hidden="true">{strings.rooms.pill(unreadCount)}</span>
        <span className="visually-hidden">{strings.rooms.unread(unreadCount)}, </span>
      </span>
    </>
  );
}
