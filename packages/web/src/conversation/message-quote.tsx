/** The message that a link points at, below the text; nothing if the user may not read it. */
import { ChatError, loadMessage, type Message, type RoomId } from '@parley/client';
import { useEffect, useState } from 'react';
import { type Chat, useChat, useSnapshot } from '../chat-context.ts';
import { Link } from '../components/link.tsx';
import { shownText } from '../files/shown-text.ts';
import { recentTime } from '../format-time.ts';
import { PlainText } from '../people/mentions.ts';
import { useIsBlocked } from '../people/use-is-blocked.ts';
import { ShownName } from '../people/use-shown-name.ts';
import { type PointedMessage, parseRoute } from '../route.ts';
import classes from './message-quote.module.css';

interface MessageQuoteProps {
  /** Path of a link to a message. */
  readonly path: string;
  readonly isReachable: boolean;
}

/** The style shows three lines; this only bounds the work. */
const QUOTE_LENGTH_MAX = 400;
/** Quotes that were loaded are shown at once when they are scrolled into view again. */
const KEPT_MAX = 200;
const KEPT_MS = 60_000;

interface Kept {
  readonly message: Message | undefined;
  readonly atMs: number;
}

const KEPT = new WeakMap<Chat['client'], Map<string, Kept>>();
/** One request at a time: a page of links must not use up what the user may read. */
let queue: Promise<unknown> = Promise.resolve();

export default function MessageQuote({ path, isReachable }: MessageQuoteProps) {
  const route = parseRoute(path);
  if (route.kind !== 'room' || route.position === undefined) return null;
  return <Quote {...{ path, isReachable }} roomId={route.roomId} position={route.position} />;
}

interface QuoteProps extends MessageQuoteProps {
  readonly roomId: RoomId;
  readonly position: PointedMessage;
}

function Quote({ path, isReachable, roomId, position }: QuoteProps) {
  const { client } = useChat();
  const key = 'sequence' in position ? position.sequence : position.messageId;
  // The one of an open room follows its changes.
  const known = useSnapshot(({ rooms }) => {
    const room = rooms.get(roomId);
    return room?.kind === 'open'
      ? room.log.messages.find(({ id, sequence }) => id === key || sequence === key)
      : undefined;
  });
  const [loaded, setLoaded] = useState(() => freshOf(client, path)?.message);
  const isKnown = known !== undefined;
  useEffect(() => {
    if (isKnown || freshOf(client, path) !== undefined) return;
    const kept = keptOf(client);
    let isWanted = true;
    const load = async (): Promise<void> => {
      if (!isWanted) return;
      const message = await loadMessage(client, roomId, key).catch((error: unknown) => {
        // Another attempt follows when the link is shown again.
        if (ChatError.from(error).isRetryable) throw error;
        return undefined;
      });
      kept.delete(path);
      kept.set(path, { message, atMs: Date.now() });
      for (const oldest of kept.keys()) if (kept.size > KEPT_MAX) kept.delete(oldest);
      if (isWanted) setLoaded(message);
    };
    queue = queue.then(load).catch(() => {});
    return () => {
      isWanted = false;
    };
  }, [client, isKnown, key, path, roomId]);
  const message = known ?? loaded;
  const isBlocked = useIsBlocked(message?.userId ?? '');
  if (message === undefined || message.isDeleted === true || isBlocked) return null;
  const { userId, sender, sentAtMs } = message;
  return (
    <Link to={path} className={classes['quote']} tabIndex={isReachable ? 0 : -1}>
      <span className={classes['head']}>
        <span className={classes['name']}>
          <ShownName userId={userId} username={sender} />
        </span>
        <time dateTime={new Date(sentAtMs).toISOString()}>{recentTime(sentAtMs, Date.now())}</time>
      </span>
      <span className={classes['text']} dir="auto">
        <PlainText text={shownText(message).slice(0, QUOTE_LENGTH_MAX)} />
      </span>
    </Link>
  );
}

/** Meanwhile the message may have been deleted, or the user may have left its room. */
function freshOf(client: Chat['client'], path: string): Kept | undefined {
  const kept = keptOf(client).get(path);
  return kept !== undefined && Date.now() - kept.atMs < KEPT_MS ? kept : undefined;
}

function keptOf(client: Chat['client']): Map<string, Kept> {
  let kept = KEPT.get(client);
  if (kept === undefined) {
    kept = new Map();
    KEPT.set(client, kept);
  }
  return kept;
}
