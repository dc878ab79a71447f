/** Below a message: who replied in its thread, the number of replies, and the time of the last. */
import type { MessageId } from '@parley/client';
import { useSnapshot } from '../chat-context.ts';
import { Icon } from '../components/icon.tsx';
import { shortTime } from '../format-time.ts';
import { Faces } from '../people/faces.tsx';
import { strings } from '../strings/strings.ts';
import { useConversationActions } from './conversation-actions.ts';
import { threadActivity } from './message-lookup.ts';
import classes from './thread-summary.module.css';

interface ThreadSummaryProps {
  readonly messageId: MessageId;
  readonly count: number;
  readonly isActive: boolean;
}

export default function ThreadSummary({ messageId, count, isActive }: ThreadSummaryProps) {
  const { roomId, openThread, reply } = useConversationActions();
  const activity = useSnapshot((snapshot) => threadActivity(snapshot, roomId, messageId));
  if (reply === undefined) return null;
  return (
    <button
      type="button"
      className={classes['thread']}
      tabIndex={isActive ? 0 : -1}
      onClick={() => openThread(messageId)}
    >
      {activity === undefined ? (
        <Icon name="thread" />
      ) : (
        <Faces
          users={activity.people.map(({ userId, sender }) => ({ userId, username: sender }))}
        />
      )}
      {strings.thread.replies(count)}
      {activity !== undefined && (
        <span className={classes['last']}>
          {strings.thread.last(shortTime(activity.lastAtMs, Date.now()))}
        </span>
      )}
    </button>
  );
}
