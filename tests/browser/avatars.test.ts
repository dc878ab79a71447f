/** Pictures of people in the page: chosen, cut by keyboard, seen by others, and removed. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { pngOf } from '../../packages/server/test/support/png.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { browserSkip } from '../support/browser.ts';
import { expectAccessible } from './accessible.ts';
import { Pair } from './pair.ts';
import type { Person } from './person.ts';

describe('pictures of people in the page', { skip: browserSkip() }, () => {
  const folder = temporaryDirectory();
  let pair: Pair;
  let alice: Person;
  let bob: Person;

  before(async () => {
    pair = await Pair.openIn('pictures');
    ({ alice, bob } = pair);
    await alice.say('here I am');
    await bob.sees('here I am');
  });
  after(() => pair?.close());

  const fileOf = (name: string, content: Buffer | string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const section = ({ page }: Person): Locator => page.getByRole('region', { name: 'Picture' });
  const choose = async (person: Person, path: string): Promise<void> => {
    await section(person).locator('input[type="file"]').setInputFiles(path);
  };
  const row = ({ messages }: Person): Locator => messages.filter({ hasText: 'here I am' });

  test('are cut by keyboard, and seen by others in the same place', async () => {
    const before = await row(bob).boundingBox();
    await alice.press('Settings');
    await choose(alice, fileOf('me.png', pngOf(600, 300)));
    const dialog = alice.page.getByRole('dialog', { name: 'Your picture' });
    const across = dialog.getByRole('slider', { name: 'Left and right' });
    await across.focus();
    await alice.page.keyboard.press('Home');
    assert.equal(await across.inputValue(), '0');
    await expectAccessible(alice.page);

    await dialog.getByRole('button', { name: 'Use this picture' }).press('Enter');

    await section(alice).getByText('Your picture is shown.').waitFor();
    const picture = row(bob).locator('img');
    await picture.waitFor();
    const width = await picture.evaluate(async (image: HTMLImageElement) => {
      await image.decode();
      return image.naturalWidth;
    });
    assert.equal(width, 96);
    assert.deepEqual(await row(bob).boundingBox(), before);
  });

  test('are refused with a reason if they are none', async () => {
    await choose(alice, fileOf('none.png', 'hello'));

    await section(alice).getByText('not a picture that the browser can read').waitFor();
  });

  test('give way to the letters when they are removed', async () => {
    await section(alice).getByRole('button', { name: 'Remove the picture' }).click();

    await section(alice).getByText('Your picture is removed.').waitFor();
    await row(bob).locator('img').waitFor({ state: 'detached' });
  });
});
