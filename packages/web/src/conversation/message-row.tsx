/**
 * One message: author at the start of a group, plain text, attachments, delivery status,
 * reactions and pin.
 */
import type { RoomId, TimelineMessage } from '@parley/client';
import { memo } from 'react';
import { Avatar } from '../components/avatar.tsx';
import { Link } from '../components/link.tsx';
import { absoluteTime, clockTime, relativeTime } from '../format-time.ts';
import { useChat } from '../hooks/chat-context.ts';
import { useHoverFocus } from '../hooks/use-hover-focus.ts';
import { personPath } from '../route.ts';
import { strings } from '../strings.ts';
import { DeliveryStatus } from './delivery-status.tsx';
import { MessageActions } from './message-actions.tsx';
import { MessageAttachments } from './message-attachments.tsx';
import classes from './message-row.module.css';

export interface MessageRowProps {
  readonly roomId: RoomId;
  readonly message: TimelineMessage;
  readonly startsGroup: boolean;
  /** Current time of the server's clock. */
  readonly nowMs: number;
  readonly isConnected: boolean;
}

export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { roomId, message, startsGroup, nowMs, isConnected } = props;
  const { userId, sender, content, attachments, sentAtMs, delivery, key } = message;
  const [isActive, activeHandlers] = useHoverFocus();
  return (
    <article
      {...activeHandlers}
      className={classes['message']}
      tabIndex={-1}
      aria-label={strings.message.label(sender, absoluteTime(sentAtMs))}
      data-message-id={delivery.kind === 'sent' ? delivery.id : delivery.entry.clientMessageId}
      data-sequence={delivery.kind === 'sent' ? delivery.sequence : ''}
      data-state={delivery.kind}
      data-key={key}
      data-group-start={startsGroup}
    >
      {startsGroup ? (
        <Avatar userId={userId} username={sender} />
      ) : (
        <MessageTime className={classes['margin-time']} sentAtMs={sentAtMs}>
          {clockTime(sentAtMs)}
        </MessageTime>
      )}
      <div className={classes['body']}>
        {startsGroup && (
          <p className={classes['head']}>
            <Sender userId={userId} username={sender} isReachable={isActive} />
            <MessageTime className={classes['time']} sentAtMs={sentAtMs}>
              {relativeTime(sentAtMs, nowMs)}
            </MessageTime>
          </p>
        )}
        <p className={classes['content']} dir="auto" data-deleted={content === ''}>
          {content === '' ? strings.message.deleted : content}
        </p>
        <MessageAttachments attachments={attachments} isActive={isActive} />
        {delivery.kind === 'sent' && content !== '' && (
          <MessageActions
            roomId={roomId}
            delivery={delivery}
            isActive={isActive}
            isConnected={isConnected}
          />
        )}
        <DeliveryStatus delivery={delivery} isConnected={isConnected} />
      </div>
    </article>
  );
});

interface SenderProps {
  readonly userId: string;
  readonly username: string;
  /** A tab stop only while the message is hovered or focused. */
  readonly isReachable: boolean;
}

/** The name of another user links to the direct conversation with them. */
function Sender({ userId, username, isReachable }: SenderProps) {
  const { user } = useChat();
  if (userId === user.id) return <span className={classes['sender']}>{username}</span>;
  return (
    <Link
      to={personPath(username)}
      className={classes['sender']}
      title={strings.people.message(username)}
      tabIndex={isReachable ? 0 : -1}
    >
      {username}
    </Link>
  );
}

interface MessageTimeProps {
  readonly className: string | undefined;
  readonly sentAtMs: number;
  readonly children: string;
}

function MessageTime({ className, sentAtMs, children }: MessageTimeProps) {
  return (
    <time
      className={className}
      dateTime={new Date(sentAtMs).toISOString()}
      title={absoluteTime(sentAtMs)}
    >
      {children}
    </time>
  );
}
