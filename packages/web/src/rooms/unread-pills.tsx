/** Unread count and mention count of a row in the left column. */
import type { Unread } from '@parley/client';
import { strings } from '../strings.ts';
import classes from './room-list.module.css';

export function UnreadPills({ unreadCount, mentionCount }: Unread) {
  return (
    <>
      {mentionCount > 0 && (
        <span className={classes['mentions']}>
          <span aria-hidden="true">@{strings.rooms.pill(mentionCount)}</span>
          <span className="visually-hidden">{strings.rooms.mentions(mentionCount)}, </span>
        </span>
      )}
      <span className={classes['unread']}>
        <span aria-hidden="true">{strings.rooms.pill(unreadCount)}</span>
        <span className="visually-hidden">{strings.rooms.unread(unreadCount)}, </span>
      </span>
    </>
  );
}
