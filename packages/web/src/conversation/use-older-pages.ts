/**
 * Moves the window when the user scrolls near one of its ends. At the first message that the
 * client holds, the previous page is loaded.
 */
import { canLoadOlder, type OpenRoom } from '@parley/client';
import type { Virtualizer } from '@tanstack/react-virtual';
import { useEffect } from 'react';
import { useChat, useSnapshot } from '../hooks/chat-context.ts';
import type { WindowView } from './use-timeline-window.ts';

/** Distance from an end at which the next messages are added: about one screen. */
const NEAR_END_PX = 800;

export function useOlderPages(
  virtualizer: Virtualizer<HTMLDivElement, Element>,
  room: OpenRoom,
  view: WindowView,
): void {
  const { client } = useChat();
  const { isAtStart, isAtEnd, messages, widenBefore, widenAfter } = view;
  const isConnected = useSnapshot((snapshot) => snapshot.connection.kind === 'open');
  // Until the list is measured, its scroll position is unknown.
  const height = virtualizer.scrollRect?.height ?? 0;
  const top = virtualizer.scrollOffset ?? 0;
  const isNearTop = height > 0 && top < NEAR_END_PX;
  const isNearEnd = height > 0 && virtualizer.getTotalSize() - top - height < NEAR_END_PX;
  const first = messages[0]?.sequence;
  const last = messages.at(-1)?.sequence;
  const isWanted =
    isConnected && isNearTop && isAtStart && canLoadOlder(room) && room.olderPages === 'idle';
  useEffect(() => {
    if (isWanted) client.loadOlder(room.id);
  }, [client, room.id, isWanted]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each step moves a bound, and one may not be enough
  useEffect(() => {
    if (isNearTop && !isAtStart) widenBefore();
    else if (isNearEnd && !isAtEnd) widenAfter();
  }, [isNearTop, isNearEnd, isAtStart, isAtEnd, first, last, widenBefore, widenAfter]);
}
