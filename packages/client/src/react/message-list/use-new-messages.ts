/** Messages outside the screen: new ones below it, and the first unread one above it. */
import type { UserPayload } from '@parley/protocol';
import { useState } from 'react';
import type { OpenRoom } from '../../core/rooms/room-state.ts';
import { indexFrom } from './held-window.ts';
import { storedSequence, type TimelineRow } from './timeline-rows.ts';
import type { ListVirtualizer } from './use-virtualizer.ts';

/** Number of messages of others since the list left the end of the room. */
export function useNewCount(room: OpenRoom, user: UserPayload, isFollowing: boolean): number {
  const { messages } = room.log;
  const head = messages.at(-1)?.sequence ?? 0;
  // At the end of the list every message is visible.
  const [seen, setSeen] = useState(head);
  if (isFollowing && seen !== head) setSeen(head);
  if (isFollowing) return 0;
  const news = messages.slice(indexFrom(messages, seen + 1));
  return news.filter(({ userId }) => userId !== user.id).length;
}

interface UnreadAboveInput {
  /** Sequence after which the messages were unread. */
  readonly divider: number | undefined;
  readonly rows: readonly TimelineRow[];
  readonly virtualizer: ListVirtualizer;
  /** The list is on its way: the range is not what the user sees. */
  readonly isHeld: boolean;
}

interface UnreadAbove {
  readonly isAbove: boolean;
  /** The user goes there: it is no longer offered. */
  readonly dismiss: () => void;
}

/** Whether the first unread message is above the screen and was not on it. */
export function useUnreadAbove(input: UnreadAboveInput): UnreadAbove {
  const { divider, rows, virtualizer, isHeld } = input;
  const { range } = virtualizer;
  // The user may return to the page and find other unread messages.
  const [done, setDone] = useState<number>();
  const dismiss = (): void => setDone(divider);
  if (divider === undefined || divider === done || isHeld || range === null) {
    return { isAbove: false, dismiss };
  }
  const first = rows.findIndex((row) => 'isFirstUnread' in row && row.isFirstUnread);
  if (first >= range.startIndex) {
    dismiss();
    return { isAbove: false, dismiss };
  }
  const shown = rows.find((row) => row.kind === 'message');
  const oldest = shown === undefined ? 0 : storedSequence(shown.message);
  return { isAbove: first >= 0 || oldest > divider + 1, dismiss };
}
