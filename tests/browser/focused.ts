import type { Locator } from 'playwright-core';

/** Waits until the element has the focus. */
export function focused(target: Locator): Promise<void> {
  return target.and(target.page().locator(':focus')).waitFor();
}
