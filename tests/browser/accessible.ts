/** Violations of accessibility that axe finds in a page. */
import assert from 'node:assert/strict';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { AT_NIGHT } from '../support/at-night.ts';

/** Fails with the rules that the page violates, and the elements; `select` chooses the rules. */
export async function expectAccessible(
  page: Page,
  select: (axe: AxeBuilder) => AxeBuilder = (axe) => axe,
  message?: string,
): Promise<void> {
  // Axe stays in the page; loading it again takes as long as its rules do.
  const isLoaded = await page.evaluate(() => 'axe' in globalThis);
  const axe = new AxeBuilder(isLoaded ? { page, axeSource: ';' } : { page })
    // The page has no frames, whose results would be put together in a second page.
    .setLegacyMode()
    // Describes only the elements that violate a rule, not all others too.
    .options({ resultTypes: ['violations'] });
  const { violations } = await select(axe).analyze();
  const found = violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
  assert.deepEqual(found, [], message);
}

/**
 * At night only: for a kind of pane that another test examines with each change, in a state of its own.
 * Loading and running the rules takes longer than loading the page.
 */
export async function expectAccessibleAgain(page: Page): Promise<void> {
  if (AT_NIGHT) await expectAccessible(page);
}
