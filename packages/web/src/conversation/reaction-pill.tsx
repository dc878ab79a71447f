/** One emoji with its count and who chose it; pressing it adds or removes the user's own reaction. */
import type { ClientSnapshot, Reaction, RoomId, UserId, UserPayload } from '@parley/client';
import { type MouseEvent, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { EmojiView } from '../emoji/emoji-view.tsx';
import { type NamedUser, useShownNames } from '../people/use-shown-name.ts';
import { strings } from '../strings/strings.ts';
import classes from './reaction-pill.module.css';

interface ReactionPillProps {
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
  const [isAsked, setIsAsked] = useState(false);
  const { emoji, count, userIds } = reaction;
  const press = ({ currentTarget }: MouseEvent<HTMLButtonElement>): void => {
    // The pill is about to be removed: move the focus first.
    if (isOwn && count === 1) currentTarget.closest('article')?.focus();
    onToggle();
  };
  const ask = (): void => setIsAsked(true);
  const names = useShownNames(isAsked ? usersIn(client.getSnapshot(), roomId, userIds, user) : []);
  return (
    <button
      type="button"
      className={classes['pill']}
      aria-label={strings.message.reaction(emoji, count)}
      aria-pressed={isOwn}
      title={isAsked ? strings.message.reactedBy(names, count, emoji) : undefined}
      onPointerEnter={ask}
      onFocus={ask}
      tabIndex={isReachable ? 0 : -1}
      disabled={isDisabled}
      onClick={press}
    >
      <span className={classes['emoji']} aria-hidden="true">
        <EmojiView emoji={emoji} />
      </span>
      <span className={classes['count']} aria-hidden="true">
        {count}
      </span>
    </button>
  );
}

/** With the usernames that this page knows; the server is asked for the others. */
export function usersIn(
  { rooms }: ClientSnapshot,
  roomId: RoomId,
  userIds: readonly UserId[],
  self: UserPayload,
): readonly NamedUser[] {
  const room = rooms.get(roomId);
  const members = room?.kind === 'open' ? room.members : undefined;
  return userIds.map((userId) => ({
    userId,
    username: userId === self.id ? self.username : members?.get(userId)?.username,
  }));
}
