/** The answered message as one line above a reply; pressing it opens the thread. */
import type { MessageId, RoomId } from '@parley/client';
import { useSnapshot } from '../chat-context.ts';
import { Icon } from '../components/icon.tsx';
import { shownText } from '../files/shown-text.ts';
import { PlainText } from '../people/mentions.ts';
import { useIsBlocked } from '../people/use-is-blocked.ts';
import { ShownName } from '../people/use-shown-name.ts';
import { messageStrings } from '../strings/message.ts';
import { strings } from '../strings/strings.ts';
import { useConversationActions } from './conversation-actions.ts';
import { findMessage } from './message-lookup.ts';
import classes from './reply-quote.module.css';

interface ReplyQuoteProps {
  readonly roomId: RoomId;
  readonly parentId: MessageId;
  readonly isReachable: boolean;
}

/** Longer quotes are cut by the style; this only bounds the work. */
const QUOTE_LENGTH_MAX = 200;

export default function ReplyQuote({ roomId, parentId, isReachable }: ReplyQuoteProps) {
  const { openThread, reply } = useConversationActions();
  const parent = useSnapshot((snapshot) => findMessage(snapshot, roomId, parentId));
  const isBlocked = useIsBlocked(parent?.userId ?? '');
  // In a thread, what the replies answer is at its top.
  if (reply === undefined) return null;
  return (
    <button
      type="button"
      className={classes['quote']}
      tabIndex={isReachable ? 0 : -1}
      onClick={() => openThread(parentId)}
    >
      <Icon name="reply" />
      <span className="visually-hidden">{messageStrings.answers}</span>
      {parent === undefined ? (
        <span className={classes['text']}>{messageStrings.earlier}</span>
      ) : (
        <>
          <span className={classes['name']}>
            <ShownName userId={parent.userId} username={parent.sender} />
          </span>
          <span className={classes['text']} dir="auto">
            {parent.isDeleted === true && strings.message.deleted}
            {parent.isDeleted !== true && !isBlocked && (
              <PlainText text={shownText(parent).slice(0, QUOTE_LENGTH_MAX)} />
            )}
          </span>
        </>
      )}
    </button>
  );
}
