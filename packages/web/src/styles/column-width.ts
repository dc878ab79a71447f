/** Width of the first column. Pure, except for storing it. */
import type { CSSProperties } from 'react';

export const COLUMN_WIDTH_MAX = 360;
export const COLUMN_WIDTH_MIN = 200;
export const COLUMN_WIDTH_DEFAULT = 248;

const STORAGE_KEY = 'parley.rooms-width';

/**
 * Rounds to whole pixels and limits the width; a value that is not a number gives the
 * default.
 */
export function clampWidth(width: number): number {
  if (!Number.isFinite(width)) return COLUMN_WIDTH_DEFAULT;
  return Math.round(Math.min(COLUMN_WIDTH_MAX, Math.max(COLUMN_WIDTH_MIN, width)));
}

export function readWidth(): number {
  try {
    return clampWidth(Number(localStorage.getItem(STORAGE_KEY) ?? Number.NaN));
  } catch {
    // Storage can be forbidden; then the width is kept until the page unloads.
    return COLUMN_WIDTH_DEFAULT;
  }
}

export function storeWidth(width: number): void {
  try {
    localStorage.setItem(STORAGE_KEY, String(width));
  } catch {
    // Storage is forbidden, as above.
  }
}

export function columnStyle(width: number): CSSProperties {
  // React's types do not include custom properties.
  return { '--rooms-width': `${width}px` } as CSSProperties;
}
