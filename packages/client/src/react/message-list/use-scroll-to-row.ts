/**
 * Scrolls to a row, and follows it when rows are added before it: the virtualizer itself scrolls
 * to an index, which then is the index of another row.
 */
import { useCallback, useLayoutEffect, useRef } from 'react';
import type { TimelineRow } from './timeline-rows.ts';
import type { ListVirtualizer } from './use-virtualizer.ts';

type Align = 'auto' | 'center';

/** Resolves when the row is in its place; to false if it is gone, or another row is wanted. */
export type ScrollToRow = (key: string, align: Align) => Promise<boolean>;

interface Target {
  readonly key: string;
  readonly align: Align;
}

/** Frames until a row is rendered, measured and in its place, at most. */
const FRAMES_MAX = 20;

export function useScrollToRow(
  virtualizer: ListVirtualizer,
  rows: readonly TimelineRow[],
): ScrollToRow {
  const target = useRef<Target | undefined>(undefined);
  const current = useRef(rows);
  current.current = rows;

  const indexOf = useCallback(
    ({ key }: Target): number => current.current.findIndex((row) => row.key === key),
    [],
  );
  const scroll = useCallback(
    (to: Target): void => {
      const index = indexOf(to);
      if (index >= 0) virtualizer.scrollToIndex(index, { align: to.align });
      else target.current = undefined;
    },
    [virtualizer, indexOf],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: the row has another index
  useLayoutEffect(() => {
    if (target.current !== undefined) scroll(target.current);
  }, [rows, scroll]);

  return useCallback(
    async (key, align) => {
      const to: Target = { key, align };
      target.current = to;
      scroll(to);
      for (let frames = 0; frames < FRAMES_MAX && target.current === to; frames += 1) {
        // Measurements arrive between two frames.
        await nextFrame();
        await nextFrame();
        if (isAt(virtualizer, indexOf(to), to)) break;
      }
      if (target.current !== to) return false;
      target.current = undefined;
      // Ends the scrolling to the index.
      virtualizer.scrollBy(0);
      return true;
    },
    [virtualizer, indexOf, scroll],
  );
}

/** Whether the row is rendered, and both virtualizer and browser are at it as far as possible. */
function isAt(virtualizer: ListVirtualizer, index: number, { key, align }: Target): boolean {
  if (!virtualizer.elementsCache.has(key)) return false;
  const [top = 0] = virtualizer.getOffsetForIndex(index, align) ?? [];
  const places = [virtualizer.scrollOffset, virtualizer.scrollElement?.scrollTop];
  return places.every((place = 0) => Math.abs((place ?? 0) - top) <= 1);
}

function nextFrame(): Promise<unknown> {
  return new Promise(requestAnimationFrame);
}
