/** One emoji with its count; pressing it adds or removes the user's own reaction. */
import type { MouseEvent } from 'react';
import { strings } from '../strings.ts';
import classes from './reaction-pill.module.css';

export interface ReactionPillProps {
  readonly emoji: string;
  readonly count: number;
  readonly isOwn: boolean;
  /**
   * Not always a tab stop: otherwise Tab would pass all pills of the room before the
   * message box.
   */
  readonly isReachable: boolean;
  readonly isDisabled: boolean;
  readonly onToggle: () => void;
}

export function ReactionPill(props: ReactionPillProps) {
  const { emoji, count, isOwn, isReachable, isDisabled, onToggle } = props;
  const press = ({ currentTarget }: MouseEvent<HTMLButtonElement>): void => {
    // The pill is about to be removed: move the focus first.
    if (isOwn && count === 1) currentTarget.closest('article')?.focus();
    onToggle();
  };
  return (
    <button
      type="button"
      className={classes['pill']}
      aria-label={strings.message.reaction(emoji, count)}
      aria-pressed={isOwn}
      tabIndex={isReachable ? 0 : -1}
      disabled={isDisabled}
      onClick={press}
    >
      <span aria-hidden="true">{emoji}</span>
      <span className={classes['count']} aria-hidden="true">
        {count}
      </span>
    </button>
  );
}
