/** The message of a thread and its replies, with the days between them. Loaded on the first use. */
import {
  ChatError,
  followThread,
  type MessageId,
  markThreadRead,
  type RoomId,
  type ThreadState,
  type TimelineMessage,
  unfollowThread,
} from '@parley/client';
import { Fragment, useEffect, useState } from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { LoadStatus } from '../components/load-status.tsx';
import { startOfDay } from '../format-time.ts';
import { useNow } from '../hooks/use-now.ts';
import { usePageVisible } from '../hooks/use-page-visible.ts';
import { messageStrings } from '../strings/message.ts';
import { strings } from '../strings/strings.ts';
import { threadStrings } from '../strings/thread.ts';
import { followStrings } from '../strings/threads.ts';
import { useThreadFollow } from '../threads/use-thread-follow.ts';
import { MessageRow } from './message-row.tsx';
import { readInThread } from './read-in-thread.ts';
import { useReadOnly } from './read-only.ts';
import classes from './thread-pane.module.css';
import { DayLine } from './timeline-dividers.tsx';
import { useThread } from './use-thread.ts';

interface ThreadMessagesProps {
  readonly roomId: RoomId;
  readonly messageId: MessageId;
  /** Whether the reply that is being written is also a message of the room. */
  readonly alsoToRoom: boolean;
  readonly setAlsoToRoom: (isChosen: boolean) => void;
}

/** Refresh interval of relative days. */
const CLOCK_MS = 60_000;

export default function ThreadMessages(props: ThreadMessagesProps) {
  const { roomId, messageId, alsoToRoom, setAlsoToRoom } = props;
  const { client, user } = useChat();
  // In a direct conversation every reply is among the other messages.
  const isDirect = useSnapshot(({ conversations }) => conversations.get(roomId)?.kind === 'direct');
  const isReadOnly = useReadOnly(roomId) !== undefined;
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
  const follow = useThreadFollow(roomId, messageId);
  const [problem, setProblem] = useState<string>();
  const last = replies.findLast(({ delivery }) => delivery.kind === 'sent')?.delivery;
  const sequence = last?.kind === 'sent' ? last.sequence : undefined;
  const isUnread = isShown && (follow?.unreadCount ?? 0) > 0;
  useEffect(() => {
    if (!isUnread || sequence === undefined) return;
    // If it fails, it is marked with the next reply.
    markThreadRead(client, roomId, { messageId, sequence }).catch(() => {});
  }, [client, roomId, messageId, isUnread, sequence]);
  const toggle = async ({ isFollowing }: ThreadState): Promise<void> => {
    try {
      setProblem(undefined);
      await (isFollowing ? unfollowThread : followThread)(client, roomId, messageId);
    } catch (error) {
      setProblem(messageStrings.notDone(ChatError.from(error).code));
    }
  };
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
    <>
      <div className={classes['scroll']} role="log" aria-label={threadStrings.messages}>
        {parent !== undefined && row(parent, undefined)}
        {(status === 'ready' || replies.length > 0) && (
          <p className={classes['count']}>
            {replies.length === 0 ? threadStrings.none : strings.thread.replies(replies.length)}
            {follow !== undefined && (
              <Button kind="quiet" onClick={() => void toggle(follow)}>
                {follow.isFollowing ? followStrings.unfollow : followStrings.follow}
              </Button>
            )}
            {problem !== undefined && <span role="alert">{problem}</span>}
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
      {!isDirect && !isReadOnly && (
        <label className={classes['also']}>
          <input
            type="checkbox"
            checked={alsoToRoom}
            onChange={({ target }) => setAlsoToRoom(target.checked)}
          />
          {threadStrings.alsoToRoom}
        </label>
      )}
    </>
  );
}
