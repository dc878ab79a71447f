/** A poll in the conversation: its options are buttons with their votes. Loaded with the conversation. */
import {
  POLL_LOCK,
  pollOf,
  questionOf,
  type RoomId,
  type TimelineMessage,
  votesOf,
} from '@parley/client';
import { useState } from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { absoluteTime, recentTime } from '../format-time.ts';
import { useNow } from '../hooks/use-now.ts';
import { useShownNames } from '../people/use-shown-name.ts';
import { messageStrings } from '../strings/message.ts';
import { pollStrings as texts } from '../strings/poll.ts';
import { MessageContent } from './message-content.tsx';
import classes from './poll-view.module.css';
import { usersIn } from './reaction-pill.tsx';
import { useMessageChange } from './use-message-change.ts';

interface PollViewProps {
  readonly roomId: RoomId;
  readonly message: TimelineMessage;
  readonly isActive: boolean;
  readonly isConnected: boolean;
}

/** How soon a poll is shown as closed after its end. */
const CLOCK_MS = 10_000;

export default function PollView({ roomId, message, isActive, isConnected }: PollViewProps) {
  const { user } = useChat();
  const { attachments, content, delivery, userId } = message;
  const poll = pollOf(attachments);
  const clockOffsetMs = useSnapshot((snapshot) => snapshot.clockOffsetMs);
  const nowMs = useNow(poll?.endsAtMs === undefined ? 0 : CLOCK_MS) + clockOffsetMs;
  const canModerate = useSnapshot(({ directory }) =>
    directory.rooms.some((room) => room.id === roomId && room.canModerate === true),
  );
  const isSent = delivery.kind === 'sent';
  // Not used before the message is sent.
  const messageId = isSent ? delivery.id : ('' as never);
  const { change, problem } = useMessageChange({ roomId, messageId });
  if (poll === undefined) return <MessageContent content={content} isActive={isActive} />;
  const reactions = isSent ? delivery.reactions : [];
  const lock = reactions.find(({ emoji }) => emoji === POLL_LOCK);
  const isLocked = lock !== undefined;
  const isOwnLock = lock?.userIds.includes(user.id) === true;
  const isClosed = isLocked || (poll.endsAtMs !== undefined && poll.endsAtMs <= nowMs);
  const options = votesOf(poll).map((vote, index) => {
    const { count = 0, userIds = [] } = reactions.find(({ emoji }) => emoji === vote) ?? {};
    const isOwn = userIds.includes(user.id);
    return { vote, text: poll.options[index] ?? '', count, userIds, isOwn };
  });
  const total = options.reduce((sum, { count }) => sum + count, 0);
  const question = questionOf(content, poll);
  const notes = [
    texts.votes(total),
    ...(isClosed ? [texts.closed] : [poll.isMultiple ? texts.chooseSeveral : texts.chooseOne]),
  ];
  const mayClose = isSent && isConnected && (userId === user.id || canModerate);
  return (
    <div className={classes['poll']}>
      <MessageContent content={question} isActive={isActive} />
      <ul className={classes['options']} aria-label={texts.poll}>
        {options.map((option) => (
          <li key={option.vote}>
            <Option
              {...{ roomId, option, total }}
              isReachable={isActive}
              isDisabled={!isSent || !isConnected || isClosed}
              onToggle={() =>
                change({ kind: option.isOwn ? 'unreact' : 'react', emoji: option.vote })
              }
            />
          </li>
        ))}
      </ul>
      <p className={classes['notes']}>
        <span>
          {notes.join(' · ')}
          {!isClosed && poll.endsAtMs !== undefined && (
            <>
              {' · '}
              <time
                dateTime={new Date(poll.endsAtMs).toISOString()}
                title={absoluteTime(poll.endsAtMs)}
              >
                {texts.endsAt(recentTime(poll.endsAtMs, nowMs))}
              </time>
            </>
          )}
        </span>
        {mayClose && (isOwnLock || !isClosed) && (
          <Button
            kind="quiet"
            tabIndex={isActive ? 0 : -1}
            onClick={() => change({ kind: isLocked ? 'unreact' : 'react', emoji: POLL_LOCK })}
          >
            {isLocked ? texts.reopen : texts.close}
          </Button>
        )}
      </p>
      {problem !== undefined && (
        <p className={classes['problem']} role="alert">
          {messageStrings.notDone(problem)}
        </p>
      )}
    </div>
  );
}

interface OptionProps {
  readonly roomId: RoomId;
  readonly option: {
    readonly vote: string;
    readonly text: string;
    readonly count: number;
    readonly userIds: Parameters<typeof usersIn>[2];
    readonly isOwn: boolean;
  };
  readonly total: number;
  /** A tab stop only while the message is hovered or focused. */
  readonly isReachable: boolean;
  readonly isDisabled: boolean;
  readonly onToggle: () => void;
}

function Option({ roomId, option, total, isReachable, isDisabled, onToggle }: OptionProps) {
  const { client, user } = useChat();
  const { text, count, userIds, isOwn } = option;
  const [isAsked, setIsAsked] = useState(false);
  const ask = (): void => setIsAsked(true);
  const names = useShownNames(isAsked ? usersIn(client.getSnapshot(), roomId, userIds, user) : []);
  return (
    <button
      type="button"
      className={classes['option']}
      aria-pressed={isOwn}
      aria-disabled={isDisabled}
      title={isAsked && count > 0 ? messageStrings.reactors(names, count) : undefined}
      tabIndex={isReachable ? 0 : -1}
      onPointerEnter={ask}
      onFocus={ask}
      onClick={() => isDisabled || onToggle()}
    >
      <span
        className={classes['bar']}
        style={{ width: `${total === 0 ? 0 : Math.round((100 * count) / total)}%` }}
      />
      <span className={classes['mark']}>{isOwn && <Icon name="check" />}</span>
      <bdi className={classes['text']}>{text}</bdi>
      <span className={classes['count']}>
        {count}
        <span className="visually-hidden"> {texts.voteUnit(count)}</span>
      </span>
    </button>
  );
}
