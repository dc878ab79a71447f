/** Lines between messages: start of a day, start of the unread messages, and joins and leaves. */
import { BidiIsolate } from '../components/bidi-isolate.tsx';
import { dayText } from '../format-time.ts';
import { strings } from '../strings.ts';
import classes from './timeline-dividers.module.css';
import type { NoticeRow } from './timeline-rows.ts';

export function DayLine({ dayMs, nowMs }: { readonly dayMs: number; readonly nowMs: number }) {
  return (
    <p className={classes['day']}>
      <span>{dayText(dayMs, nowMs)}</span>
    </p>
  );
}

export function UnreadLine() {
  return (
    <p className={classes['unread']}>
      <span>{strings.conversation.unreadLine}</span>
    </p>
  );
}

export function NoticeLine({ row }: { readonly row: NoticeRow }) {
  const parts = [
    row.joined.length > 0 ? strings.conversation.joined(row.joined) : '',
    row.left.length > 0 ? strings.conversation.left(row.left) : '',
  ];
  return (
    <p className={classes['notice']}>
      <BidiIsolate
        text={parts.filter((part) => part !== '').join(' · ')}
        names={[...row.joined, ...row.left]}
      />
    </p>
  );
}
