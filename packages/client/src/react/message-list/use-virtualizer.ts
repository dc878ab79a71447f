/**
 * The virtualizer as a hook: it computes which rows are near the screen, and measures them.
 * `@tanstack/react-virtual` would add `react-dom` to the peers of the SDK.
 */
import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualizerOptions,
} from '@tanstack/virtual-core';
import { useLayoutEffect, useState, useSyncExternalStore } from 'react';

export type ListVirtualizer = Virtualizer<HTMLElement, HTMLElement>;

type AllOptions = VirtualizerOptions<HTMLElement, HTMLElement>;
type Options = Omit<
  AllOptions,
  'observeElementRect' | 'observeElementOffset' | 'scrollToFn' | 'onChange'
>;

export function useVirtualizer(options: Options): ListVirtualizer {
  const [changes] = useState(() => new Changes());
  // Rendered before the next paint, as React does for stores: rows appear in the frame that
  // scrolls to them.
  useSyncExternalStore(changes.subscribe, changes.count, changes.count);
  const complete = {
    ...options,
    observeElementRect,
    observeElementOffset: observeShownOffset,
    scrollToFn: elementScroll,
    onChange: changes.add,
  };
  const [virtualizer] = useState<ListVirtualizer>(() => new Virtualizer(complete));
  virtualizer.setOptions(complete);
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer]);
  useLayoutEffect(() => virtualizer._willUpdate());
  return virtualizer;
}

/**
 * The scroll position while the list is shown. A hidden element reports 0, and shows its old
 * position again without an event: the rows would stay those of the start.
 */
const observeShownOffset: AllOptions['observeElementOffset'] = (virtualizer, report) => {
  const element = virtualizer.scrollElement;
  if (element === null) return;
  const isShown = (): boolean => element.clientHeight > 0;
  const end = observeElementOffset(virtualizer, (offset, isScrolling) => {
    if (isShown()) report(offset, isScrolling);
  });
  let wasShown = isShown();
  const observer = new ResizeObserver(() => {
    if (isShown() && !wasShown) report(element.scrollTop, false);
    wasShown = isShown();
  });
  observer.observe(element);
  return () => {
    end?.();
    observer.disconnect();
  };
};

/** Counts the changes of the virtualizer, which is not immutable. */
class Changes {
  #count = 0;
  readonly #listeners = new Set<() => void>();

  readonly count = (): number => this.#count;

  readonly add = (): void => {
    this.#count += 1;
    for (const listener of [...this.#listeners]) listener();
  };

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}
