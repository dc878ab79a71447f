/** The pinned messages of a room, page by page; loaded again when a pin of the timeline changes. */
import type { Message, MessageId, RoomId } from '@parley/client';
import { useEffect, useState } from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';

interface PinsView {
  readonly messages: readonly Message[];
  readonly status: 'loading' | 'ready' | 'failed';
  readonly hasMore: boolean;
  readonly loadMore: () => void;
  readonly retry: () => void;
  /** The message is not pinned any more. */
  readonly remove: (message: Message) => void;
}

const NONE: readonly Message[] = [];

const CLOSED = { messages: NONE, status: 'failed', hasMore: false } as const;

export function usePins(roomId: RoomId): PinsView {
  const { client } = useChat();
  const isLive = useSnapshot(({ rooms }) => {
    const room = rooms.get(roomId);
    return room?.kind === 'open' && room.isLive;
  });
  const isClosed = useSnapshot(({ rooms }) => rooms.get(roomId)?.kind === 'closed');
  const shown = useSnapshot(({ rooms }) => {
    const room = rooms.get(roomId);
    if (room?.kind !== 'open') return '';
    return room.log.messages.flatMap(({ id, isPinned }) => (isPinned ? [id] : [])).join(' ');
  });
  const [messages, setMessages] = useState(NONE);
  const [hasMore, setHasMore] = useState(false);
  const [status, setStatus] = useState<PinsView['status']>('loading');
  const [attempt, setAttempt] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt or pin loads it again
  useEffect(() => {
    if (!isLive) return;
    let isCurrent = true;
    setStatus('loading');
    client
      .loadPins(roomId)
      .then((page) => {
        if (!isCurrent) return;
        setMessages(page.messages);
        setHasMore(page.hasMore);
        setStatus('ready');
      })
      .catch(() => {
        if (isCurrent) setStatus('failed');
      });
    return () => {
      isCurrent = false;
    };
  }, [client, roomId, isLive, shown, attempt]);

  const loadMore = async (): Promise<void> => {
    const before = messages.at(-1)?.sequence;
    if (before === undefined) return;
    try {
      const page = await client.loadPins(roomId, { before });
      setMessages((held) => [...held, ...page.messages.filter(isBelow(held))]);
      setHasMore(page.hasMore);
    } catch {
      setStatus('failed');
    }
  };
  return {
    // The user may not read the room any more, or has left it.
    ...(isClosed ? CLOSED : { messages, status, hasMore }),
    loadMore: () => void loadMore(),
    retry: () => setAttempt(attempt + 1),
    remove: ({ id }) => setMessages((held) => without(held, id)),
  };
}

function isBelow(held: readonly Message[]): (message: Message) => boolean {
  const last = held.at(-1)?.sequence ?? Number.POSITIVE_INFINITY;
  return ({ sequence }) => sequence < last;
}

function without(messages: readonly Message[], id: MessageId): readonly Message[] {
  return messages.filter((message) => message.id !== id);
}
