/** The threads that the user follows: those with unread replies first. Loaded on the first use. */
import {
  ChatError,
  type FollowedThread,
  type Message,
  markThreadRead,
  unfollowThread,
} from '@parley/client';
import { useEffect, useRef, useState } from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';
import { BackToRooms } from '../components/back-to-rooms.tsx';
import { Button } from '../components/button.tsx';
import { ColumnHeader } from '../components/column-header.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { Link } from '../components/link.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { shownText } from '../files/shown-text.ts';
import { absoluteTime, recentTime } from '../format-time.ts';
import { useNow } from '../hooks/use-now.ts';
import { PlainText } from '../people/mentions.ts';
import { useIsBlocked } from '../people/use-is-blocked.ts';
import { useShownName } from '../people/use-shown-name.ts';
import { shownRoomName } from '../rooms/shown-room-name.ts';
import { roomPath } from '../route.ts';
import { strings } from '../strings/strings.ts';
import { followStrings as texts } from '../strings/threads.ts';
import classes from './threads-page.module.css';
import { useFollowedThreads } from './use-followed-threads.ts';

/** Refresh interval of relative times. */
const CLOCK_MS = 60_000;
const TEXT_LENGTH_MAX = 400;
/** The server counts up to it. */
const COUNT_MAX = 100;

export default function ThreadsPage() {
  const { threads, hasMore, problem, loadMore } = useFollowedThreads();
  const [failed, setFailed] = useState<string>();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  const shown = failed ?? (problem === undefined ? undefined : strings.error(problem));
  const change = (done: Promise<void>): void => {
    setFailed(undefined);
    // The button leaves the page with its thread, or with what was unread.
    title.current?.focus();
    done.catch((error: unknown) => setFailed(strings.error(ChatError.from(error).code)));
  };
  return (
    <>
      <ColumnHeader>
        <BackToRooms />
        <h1 ref={title} tabIndex={-1}>
          {texts.title}
        </h1>
      </ColumnHeader>
      {shown !== undefined && (
        <p className={classes['note']} role="alert">
          {shown}
        </p>
      )}
      {threads === undefined && problem === undefined && (
        <Skeleton name={texts.loading} shape="messages" />
      )}
      {threads?.length === 0 && !hasMore && <EmptyState title={texts.title} text={texts.none} />}
      {threads !== undefined && threads.length > 0 && (
        <ul className={classes['list']} aria-label={texts.title}>
          {threads.map((thread) => (
            <Thread key={thread.id} thread={thread} onChange={change} />
          ))}
        </ul>
      )}
      {hasMore && (
        <p className={classes['note']}>
          <Button onClick={loadMore}>{texts.more}</Button>
        </p>
      )}
    </>
  );
}

interface ThreadProps {
  readonly thread: FollowedThread;
  readonly onChange: (done: Promise<void>) => void;
}

function Thread({ thread, onChange }: ThreadProps) {
  const { id, room, parent, replies, unreadCount, lastReplyAtMs } = thread;
  const { client } = useChat();
  const nowMs = useNow(CLOCK_MS);
  const name = useSnapshot((snapshot) => shownRoomName(snapshot, room.id)) ?? room.name;
  const last = replies.at(-1);
  return (
    <li className={classes['thread']} data-unread={unreadCount > 0}>
      <Link to={roomPath(room.id, `thread/${id}`)} className={classes['link']}>
        <span className={classes['head']}>
          <bdi>{name}</bdi>{' '}
          <time
            dateTime={new Date(lastReplyAtMs).toISOString()}
            title={absoluteTime(lastReplyAtMs)}
          >
            {recentTime(lastReplyAtMs, nowMs)}
          </time>
          {unreadCount > 0 && (
            <span className={classes['unread']}>
              <span aria-hidden="true">{texts.many(unreadCount, COUNT_MAX)}</span>
              <span className="visually-hidden">{texts.unread(unreadCount)}</span>
            </span>
          )}
        </span>
        {parent === undefined ? <span>{texts.gone}</span> : <Line message={parent} />}
        {replies.map((reply) => (
          <Line key={reply.id} message={reply} isReply />
        ))}
      </Link>
      {unreadCount > 0 && last !== undefined && (
        <IconButton
          icon="check"
          name={texts.read(name)}
          onClick={() =>
            onChange(markThreadRead(client, room.id, { messageId: id, sequence: last.sequence }))
          }
        />
      )}
      <IconButton
        icon="close"
        name={texts.end(name)}
        onClick={() => onChange(unfollowThread(client, room.id, id))}
      />
    </li>
  );
}

function Line({
  message,
  isReply = false,
}: {
  readonly message: Message;
  readonly isReply?: boolean;
}) {
  const name = useShownName(message.userId, message.sender);
  const isBlocked = useIsBlocked(message.userId);
  const isHidden = isBlocked || message.isDeleted === true;
  return (
    <span className={classes['line']} data-reply={isReply}>
      <bdi className={classes['name']}>{name}</bdi>{' '}
      <span dir="auto">
        {isHidden ? '…' : <PlainText text={shownText(message).slice(0, TEXT_LENGTH_MAX)} />}
      </span>
    </span>
  );
}
