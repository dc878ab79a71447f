/** Marks messages on the screen as read while the page is visible. */
import type { OpenRoom } from '@parley/client';
import type { Virtualizer } from '@tanstack/react-virtual';
import { useEffect } from 'react';
import { useChat } from '../hooks/chat-context.ts';
import { usePageVisible } from '../hooks/use-page-visible.ts';
import { lastSequence, type TimelineRow } from './timeline-rows.ts';

export function useMarkRead(
  virtualizer: Virtualizer<HTMLDivElement, Element>,
  rows: readonly TimelineRow[],
  room: OpenRoom,
): void {
  const { client } = useChat();
  const isVisible = usePageVisible();
  // On a phone the list has no size while another column is shown.
  const isShown = isVisible && (virtualizer.scrollRect?.height ?? 0) > 0;
  const seen = isShown ? lastSequence(rows, virtualizer.range?.endIndex ?? -1) : 0;
  useEffect(() => {
    if (seen > 0) client.markRead(room.id, seen);
  }, [client, room.id, seen]);
}
