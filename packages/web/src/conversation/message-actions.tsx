/** Pin and reactions below a message, and the toolbar to change them. */
import type { Delivery, RoomId } from '@parley/client';
import { Icon } from '../components/icon.tsx';
import { useChat } from '../hooks/chat-context.ts';
import { strings } from '../strings.ts';
import classes from './message-actions.module.css';
import { MessageToolbar } from './message-toolbar.tsx';
import { ReactionPill } from './reaction-pill.tsx';
import { useMessageChange } from './use-message-change.ts';

export interface MessageExtrasProps {
  readonly roomId: RoomId;
  readonly delivery: Extract<Delivery, { kind: 'sent' }>;
  /** The message is hovered or focused. */
  readonly isActive: boolean;
  readonly isConnected: boolean;
}

export function MessageActions({ roomId, delivery, isActive, isConnected }: MessageExtrasProps) {
  const { user } = useChat();
  const { id: messageId, reactions, isPinned } = delivery;
  const { change, problem } = useMessageChange({ roomId, messageId });
  const own = new Set(
    reactions.filter(({ userIds }) => userIds.includes(user.id)).map(({ emoji }) => emoji),
  );
  const toggle = (emoji: string): void =>
    change({ kind: own.has(emoji) ? 'unreact' : 'react', emoji });
  return (
    <>
      {(isPinned || reactions.length > 0) && (
        <div className={classes['extras']}>
          {isPinned && (
            <span className={classes['pinned']}>
              <Icon name="pin" />
              {strings.message.pinned}
            </span>
          )}
          {reactions.map(({ emoji, count }) => (
            <ReactionPill
              key={emoji}
              emoji={emoji}
              count={count}
              isOwn={own.has(emoji)}
              isReachable={isActive}
              isDisabled={!isConnected}
              onToggle={() => toggle(emoji)}
            />
          ))}
        </div>
      )}
      {problem !== undefined && (
        <p className={classes['problem']} role="alert">
          {strings.message.notDone(problem)}
        </p>
      )}
      {isActive && isConnected && (
        <MessageToolbar
          own={own}
          isPinned={isPinned}
          onReact={toggle}
          onPin={() => change({ kind: isPinned ? 'unpin' : 'pin' })}
        />
      )}
    </>
  );
}
