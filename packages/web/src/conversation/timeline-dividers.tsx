/** Lines between messages: start of a day, start of the unread messages, and joins and leaves. */
import type { NoticeRow } from '@parley/client/react';
import { BidiIsolate } from '../components/bidi-isolate.tsx';
import { dayText } from '../format-time.ts';
import { strings } from '../strings.ts';
import classes from './timeline-dividers.module.css';

export interface DayLineProps {
  readonly dayMs: number;
  readonly nowMs: number;
  /** Without it the day is only a text. */
  readonly onPress?: () => void;
}

/** No tab stop: the menu of the conversation offers the same. */
export function DayLine({ dayMs, nowMs, onPress }: DayLineProps) {
  const text = dayText(dayMs, nowMs);
  return (
    <p className={classes['day']}>
      {onPress === undefined ? (
        <span className={classes['day-button']}>{text}</span>
      ) : (
        <DayButton text={text} onPress={onPress} />
      )}
    </p>
  );
}

interface DayButtonProps {
  readonly text: string;
  readonly onPress: () => void;
}

/** A day that opens the choice of another one. */
export function DayButton({ text, onPress }: DayButtonProps) {
  return (
    <button
      type="button"
      className={classes['day-button']}
      tabIndex={-1}
      aria-label={strings.conversation.jumpToDateFrom(text)}
      title={strings.conversation.jumpToDate}
      onClick={onPress}
    >
      {text}
    </button>
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
    row.removed.length > 0 ? strings.conversation.removed(row.removed) : '',
  ];
  return (
    <p className={classes['notice']}>
      <BidiIsolate
        text={parts.filter((part) => part !== '').join(' · ')}
        names={[...row.joined, ...row.left, ...row.removed]}
      />
    </p>
  );
}
