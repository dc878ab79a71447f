/** The rows on the screen by their positions, for what is drawn above the list. */
import type { TimelineRow } from './timeline-rows.ts';
import type { ListVirtualizer } from './use-virtualizer.ts';

export interface PlacedRow {
  readonly row: TimelineRow;
  /** Distance of its upper edge from the upper edge of the screen; negative above it. */
  readonly topPx: number;
}

export interface ListViewport {
  /** Calls the listener when the list is scrolled. Returns a function that ends this. */
  readonly subscribe: (listener: () => void) => () => void;
  /** Rows between two distances from the upper edge. Nothing is measured. */
  readonly rowsBetween: (fromPx: number, toPx: number) => readonly PlacedRow[];
}

export function listViewport(
  virtualizer: ListVirtualizer,
  rows: readonly TimelineRow[],
): ListViewport {
  return {
    subscribe: (listener) => {
      const { scrollElement } = virtualizer;
      scrollElement?.addEventListener('scroll', listener, { passive: true });
      return () => scrollElement?.removeEventListener('scroll', listener);
    },
    rowsBetween: (fromPx, toPx) => {
      const top = virtualizer.scrollOffset ?? 0;
      const placed: PlacedRow[] = [];
      let index = virtualizer.getVirtualItemForOffset(top + fromPx)?.index ?? rows.length;
      for (; index < rows.length; index += 1) {
        const row = rows[index];
        const start = virtualizer.measurementsCache[index]?.start;
        if (row === undefined || start === undefined || start >= top + toPx) break;
        placed.push({ row, topPx: start - top });
      }
      return placed;
    },
  };
}
