/**
 * The day of the topmost visible message, above the messages while they scroll. It is hidden
 * while the line of a day is in its place.
 */
import type { ListViewport } from '@parley/client/react';
import { useEffect, useState } from 'react';
import { dayText, startOfDay } from '../format-time.ts';
import classes from './sticky-day.module.css';
import { timeOf } from './time-of-row.ts';
import { DayButton } from './timeline-dividers.tsx';

interface StickyDayProps {
  readonly viewport: ListViewport;
  readonly nowMs: number;
  readonly onPress: () => void;
}

/** Height of the space that the day takes at the top of the list. */
const DAY_PX = 36;

export function StickyDay({ viewport, nowMs, onPress }: StickyDayProps) {
  const [dayMs, setDayMs] = useState<number>();
  useEffect(() => {
    const update = (): void => setDayMs(topDay(viewport));
    update();
    return viewport.subscribe(update);
  }, [viewport]);
  if (dayMs === undefined) return null;
  return (
    <div className={classes['place']}>
      <DayButton text={dayText(dayMs, nowMs)} onPress={onPress} />
    </div>
  );
}

/** Undefined while the line of a day is at the top, and at the start of the messages. */
function topDay(viewport: ListViewport): number | undefined {
  const placed = viewport.rowsBetween(0, DAY_PX);
  const [first] = placed;
  if (first === undefined || first.topPx > 0) return undefined;
  // The line of a day is at the upper end of its row.
  if (placed.some(({ row, topPx }) => row.day !== undefined && topPx > -DAY_PX)) return undefined;
  const ms = timeOf(first.row);
  return ms === undefined ? undefined : startOfDay(ms);
}
