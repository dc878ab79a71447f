/**
 * Follows the newest message while the list is at its end, and stops when the user
 * scrolls up. Only scrolling by the user decides, never a change of size.
 */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { TimelineRow } from './timeline-rows.ts';
import type { HeldWindowView } from './use-held-window.ts';
import type { ListSource } from './use-list-source.ts';
import type { ListVirtualizer } from './use-virtualizer.ts';

/** Maximum distance from the end that counts as the end. */
const AT_END_PX = 24;

export interface FollowLatest {
  readonly isFollowing: boolean;
  readonly showLatest: () => void;
  /** Stops following: the list shows something else. */
  readonly stop: () => void;
  readonly onScroll: () => void;
}

interface FollowLatestInput {
  readonly virtualizer: ListVirtualizer;
  readonly rows: readonly TimelineRow[];
  readonly source: ListSource;
  readonly view: HeldWindowView;
}

export function useFollowLatest(input: FollowLatestInput): FollowLatest {
  const { virtualizer, rows, source, view } = input;
  const { isAtEnd: isEndHeld, showLatest: moveToLatest, cutGrown } = view;
  const { openLatest } = source;
  const [isFollowing, setIsFollowing] = useState(true);
  const lastTop = useRef(0);

  const onScroll = useCallback(() => {
    const element = virtualizer.scrollElement;
    if (element === null) return;
    const { scrollTop, scrollHeight, clientHeight } = element;
    // Hidden: its position reads as 0 of 0.
    if (clientHeight === 0) return;
    const isAtEnd = scrollHeight - scrollTop - clientHeight <= AT_END_PX;
    if (isAtEnd && isEndHeld) setIsFollowing(true);
    else if (scrollTop < lastTop.current) setIsFollowing(false);
    lastTop.current = scrollTop;
  }, [virtualizer, isEndHeld]);

  const showLatest = useCallback(() => {
    setIsFollowing(true);
    openLatest();
    moveToLatest();
    virtualizer.scrollToEnd();
  }, [virtualizer, openLatest, moveToLatest]);

  const totalSize = virtualizer.getTotalSize();
  // biome-ignore lint/correctness/useExhaustiveDependencies: each is a reason to move to the end
  useLayoutEffect(() => {
    if (isFollowing) virtualizer.scrollToEnd();
  }, [virtualizer, isFollowing, rows, totalSize]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the window grows with the rows
  useEffect(() => {
    if (isFollowing) cutGrown();
  }, [isFollowing, cutGrown, rows]);

  // The message box grows with its text, and a phone's keyboard opens and closes.
  useEffect(() => {
    const element = virtualizer.scrollElement;
    if (element === null || !isFollowing) return;
    const observer = new ResizeObserver(() => virtualizer.scrollToEnd());
    observer.observe(element);
    return () => observer.disconnect();
  }, [virtualizer, isFollowing]);

  const stop = useCallback(() => setIsFollowing(false), []);

  return { isFollowing, showLatest, stop, onScroll };
}
