/** One emoji with its count and who chose it; pressing it adds or removes the user's own reaction. */
import type { Reaction, RoomId } from '@parley/client';
import type { MouseEvent } from 'react';
import { useChat } from '../hooks/chat-context.ts';
import { strings } from '../strings.ts';
import classes from './reaction-pill.module.css';
import { usernamesOf } from './usernames-of.ts';

export interface ReactionPillProps {
  readonly roomId: RoomId;
  readonly reaction: Reaction;
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
  const { roomId, reaction, isOwn, isReachable, isDisabled, onToggle } = props;
  const { client, user } = useChat();
  const { emoji, count, userIds } = reaction;
  const press = ({ currentTarget }: MouseEvent<HTMLButtonElement>): void => {
    // The pill is about to be removed: move the focus first.
    if (isOwn && count === 1) currentTarget.closest('article')?.focus();
    onToggle();
  };
  // Read when the row is rendered; names do not change.
  const names = usernamesOf(client.getSnapshot(), roomId, userIds, user);
  return (
    <button
      type="button"
      className={classes['pill']}
      aria-label={strings.message.reaction(emoji, count)}
      aria-pressed={isOwn}
      title={strings.message.reactedBy(names, count, emoji)}
      tabIndex={isReachable ? 0 : -1}
      disabled={isDisabled}
      onClick={press}
    >
      <span className={classes['emoji']} aria-hidden="true">
        {emoji}
      </span>
      <span className={classes['count']} aria-hidden="true">
        {count}
      </span>
    </button>
  );
}
