/** How many have reacted with one emoji; a press adds one's own, or takes it back. */
import type { MouseEvent } from 'react';
import { strings } from '../strings.ts';
import classes from './reaction-pill.module.css';

export interface ReactionPillProps {
  readonly emoji: string;
  readonly count: number;
  readonly isOwn: boolean;
  /** By the Tab key: else all pills of a room stood between the messages and the box below. */
  readonly isReachable: boolean;
  readonly isDisabled: boolean;
  readonly onToggle: () => void;
}

export function ReactionPill(props: ReactionPillProps) {
  const { emoji, count, isOwn, isReachable, isDisabled, onToggle } = props;
  const press = ({ currentTarget }: MouseEvent<HTMLButtonElement>): void => {
    // It is about to go, and the focus must not go with it.
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
