/** Lines between messages: start of a day, start of the unread messages, and joins and leaves. */
import type { NoticeRow } from '@parley/client/react';
import { BidiIsolate } from '../components/bidi-isolate.tsx';
import { dayText } from '../format-time.ts';
import { useShownNames } from '../people/use-shown-name.ts';
import { strings } from '../strings/strings.ts';
import classes from './timeline-dividers.module.css';

interface DayLineProps {
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
  const names = useShownNames([...row.joined, ...row.left, ...row.removed]);
  const joined = names.slice(0, row.joined.length);
  const left = names.slice(joined.length, joined.length + row.left.length);
  const removed = names.slice(joined.length + left.length);
  const parts = [
    joined.length > 0 ? strings.conversation.joined(joined) : '',
    left.length > 0 ? strings.conversation.left(left) : '',
    removed.length > 0 ? strings.conversation.removed(removed) : '',
  ];
  return (
    <p className={classes['notice']}>
      <BidiIsolate text={parts.filter((part) => part !== '').join(' · ')} names={names} />
    </p>
  );
}
