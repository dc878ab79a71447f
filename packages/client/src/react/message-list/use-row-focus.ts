/**
 * Moves the focus between messages with the arrow keys. The focused row stays rendered
 * while you scroll, and takes the focus back when a focused element inside it is removed,
 * so that the focus is never lost. If the row itself is removed, the list takes the
 * focus.
 */
import { defaultRangeExtractor, type Range } from '@tanstack/virtual-core';
import {
  type FocusEvent,
  type KeyboardEvent,
  type RefObject,
  useCallback,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import type { TimelineRow } from './timeline-rows.ts';
import type { ScrollToRow } from './use-scroll-to-row.ts';
import type { ListVirtualizer } from './use-virtualizer.ts';

interface RowFocus {
  readonly rangeWithFocus: (range: Range) => number[];
  readonly onKeyDown: (
    event: KeyboardEvent,
    virtualizer: ListVirtualizer,
    scrollToRow: ScrollToRow,
  ) => void;
  readonly onFocus: (event: FocusEvent) => void;
  readonly onBlur: (event: FocusEvent) => void;
}

export function useRowFocus(
  rows: readonly TimelineRow[],
  scroll: RefObject<HTMLElement | null>,
  onLeave: (() => void) | undefined,
): RowFocus {
  const [focusedKey, setFocusedKey] = useState<string>();
  /** Row to focus as soon as it is rendered. */
  const wantedKey = useRef<string | undefined>(undefined);
  const focusedIndex = rows.findIndex(({ key }) => key === focusedKey);

  useLayoutEffect(() => {
    if (wantedKey.current === undefined) return;
    const row = findRow(scroll.current, wantedKey.current);
    if (row === undefined) return;
    wantedKey.current = undefined;
    row.focus({ preventScroll: true });
  });

  useLayoutEffect(() => {
    if (focusedKey === undefined || !isFocusLost()) return;
    const row = findRow(scroll.current, focusedKey);
    (row ?? scroll.current)?.focus({ preventScroll: true });
  });

  const onKeyDown: RowFocus['onKeyDown'] = (event, virtualizer, scrollToRow) => {
    if (event.key === 'Escape' && onLeave !== undefined) {
      event.preventDefault();
      onLeave();
      return;
    }
    const step = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
    if (step === 0 || event.altKey) return;
    const from = focusedIndex < 0 ? edgeOfView(virtualizer, step) : focusedIndex;
    const next = nextMessage(rows, from, step);
    if (next === undefined) return;
    event.preventDefault();
    wantedKey.current = next;
    setFocusedKey(next);
    void scrollToRow(next, 'auto');
  };

  return {
    rangeWithFocus: useCallback((range) => withIndex(range, focusedIndex), [focusedIndex]),
    onKeyDown,
    onFocus: (event) => setFocusedKey(keyOf(event.target)),
    onBlur: (event) => {
      if (!event.currentTarget.contains(event.relatedTarget)) setFocusedKey(undefined);
    },
  };
}

function withIndex(range: Range, index: number): number[] {
  const indexes = defaultRangeExtractor(range);
  if (index < 0 || index >= range.count || indexes.includes(index)) return indexes;
  return [...indexes, index].sort((a, b) => a - b);
}

/** Index just outside of the visible range: the first step enters it. */
function edgeOfView({ range }: ListVirtualizer, step: number): number {
  if (range === null) return -1;
  return step < 0 ? range.endIndex + 1 : range.startIndex - 1;
}

/** The next message row in this direction. */
function nextMessage(rows: readonly TimelineRow[], from: number, step: number): string | undefined {
  for (let index = from + step; index >= 0 && index < rows.length; index += step) {
    const row = rows[index];
    if (row?.kind === 'message') return row.key;
  }
  return undefined;
}

/** The rendered element of a row. */
export function findRow(scroll: HTMLElement | null, key: string): HTMLElement | undefined {
  const rows = scroll?.querySelectorAll<HTMLElement>('[data-key]') ?? [];
  return [...rows].find((row) => row.dataset['key'] === key);
}

function keyOf(element: Element): string | undefined {
  return element.closest<HTMLElement>('[data-key]')?.dataset['key'];
}

/** Whether the focused element was removed from the page. */
function isFocusLost(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}
