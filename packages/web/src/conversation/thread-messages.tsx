/** The message of a thread and its replies, with the days between them. Loaded on the first use. */
import type { MessageId, RoomId, TimelineMessage } from '@parley/client';
import { Fragment, useEffect } from 'react';
import { LoadStatus } from '../components/load-status.tsx';
import { startOfDay } from '../format-time.ts';
import { useChat, useSnapshot } from '../hooks/chat-context.ts';
import { useNow } from '../hooks/use-now.ts';
import { usePageVisible } from '../hooks/use-page-visible.ts';
import { strings } from '../strings/strings.ts';
import { threadStrings } from '../strings/thread.ts';
import { MessageRow } from './message-row.tsx';
import { readInThread } from './read-in-thread.ts';
import classes from './thread-pane.module.css';
import { DayLine } from './timeline-dividers.tsx';
import { useThread } from './use-thread.ts';

interface ThreadMessagesProps {
  readonly roomId: RoomId;
  readonly messageId: MessageId;
}

/** Refresh interval of relative days. */
const CLOCK_MS = 60_000;

export default function ThreadMessages({ roomId, messageId }: ThreadMessagesProps) {
  const { client, user } = useChat();
  const room = useSnapshot((snapshot) => snapshot.rooms.get(roomId));
  const isConnected = useSnapshot((snapshot) => snapshot.connection.kind === 'open');
  const nowMs = useNow(CLOCK_MS) + useSnapshot((snapshot) => snapshot.clockOffsetMs);
  const { parent, replies, status, retry } = useThread(roomId, messageId);
  // Below 1100 px the pane hides the messages of the room, which mark nothing as read then.
  const isShown = usePageVisible() && status === 'ready' && room?.kind === 'open';
  const read = isShown ? readInThread(room, { threadId: messageId, selfId: user.id }) : undefined;
  useEffect(() => {
    if (read !== undefined) client.markRead(roomId, read);
  }, [client, roomId, read]);
  const row = (message: TimelineMessage, before: TimelineMessage | undefined) => {
    const dayMs = startOfDay(message.sentAtMs);
    return (
      <Fragment key={message.key}>
        {(before === undefined || dayMs !== startOfDay(before.sentAtMs)) && (
          <DayLine dayMs={dayMs} nowMs={nowMs} />
        )}
        <MessageRow
          roomId={roomId}
          message={message}
          startsGroup={true}
          isConnected={isConnected}
        />
      </Fragment>
    );
  };
  return (
    <div className={classes['scroll']} role="log" aria-label={threadStrings.messages}>
      {parent !== undefined && row(parent, undefined)}
      {(status === 'ready' || replies.length > 0) && (
        <p className={classes['count']}>
          {replies.length === 0 ? threadStrings.none : strings.thread.replies(replies.length)}
        </p>
      )}
      <LoadStatus
        status={status}
        isEmpty={replies.length === 0}
        texts={{ loading: strings.thread.loading, failed: threadStrings.failed }}
        onRetry={retry}
      />
      {replies.map((reply, index) => row(reply, replies[index - 1] ?? parent))}
      {/* The last element keeps the newest reply in view. */}
      <div className={classes['end']} />
    </div>
  );
}
