/** Rows of the window of a room, recomputed only if something in it changed. */
import { canLoadOlder, type Notice, type OpenRoom, timelineOf } from '@parley/client';
import { useMemo, useState } from 'react';
import { useChat, useSnapshot } from '../hooks/chat-context.ts';
import { type TimelineRow, timelineRows, withGrowing } from './timeline-rows.ts';
import type { WindowView } from './use-timeline-window.ts';
import { useUnreadDivider } from './use-unread-divider.ts';

const NOTHING: readonly never[] = Object.freeze([]);

export function useTimelineRows(room: OpenRoom, view: WindowView): readonly TimelineRow[] {
  const { messages, isAtStart, isAtEnd } = view;
  const { user } = useChat();
  // Unsent messages come after the latest message.
  const outbox = useSnapshot((snapshot) => (isAtEnd ? snapshot.outbox : NOTHING));
  const streaming = useSnapshot((snapshot) => (isAtEnd ? snapshot.streaming : NOTHING));
  const clockOffsetMs = useSnapshot((snapshot) => snapshot.clockOffsetMs);
  const divider = useUnreadDivider(room);
  const { id, notices } = room;
  const isDirect = useSnapshot(({ conversations }) => conversations.get(id)?.kind === 'direct');
  // As the room was when the user opened it, so that no line disappears while it is read.
  const [newAfter] = useState(divider ?? room.log.position);
  const threads = useMemo(
    () => (isDirect ? undefined : { newAfter, selfId: user.id }),
    [isDirect, newAfter, user.id],
  );
  const hasOlder = !isAtStart || canLoadOlder(room);
  const rows = useMemo(
    () =>
      timelineRows({
        messages: timelineOf({ id, log: { messages } }, outbox, { self: user, clockOffsetMs }),
        notices: isAtEnd ? notices : noticesUpTo(notices, messages.at(-1)?.sequence ?? 0),
        divider,
        hasOlder,
        threads,
      }),
    [id, messages, notices, outbox, user, clockOffsetMs, divider, isAtEnd, hasOlder, threads],
  );
  // Separate from the other rows: a message in progress changes four times a second and
  // must not recompute them.
  return useMemo(() => withGrowing(rows, streaming, room.id), [rows, streaming, room.id]);
}

function noticesUpTo(notices: readonly Notice[], sequence: number): readonly Notice[] {
  return notices.filter(({ afterSequence }) => afterSequence <= sequence);
}
