/**
 * The day of the topmost visible message, above the messages while they scroll. It is hidden
 * while the line of a day is in its place.
 */
import type { Virtualizer } from '@tanstack/react-virtual';
import { useEffect, useState } from 'react';
import { dayText, startOfDay } from '../format-time.ts';
import classes from './sticky-day.module.css';
import { DayButton } from './timeline-dividers.tsx';
import { type TimelineRow, timeOf } from './timeline-rows.ts';

export interface StickyDayProps {
  readonly virtualizer: Virtualizer<HTMLDivElement, Element>;
  readonly rows: readonly TimelineRow[];
  readonly nowMs: number;
  readonly onPress: () => void;
}

/** Height of the space that the day takes at the top of the list. */
const DAY_PX = 36;

export function StickyDay({ virtualizer, rows, nowMs, onPress }: StickyDayProps) {
  const [dayMs, setDayMs] = useState<number>();
  const { scrollElement } = virtualizer;
  useEffect(() => {
    if (scrollElement === null) return;
    // The virtualizer knows the positions; nothing is measured while the list scrolls.
    const update = (): void => setDayMs(topDay(virtualizer, rows));
    update();
    scrollElement.addEventListener('scroll', update, { passive: true });
    return () => scrollElement.removeEventListener('scroll', update);
  }, [scrollElement, virtualizer, rows]);
  if (dayMs === undefined) return null;
  return (
    <div className={classes['place']}>
      <DayButton text={dayText(dayMs, nowMs)} onPress={onPress} />
    </div>
  );
}

/** Undefined while the line of a day is at the top, and at the start of the messages. */
function topDay(
  virtualizer: Virtualizer<HTMLDivElement, Element>,
  rows: readonly TimelineRow[],
): number | undefined {
  const top = virtualizer.scrollOffset ?? 0;
  const first = virtualizer.getVirtualItemForOffset(top);
  if (first === undefined || first.start > top) return undefined;
  for (let index = first.index; index < rows.length; index += 1) {
    const start = virtualizer.measurementsCache[index]?.start ?? top + DAY_PX;
    if (start >= top + DAY_PX) break;
    // The line of a day is at the upper end of its row.
    if (rows[index]?.day !== undefined && start > top - DAY_PX) return undefined;
  }
  const ms = timeOf(rows[first.index]);
  return ms === undefined ? undefined : startOfDay(ms);
}
