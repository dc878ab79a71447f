/**
 * A thread: what the server has, and what happened since in the open room. Messages of the
 * room's window are newer than the loaded ones and replace them.
 */
import {
  type MessageId,
  type RoomId,
  type Thread,
  type TimelineMessage,
  timelineOf,
  toTimelineMessage,
} from '@parley/client';
import { useEffect, useMemo, useState } from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';

interface ThreadView {
  readonly parent: TimelineMessage | undefined;
  readonly replies: readonly TimelineMessage[];
  readonly status: 'loading' | 'ready' | 'failed';
  readonly retry: () => void;
}

export function useThread(roomId: RoomId, messageId: MessageId): ThreadView {
  const { client, user: self } = useChat();
  const room = useSnapshot((snapshot) => snapshot.rooms.get(roomId));
  const outbox = useSnapshot((snapshot) => snapshot.outbox);
  const clockOffsetMs = useSnapshot((snapshot) => snapshot.clockOffsetMs);
  const isOpen = room?.kind === 'open' && room.isLive;
  const [thread, setThread] = useState<Thread>();
  const [status, setStatus] = useState<ThreadView['status']>('loading');
  const [attempt, setAttempt] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt loads it again
  useEffect(() => {
    if (!isOpen) return;
    let isCurrent = true;
    setStatus('loading');
    client
      .loadThread(roomId, messageId)
      .then((loaded) => {
        if (!isCurrent) return;
        setThread(loaded);
        setStatus('ready');
      })
      .catch(() => {
        if (isCurrent) setStatus('failed');
      });
    return () => {
      isCurrent = false;
    };
  }, [client, roomId, messageId, isOpen, attempt]);

  const messages = useMemo(() => {
    if (room?.kind !== 'open') return [];
    const live = timelineOf(room, outbox, { self, clockOffsetMs });
    const here = live.filter((each) => each.parentId === messageId || idOf(each) === messageId);
    const known = new Set(here.map(idOf));
    const loaded = [
      ...(thread?.parent === undefined ? [] : [thread.parent]),
      ...(thread?.replies ?? []),
    ];
    const older = loaded.filter(({ id }) => !known.has(id)).map(toTimelineMessage);
    return [...older, ...here].sort((a, b) => placeOf(a) - placeOf(b));
  }, [room, outbox, self, clockOffsetMs, thread, messageId]);

  return {
    parent: messages.find((each) => idOf(each) === messageId),
    replies: messages.filter((each) => each.parentId === messageId),
    status,
    retry: () => setAttempt(attempt + 1),
  };
}

function idOf({ delivery }: TimelineMessage): MessageId | undefined {
  return delivery.kind === 'sent' ? delivery.id : undefined;
}

/** Unsent messages come last, in their order. */
function placeOf({ delivery }: TimelineMessage): number {
  return delivery.kind === 'sent' ? delivery.sequence : Number.MAX_SAFE_INTEGER;
}
