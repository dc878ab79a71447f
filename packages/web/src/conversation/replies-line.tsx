/** New replies in one thread, as one line of the timeline that opens the thread. */
import type { RoomId } from '@parley/client';
import type { TimelineRow } from '@parley/client/react';
import { useChat, useSnapshot } from '../chat-context.ts';
import { BidiIsolate } from '../components/bidi-isolate.tsx';
import { Icon } from '../components/icon.tsx';
import { shownText } from '../files/shown-text.ts';
import { clockTime } from '../format-time.ts';
import { PlainText } from '../people/mentions.ts';
import { useIsBlocked } from '../people/use-is-blocked.ts';
import { useShownNames } from '../people/use-shown-name.ts';
import { listStrings } from '../strings/list.ts';
import { useConversationActions } from './conversation-actions.ts';
import { isMentioned } from './is-mentioned.ts';
import { findMessage } from './message-lookup.ts';
import classes from './replies-line.module.css';

interface RepliesLineProps {
  readonly roomId: RoomId;
  readonly row: Extract<TimelineRow, { kind: 'replies' }>;
}

/** Longer texts are cut by the style; this only bounds the work. */
const TEXT_LENGTH_MAX = 200;

export default function RepliesLine({ roomId, row }: RepliesLineProps) {
  const { user } = useChat();
  const { openThread } = useConversationActions();
  const parent = useSnapshot((snapshot) => findMessage(snapshot, roomId, row.parentId));
  const { newReplies, newRepliesUnknown } = listStrings;
  const senders = new Map(row.replies.map(({ userId, sender }) => [userId, sender]));
  const names = useShownNames([...senders].map(([userId, username]) => ({ userId, username })));
  const isBlocked = useIsBlocked(parent?.userId ?? '');
  const isKnown = parent !== undefined && parent.isDeleted !== true && !isBlocked;
  return (
    <button
      type="button"
      className={classes['line']}
      data-mentioned={row.replies.some((reply) => isMentioned(reply, user))}
      onClick={() => openThread(row.parentId)}
    >
      <Icon name="thread" />
      <span className={classes['who']}>
        <BidiIsolate text={isKnown ? newReplies(names) : newRepliesUnknown(names)} names={names} />
      </span>
      {isKnown && (
        <span className={classes['text']} dir="auto">
          <PlainText text={shownText(parent).slice(0, TEXT_LENGTH_MAX)} />
        </span>
      )}
      <span className={classes['time']}>{clockTime(row.replies.at(-1)?.sentAtMs ?? 0)}</span>
    </button>
  );
}
