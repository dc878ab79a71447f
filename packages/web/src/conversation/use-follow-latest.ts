/**
 * Stays with the newest message while one is at the end, and lets go when one
 * scrolls up: only the reader's own movement decides, never a change of size.
 */
import type { Virtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { TimelineRow } from './timeline-rows.ts';

/** As near to the end as this is at the end. */
const AT_END_PX = 24;

export interface FollowLatest {
  readonly isFollowing: boolean;
  readonly showLatest: () => void;
  readonly onScroll: () => void;
}

export function useFollowLatest(
  virtualizer: Virtualizer<HTMLDivElement, Element>,
  rows: readonly TimelineRow[],
): FollowLatest {
  const [isFollowing, setIsFollowing] = useState(true);
  const lastTop = useRef(0);

  const onScroll = useCallback(() => {
    const element = virtualizer.scrollElement;
    if (element === null) return;
    const { scrollTop, scrollHeight, clientHeight } = element;
    const isAtEnd = scrollHeight - scrollTop - clientHeight <= AT_END_PX;
    if (isAtEnd) setIsFollowing(true);
    else if (scrollTop < lastTop.current) setIsFollowing(false);
    lastTop.current = scrollTop;
  }, [virtualizer]);

  const showLatest = useCallback(() => {
    setIsFollowing(true);
    virtualizer.scrollToEnd();
  }, [virtualizer]);

  const totalSize = virtualizer.getTotalSize();
  // biome-ignore lint/correctness/useExhaustiveDependencies: each is a reason to move to the end
  useLayoutEffect(() => {
    if (isFollowing) virtualizer.scrollToEnd();
  }, [virtualizer, isFollowing, rows, totalSize]);

  // The box below grows with what one writes, a phone's keyboard comes and goes.
  useEffect(() => {
    const element = virtualizer.scrollElement;
    if (element === null || !isFollowing) return;
    const observer = new ResizeObserver(() => virtualizer.scrollToEnd());
    observer.observe(element);
    return () => observer.disconnect();
  }, [virtualizer, isFollowing]);

  return { isFollowing, showLatest, onScroll };
}
