/** The rows of a room, made anew only when something in it changed. */
import { canLoadOlder, type OpenRoom, timelineOf } from '@parley/client';
import { useMemo } from 'react';
import { useChat, useSnapshot } from '../hooks/chat-context.ts';
import { type TimelineRow, timelineRows } from './timeline-rows.ts';

export function useTimelineRows(room: OpenRoom): readonly TimelineRow[] {
  const { user } = useChat();
  const outbox = useSnapshot((snapshot) => snapshot.outbox);
  const clockOffsetMs = useSnapshot((snapshot) => snapshot.clockOffsetMs);
  return useMemo(
    () =>
      timelineRows({
        messages: timelineOf(room, outbox, { self: user, clockOffsetMs }),
        notices: room.notices,
        hasOlder: canLoadOlder(room),
      }),
    [room, outbox, user, clockOffsetMs],
  );
}
