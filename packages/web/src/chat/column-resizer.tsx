/** Resizes the first column by dragging or with the arrow keys. Loaded after the page. */
import type { KeyboardEvent, PointerEvent } from 'react';
import { plainKey } from '../hooks/plain-key.ts';
import { strings } from '../strings/strings.ts';
import { COLUMN_WIDTH_MAX, COLUMN_WIDTH_MIN, clampWidth } from '../styles/column-width.ts';
import classes from './column-resizer.module.css';

const STEP_PX = 16;

interface ColumnResizerProps {
  readonly width: number;
  readonly onWidth: (width: number) => void;
}

export default function ColumnResizer({ width, onWidth }: ColumnResizerProps) {
  const grab = (event: PointerEvent): void => {
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const drag = (event: PointerEvent): void => {
    // The column starts at the left edge of the page.
    if (event.buttons === 1) onWidth(clampWidth(event.clientX));
  };
  const step = (event: KeyboardEvent): void => {
    const key = plainKey(event);
    const steps = key === 'ArrowLeft' ? -1 : key === 'ArrowRight' ? 1 : 0;
    if (steps === 0) return;
    event.preventDefault();
    onWidth(clampWidth(width + steps * STEP_PX));
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a separator that moves takes the focus; hr cannot
    <div
      className={classes['resizer']}
      role="separator"
      aria-orientation="vertical"
      aria-label={strings.rooms.width}
      aria-valuemin={COLUMN_WIDTH_MIN}
      aria-valuemax={COLUMN_WIDTH_MAX}
      aria-valuenow={width}
      tabIndex={0}
      onPointerDown={grab}
      onPointerMove={drag}
      onKeyDown={step}
    />
  );
}
