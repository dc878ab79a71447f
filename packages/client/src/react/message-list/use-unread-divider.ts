/**
 * Position of the unread line: fixed when the user opens the room, until the user leaves
 * it, or returns to the page and finds new messages.
 */
import type { UserPayload } from '@parley/protocol';
import { useState } from 'react';
import type { OpenRoom } from '../../core/rooms/room-state.ts';
import { readUpTo, unreadOf } from '../../core/rooms/unread-state.ts';
import { usePageVisible } from './use-page-visible.ts';

/** Sequence after which the line is drawn; undefined if there is no line. */
export function useUnreadDivider(room: OpenRoom, user: UserPayload): number | undefined {
  const isVisible = usePageVisible();
  const [divider, setDivider] = useState(() => dividerOf(room, user));
  const [wasVisible, setWasVisible] = useState(isVisible);
  if (isVisible !== wasVisible) {
    setWasVisible(isVisible);
    // Before the visible messages are marked as read.
    if (isVisible) setDivider(dividerOf(room, user) ?? divider);
  }
  // A room from the offline copy does not know its new messages before it is live.
  const [wasLive, setWasLive] = useState(room.isLive);
  if (room.isLive && !wasLive) {
    setWasLive(true);
    setDivider(divider ?? dividerOf(room, user));
  }
  return divider;
}

function dividerOf(room: OpenRoom, user: UserPayload): number | undefined {
  const { unreadCount } = unreadOf(room, undefined, user);
  return unreadCount === 0 ? undefined : readUpTo(room, user);
}
