/**
 * One message: author at the start of a group, formatted text, attachments, delivery
 * status, reactions, thread and pin.
 */
import type { MessageId, RoomId, TimelineMessage } from '@parley/client';
import { type KeyboardEvent, memo, Suspense, useRef, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { conversationPart, lazyUntilLoaded } from '../components/lazy-until-loaded.ts';
import { Link } from '../components/link.tsx';
import { absoluteTime, clockTime } from '../format-time.ts';
import { plainKey } from '../hooks/plain-key.ts';
import { isTouchScreen } from '../hooks/touch-screen.ts';
import { useHoverFocus } from '../hooks/use-hover-focus.ts';
import { useTouchGestures } from '../hooks/use-touch-gestures.ts';
import { Avatar } from '../people/avatar.tsx';
import { avatarTone } from '../people/avatar-tone.ts';
import { BotMark } from '../people/bot-mark.tsx';
import { useIsBlocked } from '../people/use-is-blocked.ts';
import { useShownName } from '../people/use-shown-name.ts';
import { profilePath } from '../route.ts';
import { strings } from '../strings/strings.ts';
import { useConversationActions } from './conversation-actions.ts';
import { DeletedMessage } from './deleted-message.tsx';
import { useIsMentioned } from './is-mentioned.ts';
import { isPoll } from './is-poll.ts';
import { hasMarks, MessageActions } from './message-actions.tsx';
import { MessageContent } from './message-content.tsx';
import classes from './message-row.module.css';

const MessageAttachments = conversationPart(() => import('./message-attachments.tsx'));
const PollView = conversationPart(() => import('./poll-view.tsx'));
const LinkPreviews = conversationPart(() => import('./link-previews.tsx'));
const DeliveryStatus = conversationPart(() => import('./delivery-status.tsx'));
const NotReachedLine = conversationPart(() => import('./not-reached-line.tsx'));
const EditHistory = lazyUntilLoaded(() => import('./edit-history.tsx'));
const ThreadSummary = conversationPart(() => import('./thread-summary.tsx'));
const ReplyQuote = conversationPart(() => import('./reply-quote.tsx'));
const BlockedMessage = conversationPart(() => import('./blocked-message.tsx'));
/** Loaded with the first room, before a key can open it. */
const MessageEditor = conversationPart(() => import('./message-editor.tsx'));

interface MessageRowProps {
  readonly roomId: RoomId;
  readonly message: TimelineMessage;
  readonly startsGroup: boolean;
  readonly isConnected: boolean;
}

export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { roomId, message, startsGroup, isConnected } = props;
  const { userId, sender, sentAtMs, delivery, key } = message;
  const name = useShownName(userId, sender);
  const isBlocked = useIsBlocked(userId);
  const isMentioned = useIsMentioned(message);
  const { reply } = useConversationActions();
  const [isActive, activeHandlers] = useHoverFocus();
  const [isSheetOpen, setIsSheetOpen] = useState(false);
  const canChange = delivery.kind === 'sent' && isConnected && message.isDeleted !== true;
  const gestures = useTouchGestures({
    onLongPress: () => setIsSheetOpen(canChange),
    onSwipe: canChange && reply !== undefined ? () => reply(message) : undefined,
  });
  return (
    <article
      {...activeHandlers}
      {...gestures}
      onKeyDown={(event) => {
        // A tablet with a keyboard has no toolbar to press.
        const isOpener = event.key === 'Enter' && event.target === event.currentTarget;
        if (isOpener && isTouchScreen()) setIsSheetOpen(canChange);
        else onMessageKey(event);
      }}
      className={classes['message']}
      tabIndex={-1}
      aria-label={strings.message.label(name, absoluteTime(sentAtMs))}
      data-message-id={delivery.kind === 'sent' ? delivery.id : delivery.entry.clientMessageId}
      data-sequence={delivery.kind === 'sent' ? delivery.sequence : ''}
      data-state={delivery.kind}
      data-key={key}
      data-group-start={startsGroup}
      data-mentioned={!isBlocked && isMentioned}
    >
      {startsGroup ? <Avatar userId={userId} name={name} /> : <MessageTime {...{ sentAtMs }} />}
      <div className={classes['body']}>
        {startsGroup && (
          <p className={classes['head']}>
            <Sender userId={userId} username={sender} name={name} isReachable={isActive} />
            <BotMark userId={userId} />
            <MessageTime {...{ sentAtMs }} />
          </p>
        )}
        <MessageBody
          {...{ roomId, message, isActive, isConnected, isBlocked, isSheetOpen }}
          onSheetClose={() => setIsSheetOpen(false)}
        />
        {delivery.kind !== 'sent' && (
          <Suspense>
            <DeliveryStatus message={message} isConnected={isConnected} />
          </Suspense>
        )}
        {message.notReached !== undefined && (
          <Suspense>
            <NotReachedLine roomId={roomId} messageKey={key} userIds={message.notReached} />
          </Suspense>
        )}
      </div>
    </article>
  );
});

interface MessageBodyProps {
  readonly roomId: RoomId;
  readonly message: TimelineMessage;
  readonly isActive: boolean;
  readonly isConnected: boolean;
  readonly isBlocked: boolean;
  readonly isSheetOpen: boolean;
  readonly onSheetClose: () => void;
}

