/**
 * Below a message: pin and reactions; above it the toolbar while it is active,
 * or on a touch screen the sheet after a long press.
 */
import type { Delivery, RoomId, TimelineMessage } from '@parley/client';
import { Suspense } from 'react';
import { useChat } from '../chat-context.ts';
import { Icon } from '../components/icon.tsx';
import { conversationPart } from '../components/lazy-until-loaded.ts';
import { isTouchScreen } from '../hooks/touch-screen.ts';
import { strings } from '../strings/strings.ts';
import { isPoll, POLL_REACTION } from './is-poll.ts';
import classes from './message-actions.module.css';
import { ReactionPill } from './reaction-pill.tsx';
import { useMessageChange } from './use-message-change.ts';

/** Loaded with the first room, before a pointer can reach a message. */
const MessageToolbar = conversationPart(() => import('./message-toolbar.tsx'));
const MessageSheet = conversationPart(() => import('./message-sheet.tsx'));

interface MessageActionsProps {
  readonly roomId: RoomId;
  readonly message: TimelineMessage;
  readonly delivery: Extract<Delivery, { kind: 'sent' }>;
  /** The message is hovered or focused. */
  readonly isActive: boolean;
  readonly isConnected: boolean;
  /** The actions are open at the lower edge of a touch screen. */
  readonly isSheetOpen: boolean;
  readonly onSheetClose: () => void;
}

/** Whether a message shows something while it is not active. */
export function hasMarks({ delivery }: TimelineMessage): boolean {
  return delivery.kind === 'sent' && (delivery.isPinned || delivery.reactions.length > 0);
}

export function MessageActions(props: MessageActionsProps) {
  const { roomId, message, delivery, isActive, isConnected, isSheetOpen } = props;
  const { user } = useChat();
  const { id: messageId, isPinned } = delivery;
  const reactions = isPoll(message)
    ? delivery.reactions.filter(({ emoji }) => !POLL_REACTION.test(emoji))
    : delivery.reactions;
  const { change, problem } = useMessageChange({ roomId, messageId });
  const own = new Set(
    reactions.filter(({ userIds }) => userIds.includes(user.id)).map(({ emoji }) => emoji),
  );
  const toggle = (emoji: string): void =>
    change({ kind: own.has(emoji) ? 'unreact' : 'react', emoji });
  const actions = { message, delivery, own, onReact: toggle, onChange: change };
  return (
    <>
      {hasMarks(message) && (
        <div className={classes['extras']}>
          {isPinned && (
            <span className={classes['pinned']}>
              <Icon name="pin" />
              {strings.message.pinned}
            </span>
          )}
          {reactions.map((reaction) => (
            <ReactionPill
              key={reaction.emoji}
              roomId={roomId}
              reaction={reaction}
              isOwn={own.has(reaction.emoji)}
              isReachable={isActive}
              isDisabled={!isConnected}
              onToggle={() => toggle(reaction.emoji)}
            />
          ))}
        </div>
      )}
      {problem !== undefined && (
        <p className={classes['problem']} role="alert">
          {strings.message.notDone(problem)}
        </p>
      )}
      {isActive && isConnected && !isTouchScreen() && (
        <Suspense>
          <MessageToolbar {...actions} />
        </Suspense>
      )}
      {isSheetOpen && (
        <Suspense>
          <MessageSheet {...actions} onClose={props.onSheetClose} />
        </Suspense>
      )}
    </>
  );
}
