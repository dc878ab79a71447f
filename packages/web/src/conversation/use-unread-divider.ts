/**
 * Where the line above what was unread stands: it stays where one came in, until one
 * leaves the room, or has looked away from the page and comes back to more.
 */
import { type OpenRoom, readUpTo, type UserPayload, unreadOf } from '@parley/client';
import { useState } from 'react';
import { useChat } from '../hooks/chat-context.ts';
import { usePageVisible } from '../hooks/use-page-visible.ts';

/** The sequence behind which it stands; undefined where there is none. */
export function useUnreadDivider(room: OpenRoom): number | undefined {
  const { user } = useChat();
  const isVisible = usePageVisible();
  const [divider, setDivider] = useState(() => dividerOf(room, user));
  const [wasVisible, setWasVisible] = useState(isVisible);
  if (isVisible !== wasVisible) {
    setWasVisible(isVisible);
    // Before what is seen now counts as read.
    if (isVisible) setDivider(dividerOf(room, user) ?? divider);
  }
  return divider;
}

function dividerOf(room: OpenRoom, user: UserPayload): number | undefined {
  const { unreadCount } = unreadOf(room, undefined, user);
  return unreadCount === 0 ? undefined : readUpTo(room, user);
}
