/** Pictures of rooms in the page: chosen by those who manage the room, seen by others, and removed. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { pngOf } from '../../packages/server/test/support/png.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { browserSkip } from '../support/browser.ts';
import { Pair } from './pair.ts';
import type { Person } from './person.ts';
import { expectFits, expectFitsAgain } from './sizes.ts';

describe('pictures of rooms in the page', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;

  before(async () => {
    pair = await Pair.open();
    ({ alice, bob } = pair);
    await alice.join('pictured');
    await bob.join('pictured');
  });
  after(() => pair?.close());

  const inHeader = ({ page }: Person): Locator =>
    page.getByRole('region', { name: 'Conversation' }).locator('header img');
  const inList = ({ page }: Person): Locator =>
    page
      .getByRole('navigation', { name: 'Rooms' })
      .getByRole('link', { name: /pictured/ })
      .locator('img');
  const isDrawn = async (image: Locator): Promise<void> => {
    await image.waitFor();
    const width = await image.evaluate(async (element: HTMLImageElement) => {
      await element.decode();
      return element.naturalWidth;
    });
    assert.equal(width, 96);
  };

  test('are chosen in the details of the room, and seen by others at once', async () => {
    const { page } = alice;
    const path = join(temporaryDirectory(), 'room.png');
    writeFileSync(path, pngOf(600, 300));
    await alice.choose('Room details');
    await alice.press('Room picture');
    const dialog = page.getByRole('dialog', { name: 'Room picture' });
    await dialog.locator('input[type="file"]').setInputFiles(path);
    const crop = page.getByRole('dialog', { name: 'Picture of the room' });
    await expectFits(page, crop.getByRole('button', { name: 'Use this picture' }));
    await alice.press('Use this picture', crop);
    await dialog.getByText('The picture is shown.').waitFor();
    await expectFitsAgain(page, dialog.getByRole('button', { name: 'Remove the picture' }));

    for (const place of [inHeader(bob), inList(bob)]) await isDrawn(place);
    await expectFitsAgain(bob.page, inHeader(bob));
  });

  test('give way to the sign of the room when they are removed', async () => {
    await alice.press('Remove the picture');
    await alice.page.getByText('The picture is removed.').waitFor();
    await inHeader(bob).waitFor({ state: 'detached' });
    await inList(bob).waitFor({ state: 'detached' });
  });
});
