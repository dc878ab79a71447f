/** How wide the first column is: its full width, or narrower. Pure, but for remembering it. */
import type { CSSProperties } from 'react';

export const COLUMN_WIDTH_MAX = 264;
export const COLUMN_WIDTH_MIN = 168;

const STORAGE_KEY = 'parley.rooms-width';

/** The nearest width that the column can have, in whole pixels; the full one for what is no number. */
export function clampWidth(width: number): number {
  if (!Number.isFinite(width)) return COLUMN_WIDTH_MAX;
  return Math.round(Math.min(COLUMN_WIDTH_MAX, Math.max(COLUMN_WIDTH_MIN, width)));
}

export function readWidth(): number {
  try {
    return clampWidth(Number(localStorage.getItem(STORAGE_KEY) ?? Number.NaN));
  } catch {
    // Storage can be forbidden; then the width lasts as long as the page.
    return COLUMN_WIDTH_MAX;
  }
}

export function storeWidth(width: number): void {
  try {
    localStorage.setItem(STORAGE_KEY, String(width));
  } catch {
    // As above.
  }
}

export function columnStyle(width: number): CSSProperties {
  // React's types know no custom properties.
  return { '--rooms-width': `${width}px` } as CSSProperties;
}
