/** Recent activity of others that concerns the user, in one list. Loaded on the first use. */
import { type ActivityEntry, ChatError, declineAll, type InvitationActivity } from '@parley/client';
import { useEffect, useRef, useState } from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';
import { BackToRooms } from '../components/back-to-rooms.tsx';
import { Button } from '../components/button.tsx';
import { ColumnHeader } from '../components/column-header.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { Link } from '../components/link.tsx';
import { LoadStatus } from '../components/load-status.tsx';
import { EmojiView } from '../emoji/emoji-view.tsx';
import { absoluteTime, recentTime } from '../format-time.ts';
import { focusTitle } from '../hooks/focus.ts';
import { useNow } from '../hooks/use-now.ts';
import { Avatar } from '../people/avatar.tsx';
import { PlainText } from '../people/mentions.ts';
import { useShownName } from '../people/use-shown-name.ts';
import { shownRoomName } from '../rooms/shown-room-name.ts';
import { messagePath } from '../route.ts';
import { activityStrings } from '../strings/activity.ts';
import { messageStrings } from '../strings/message.ts';
import { strings } from '../strings/strings.ts';
import { useWorkspaces } from '../workspaces/use-workspaces.ts';
import { hasNext, keyOf } from './activity-entries.ts';
import classes from './activity-page.module.css';
import { type ActivityView, useActivity } from './use-activity.ts';

/** Refresh interval of relative times. */
const CLOCK_MS = 60_000;

export default function ActivityPage() {
  const { entries, status, next, loadMore, reload } = useActivity();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <>
      <ColumnHeader>
        <BackToRooms />
        <h1 ref={title} tabIndex={-1}>
          {strings.activity.title}
        </h1>
      </ColumnHeader>
      <LoadStatus
        status={status}
        isEmpty={entries.length === 0}
        texts={activityStrings}
        onRetry={reload}
      />
      {status === 'ready' && entries.length === 0 && !hasNext(next) && (
        <EmptyState title={strings.activity.title} text={activityStrings.none} />
      )}
      {(entries.length > 0 || hasNext(next)) && (
        <ul className={classes['list']} aria-label={strings.activity.title}>
          {entries.map((entry) => (
            <Entry key={keyOf(entry)} entry={entry} onAnswered={reload} />
          ))}
          {hasNext(next) && (
            <OlderActivity key={`${next.activity} ${next.invitations}`} {...{ status, loadMore }} />
          )}
        </ul>
      )}
    </>
  );
}

interface OlderActivityProps {
  readonly status: ActivityView['status'];
  readonly loadMore: () => void;
}

/** The end of the list: the next page is loaded as soon as it is on the screen. */
function OlderActivity({ status, loadMore }: OlderActivityProps) {
  const line = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (line.current === null || status !== 'ready') return;
    const observer = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting === true) loadMore();
    });
    observer.observe(line.current);
    return () => observer.disconnect();
  }, [status, loadMore]);
  return (
    <li ref={line} className={classes['note']}>
      {activityStrings.loadingOlder}
    </li>
  );
}

interface EntryProps {
  readonly entry: ActivityEntry;
  readonly onAnswered: () => void;
}

function Entry({ entry, onAnswered }: EntryProps) {
  const { actor, kind, timestamp, unread } = entry;
  const nowMs = useNow(CLOCK_MS);
  const sentAtMs = Date.parse(timestamp);
  const name = useShownName(actor.id, actor.username);
  const place = useSnapshot((snapshot) =>
    entry.kind === 'invitation'
      ? entry.name
      : (shownRoomName(snapshot, entry.roomId) ?? entry.roomName),
  );
  const head = (
    <>
      <bdi className={classes['actor']}>{name}</bdi> {activityStrings.kinds[kind]}{' '}
      <bdi>{place}</bdi>
    </>
  );
  return (
    <li className={classes['entry']} data-unread={unread}>
      <Avatar userId={actor.id} name={name} />
      <div className={classes['body']}>
        {entry.kind === 'invitation' ? (
          <>
            <p>{head}</p>
            <Answer invitation={entry} onAnswered={onAnswered} />
          </>
        ) : (
          <Link to={messagePath(entry.roomId, entry.sequence)} className={classes['link']}>
            <span>
              {head} {entry.emoji !== undefined && <EmojiView emoji={entry.emoji} />}
            </span>
            <span className={classes['text']} dir="auto">
              <PlainText text={entry.content} />
            </span>
          </Link>
        )}
        {unread && <span className="visually-hidden">{activityStrings.unread}</span>}
      </div>
      <time className={classes['time']} dateTime={timestamp} title={absoluteTime(sentAtMs)}>
        {recentTime(sentAtMs, nowMs)}
      </time>
    </li>
  );
}

interface AnswerProps {
  readonly invitation: InvitationActivity;
  readonly onAnswered: () => void;
}

function Answer({ invitation, onAnswered }: AnswerProps) {
  const { client } = useChat();
  const { refresh } = useWorkspaces();
  const [problem, setProblem] = useState<string>();
  const [isSure, setSure] = useState(false);
  const { actor, targetId, name } = invitation;
  const shown = useShownName(actor.id, actor.username);
  const answer = async (how: 'accept' | 'decline' | 'block', button: Element): Promise<void> => {
    if (how === 'block' && !isSure) {
      setSure(true);
      return;
    }
    try {
      if (how === 'block') {
        await declineAll(client, { inviterId: actor.id, block: true, leaveGroups: true });
      }
      if (how !== 'block') await client.account.answerInvitation(targetId, how === 'accept');
      client.refreshRooms();
      await refresh();
      focusTitle(button);
      onAnswered();
    } catch (error) {
      setProblem(messageStrings.notDone(ChatError.from(error).code));
    }
  };
  return (
    <div className={classes['answers']}>
      <Button
        kind="primary"
        aria-label={activityStrings.acceptOf(name)}
        onClick={({ currentTarget }) => void answer('accept', currentTarget)}
      >
        {activityStrings.accept}
      </Button>
      <Button
        aria-label={activityStrings.declineOf(name)}
        onClick={({ currentTarget }) => void answer('decline', currentTarget)}
      >
        {activityStrings.decline}
      </Button>
      <Button onClick={({ currentTarget }) => void answer('block', currentTarget)}>
        {isSure ? activityStrings.declineAllSure : activityStrings.declineAllOf(shown)}
      </Button>
      <span role="alert">{problem}</span>
    </div>
  );
}
