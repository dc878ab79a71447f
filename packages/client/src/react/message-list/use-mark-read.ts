/** Marks messages on the screen as read while the page is visible. */
import type { RoomId } from '@parley/protocol';
import { useEffect } from 'react';
import type { MessageListClient } from './list-client.ts';
import { lastSequence, type TimelineRow } from './timeline-rows.ts';
import { usePageVisible } from './use-page-visible.ts';
import type { ListVirtualizer } from './use-virtualizer.ts';

interface MarkReadInput {
  readonly client: MessageListClient;
  readonly roomId: RoomId;
  readonly virtualizer: ListVirtualizer;
  readonly rows: readonly TimelineRow[];
  /** The list is on its way to a message: what it shows until then is not read. */
  readonly isHeld: boolean;
}

export function useMarkRead({ client, roomId, virtualizer, rows, isHeld }: MarkReadInput): void {
  const isVisible = usePageVisible();
  // On a phone the list has no size while another column is shown.
  const isShown = isVisible && !isHeld && (virtualizer.scrollRect?.height ?? 0) > 0;
  const seen = isShown ? lastSequence(rows, virtualizer.range?.endIndex ?? -1) : 0;
  useEffect(() => {
    if (seen > 0) client.markRead(roomId, seen);
  }, [client, roomId, seen]);
}
