/** The details column for the pinned messages of a room. */
import { ChatError, type Message, type RoomId } from '@parley/client';
import { useState } from 'react';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { Link } from '../components/link.tsx';
import { LoadStatus } from '../components/load-status.tsx';
import { PanelFrame } from '../components/panel-frame.tsx';
import { absoluteTime, recentTime } from '../format-time.ts';
import { focusTitle } from '../hooks/focus.ts';
import { useNow } from '../hooks/use-now.ts';
import { Avatar } from '../people/avatar.tsx';
import { useIsBlocked } from '../people/use-is-blocked.ts';
import { useShownName } from '../people/use-shown-name.ts';
import { messagePath } from '../route.ts';
import { messageStrings } from '../strings/message.ts';
import { pinStrings } from '../strings/pin.ts';
import BlockedMessage from './blocked-message.tsx';
import { MessageContent } from './message-content.tsx';
import classes from './pins-pane.module.css';
import { usePins } from './use-pins.ts';

interface PinsPaneProps {
  readonly className: string | undefined;
  readonly roomId: RoomId;
}

export function PinsPane({ className, roomId }: PinsPaneProps) {
  const { messages, status, hasMore, loadMore, retry, remove } = usePins(roomId);
  return (
    <PanelFrame
      className={className}
      title={pinStrings.title}
      close={pinStrings.close}
      roomId={roomId}
    >
      <div className={classes['scroll']}>
        <LoadStatus
          status={status}
          isEmpty={messages.length === 0}
          texts={pinStrings}
          onRetry={retry}
        />
        {status === 'ready' && messages.length === 0 && (
          <p className={classes['note']}>{pinStrings.none}</p>
        )}
        {messages.length > 0 && (
          <ul aria-label={pinStrings.title}>
            {messages.map((message) => (
              <Pin key={message.id} roomId={roomId} message={message} onUnpinned={remove} />
            ))}
          </ul>
        )}
        {hasMore && (
          <Button kind="quiet" onClick={loadMore}>
            {pinStrings.more}
          </Button>
        )}
      </div>
    </PanelFrame>
  );
}

/** Refresh interval of relative times. */
const CLOCK_MS = 60_000;

interface PinProps {
  readonly roomId: RoomId;
  readonly message: Message;
  readonly onUnpinned: (message: Message) => void;
}

function Pin({ roomId, message, onUnpinned }: PinProps) {
  const { client } = useChat();
  const [problem, setProblem] = useState<string>();
  const nowMs = useNow(CLOCK_MS);
  const name = useShownName(message.userId, message.sender);
  const [isUnfolded, setIsUnfolded] = useState(false);
  const isFolded = useIsBlocked(message.userId) && !isUnfolded;
  const { id: messageId, userId, content, sentAtMs, sequence } = message;
  const unpin = async (button: Element): Promise<void> => {
    try {
      await client.changeMessage({ roomId, messageId }, { kind: 'unpin' });
      focusTitle(button);
      onUnpinned(message);
    } catch (error) {
      setProblem(messageStrings.notDone(ChatError.from(error).code));
    }
  };
  return (
    <li className={classes['pin']}>
      <div className={classes['head']}>
        <Avatar userId={userId} name={name} size="small" />
        <bdi className={classes['sender']}>{name}</bdi>
        <Link to={messagePath(roomId, sequence)} className={classes['time']}>
          <span className="visually-hidden">{pinStrings.jump(name)}</span>{' '}
          <time dateTime={new Date(sentAtMs).toISOString()} title={absoluteTime(sentAtMs)}>
            {recentTime(sentAtMs, nowMs)}
          </time>
        </Link>
        <IconButton
          icon="close"
          name={pinStrings.unpin(name)}
          onClick={({ currentTarget }) => void unpin(currentTarget)}
        />
      </div>
      <div className={classes['text']}>
        {isFolded ? (
          <BlockedMessage onShow={() => setIsUnfolded(true)} />
        ) : (
          <MessageContent content={content} isActive={true} />
        )}
      </div>
      {problem !== undefined && (
        <p className={classes['problem']} role="alert">
          {problem}
        </p>
      )}
    </li>
  );
}
