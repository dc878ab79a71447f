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

const NOTICES = ['joined', 'left', 'removed', 'owners', 'moderators', 'members'] as const;

export function NoticeLine({ row }: { readonly row: NoticeRow }) {
  const names = useShownNames(NOTICES.flatMap((kind) => row[kind]));
  let end = 0;
  const parts = NOTICES.map((kind) => {
    const start = end;
    end += row[kind].length;
    return end === start ? '' : strings.conversation[kind](names.slice(start, end));
  });
  return (
    <p className={classes['notice']}>
      <BidiIsolate text={parts.filter((part) => part !== '').join(' · ')} names={names} />
    </p>
  );
}
