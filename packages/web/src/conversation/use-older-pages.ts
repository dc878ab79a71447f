/** Loads the previous page when the user scrolls near the first row. */
import { canLoadOlder, type OpenRoom } from '@parley/client';
import type { Virtualizer } from '@tanstack/react-virtual';
import { useEffect } from 'react';
import { useChat, useSnapshot } from '../hooks/chat-context.ts';

/** Distance from the top at which the page is loaded: about one screen. */
const NEAR_TOP_PX = 800;

export function useOlderPages(
  virtualizer: Virtualizer<HTMLDivElement, Element>,
  room: OpenRoom,
): void {
  const { client } = useChat();
  const isConnected = useSnapshot((snapshot) => snapshot.connection.kind === 'open');
  // Until the list is measured, its scroll position is unknown.
  const isMeasured = (virtualizer.scrollRect?.height ?? 0) > 0;
  const isNearTop = (virtualizer.scrollOffset ?? 0) < NEAR_TOP_PX;
  const isWanted =
    isConnected && isMeasured && isNearTop && canLoadOlder(room) && room.olderPages === 'idle';
  useEffect(() => {
    if (isWanted) client.loadOlder(room.id);
  }, [client, room.id, isWanted]);
}
