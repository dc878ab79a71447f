/** Rows of a room, recomputed only if something in it changed. */
import { canLoadOlder, type OpenRoom, timelineOf } from '@parley/client';
import { useMemo } from 'react';
import { useChat, useSnapshot } from '../hooks/chat-context.ts';
import { type TimelineRow, timelineRows, withGrowing } from './timeline-rows.ts';
import { useUnreadDivider } from './use-unread-divider.ts';

export function useTimelineRows(room: OpenRoom): readonly TimelineRow[] {
  const { user } = useChat();
  const outbox = useSnapshot((snapshot) => snapshot.outbox);
  const streaming = useSnapshot((snapshot) => snapshot.streaming);
  const clockOffsetMs = useSnapshot((snapshot) => snapshot.clockOffsetMs);
  const divider = useUnreadDivider(room);
  const rows = useMemo(
    () =>
      timelineRows({
        messages: timelineOf(room, outbox, { self: user, clockOffsetMs }),
        notices: room.notices,
        divider,
        hasOlder: canLoadOlder(room),
      }),
    [room, outbox, user, clockOffsetMs, divider],
  );
  // Separate from the other rows: a message in progress changes four times a second and
  // must not recompute them.
  return useMemo(() => withGrowing(rows, streaming, room.id), [rows, streaming, room.id]);
}
