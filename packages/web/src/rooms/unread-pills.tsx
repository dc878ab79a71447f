/** The mentions of a row in the left column, or its unread messages. Screen readers read both. */
import type { Unread } from '@parley/client';
import { strings } from '../strings/strings.ts';
import classes from './room-list.module.css';

interface UnreadPillsProps extends Unread {
  /** Every message calls for the user: a direct conversation. */
  readonly isCall?: boolean;
}

export function UnreadPills({ unreadCount, mentionCount, isCall = false }: UnreadPillsProps) {
  const hasMentions = mentionCount > 0;
  return (
    <span className={classes['unread']} data-call={isCall || hasMentions}>
      <span aria-hidden="true">
        {hasMentions ? `@${strings.rooms.pill(mentionCount)}` : strings.rooms.pill(unreadCount)}
      </span>
      <span className="visually-hidden">
        {hasMentions && `${strings.rooms.mentions(mentionCount)}, `}
        {strings.rooms.unread(unreadCount)},{' '}
      </span>
    </span>
  );
}
