/** The sizes of window at which the flows of accounts and of moderation must work. */
import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { expectAccessible, expectAccessibleAgain } from './accessible.ts';
import { findCutOff } from './cut-off.ts';

/** Options of a profile; the other sizes are set in the same page. */
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const SIZES = [PHONE.viewport, { width: 820, height: 1180 }, { width: 1280, height: 800 }];

/**
 * Checks one step of a flow at all sizes, and leaves the page at the size that it had: accessible, no
 * wider than the window, and every control can be scrolled completely into view. Fields
 * keep their values, as when a tablet is turned.
 *
 * @param controls Shown at every size.
 */
export async function expectFits(page: Page, ...controls: readonly Locator[]): Promise<void> {
  // Of a page that is loading, axe would see nothing.
  for (const control of controls) await control.waitFor();
  // Once: the size changes places, not roles, names and colours.
  await expectAccessible(page);
  await expectNothingCutOff(page, controls);
}

/** As `expectFits`, for a further step of a flow: as for `expectAccessibleAgain`. */
export async function expectFitsAgain(page: Page, ...controls: readonly Locator[]): Promise<void> {
  for (const control of controls) await control.waitFor();
  await expectAccessibleAgain(page);
  await expectNothingCutOff(page, controls);
}

async function expectNothingCutOff(page: Page, controls: readonly Locator[]): Promise<void> {
  const own = page.viewportSize() ?? assert.fail('the page has no size');
  for (const size of [...SIZES.filter(({ width }) => width !== own.width), own]) {
    await page.setViewportSize(size);
    for (const control of controls) await control.waitFor();
    assert.deepEqual(await findCutOff(page), [], `${size.width} px`);
    // A phone shows more pixels in place of a scroll bar.
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.equal(width, size.width);
  }
}
