/**
 * Which rooms and conversations stand in the unread section. A room that the user
 * opens from there stays until the user leaves it, so that nothing moves under the pointer.
 */
import type { RoomId } from '@parley/client';
import { useState } from 'react';
import { usePageVisible } from '../hooks/use-page-visible.ts';

interface Row {
  readonly id: RoomId;
  readonly unreadCount: number;
  readonly isMarkedUnread?: boolean;
}

export function useUnreadSection(
  rows: readonly Row[],
  current: RoomId | undefined,
): ReadonlySet<RoomId> {
  const isVisible = usePageVisible();
  const unread = new Set(
    rows
      .filter(({ unreadCount, isMarkedUnread }) => unreadCount > 0 || isMarkedUnread === true)
      .map(({ id }) => id),
  );
  const [opened, setOpened] = useState({ id: current, isKept: false });
  let kept = opened;
  if (opened.id !== current) {
    kept = { id: current, isKept: current !== undefined && unread.has(current) };
    setOpened(kept);
  }
  // New messages of the room on the screen are read at once.
  if (current !== undefined && isVisible) unread.delete(current);
  if (current !== undefined && kept.isKept) unread.add(current);
  return unread;
}