function MessageBody(props: MessageBodyProps) {
  const { roomId, message, isActive, isConnected, isBlocked, isSheetOpen, onSheetClose } = props;
  const { editing } = useConversationActions();
  const [isUnfolded, setIsUnfolded] = useState(false);
  const { content, attachments, delivery, editedAtMs, parentId, sentAtMs, userId } = message;
  const messageId = delivery.kind === 'sent' ? delivery.id : undefined;
  // Most rows pass by without any: they are not worth their cost while the list scrolls.
  const hadActions = useRef(false);
  hadActions.current ||= isActive || isSheetOpen;
  const hasActions = delivery.kind === 'sent' && (hadActions.current || hasMarks(message));
  if (isBlocked && !isUnfolded && message.isDeleted !== true) {
    return (
      <Suspense>
        <BlockedMessage onShow={() => setIsUnfolded(true)} />
      </Suspense>
    );
  }
  if (editing !== undefined && message.key === editing.key) {
    return (
      <Suspense>
        <MessageEditor roomId={roomId} editing={editing} delivery={delivery} content={content} />
      </Suspense>
    );
  }
  return (
    <>
      <DeletedMessage messageId={messageId} isDeleted={message.isDeleted === true}>
        {parentId !== undefined && (
          <Suspense>
            <ReplyQuote roomId={roomId} parentId={parentId} isReachable={isActive} />
          </Suspense>
        )}
        {isPoll(message) ? (
          <Suspense>
            <PollView {...{ roomId, message, isActive, isConnected }} />
          </Suspense>
        ) : (
          content !== '' && (
            <MessageContent content={content} isActive={isActive}>
              {editedAtMs !== undefined && (
                <EditedNote {...{ roomId, messageId, content, editedAtMs, isActive }} />
              )}
            </MessageContent>
          )
        )}
        {attachments.length > 0 && (
          <Suspense>
            <MessageAttachments message={message} isActive={isActive} />
          </Suspense>
        )}
        {delivery.kind === 'sent' && content.includes('://') && (
          <Suspense>
            <LinkPreviews
              {...{ roomId, content, isActive, sentAtMs, userId }}
              messageId={delivery.id}
              sequence={delivery.sequence}
            />
          </Suspense>
        )}
        {hasActions && (
          <MessageActions
            roomId={roomId}
            message={message}
            delivery={delivery}
            isActive={isActive}
            isConnected={isConnected}
            isSheetOpen={isSheetOpen}
            onSheetClose={onSheetClose}
          />
        )}
      </DeletedMessage>
      {messageId !== undefined && message.replyCount !== undefined && (
        <Suspense>
          <ThreadSummary messageId={messageId} count={message.replyCount} isActive={isActive} />
        </Suspense>
      )}
    </>
  );
}

interface EditedNoteProps {
  readonly roomId: RoomId;
  readonly messageId: MessageId | undefined;
  readonly content: string;
  readonly editedAtMs: number;
  /** A tab stop only while the message is hovered or focused. */
  readonly isActive: boolean;
}

/** Opens the earlier texts of the message. */
function EditedNote({ messageId, isActive, ...props }: EditedNoteProps) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <span>
      {' '}
      <button
        type="button"
        className={classes['edited']}
        title={absoluteTime(props.editedAtMs)}
        tabIndex={isActive ? 0 : -1}
        onClick={() => setIsOpen(true)}
      >
        {strings.message.edited}
      </button>
      {isOpen && messageId !== undefined && (
        <Suspense>
          <EditHistory {...props} messageId={messageId} onClose={() => setIsOpen(false)} />
        </Suspense>
      )}
    </span>
  );
}

/** Keys on a focused message press the button of its toolbar with the same meaning. */
const KEY_ACTIONS: Readonly<Record<string, string>> = {
  e: 'edit',
  r: 'reply',
  '+': 'react',
  p: 'pin',
  s: 'save',
  Delete: 'delete',
};

function onMessageKey(event: KeyboardEvent<HTMLElement>): void {
  const { target, currentTarget } = event;
  const key = plainKey(event);
  const action = key === undefined ? undefined : KEY_ACTIONS[key];
  if (target !== currentTarget || action === undefined) return;
  const button = currentTarget.querySelector<HTMLElement>(`[data-action="${action}"]`);
  if (button === null) return;
  event.preventDefault();
  button.click();
}

interface SenderProps {
  readonly userId: string;
  readonly username: string;
  /** As the page shows it. */
  readonly name: string;
  /** A tab stop only while the message is hovered or focused. */
  readonly isReachable: boolean;
}

/** The name of another user links to their profile. */
function Sender({ userId, username, name, isReachable }: SenderProps) {
  const { user } = useChat();
  const { roomId } = useConversationActions();
  const shared = { className: classes['sender'], ...avatarTone(userId) };
  if (userId === user.id) return <span {...shared}>{name}</span>;
  return (
    <Link
      {...shared}
      to={profilePath(roomId, username)}
      title={strings.people.profile(username)}
      tabIndex={isReachable ? 0 : -1}
    >
      {name}
    </Link>
  );
}

/** Beside the name, and in the other messages of a group at the left edge. */
function MessageTime({ sentAtMs }: { readonly sentAtMs: number }) {
  return (
    <time
      className={classes['time']}
      dateTime={new Date(sentAtMs).toISOString()}
      title={absoluteTime(sentAtMs)}
    >
      {clockTime(sentAtMs)}
    </time>
  );
}
