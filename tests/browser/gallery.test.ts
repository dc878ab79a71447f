/** The pictures of a conversation in the whole window: by keys, by swipes, and back. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { CDPSession, Locator } from 'playwright-core';
import { pngOf } from '../../packages/server/test/support/png.ts';
import { browserSkip } from '../support/browser.ts';
import { choose, fileOf, filesReady, send, tray } from './file-steps.ts';
import { Pair } from './pair.ts';
import type { Person } from './person.ts';
import { expectFits, PHONE } from './sizes.ts';
import { tap, until } from './touch.ts';

describe('the gallery', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;
  let touch: CDPSession;

  before(async () => {
    pair = await Pair.openIn('pictures', PHONE);
    ({ alice, bob } = pair);
    for (const person of [alice, bob]) await filesReady(person);
    touch = await bob.page.context().newCDPSession(bob.page);
    await choose(alice, fileOf('sea.png', pngOf(1600, 800)), fileOf('wood.png', pngOf(40, 60)));
    await alice.page.getByRole('textbox', { name: 'Description of sea.png' }).fill('The sea');
    await alice.composer.fill('two pictures');
    await send(alice);
    await choose(alice, fileOf('notes.txt', 'x'), fileOf('hill.png', pngOf(300, 200)));
    await tray(alice).getByRole('textbox', { name: 'Description of hill.png' }).waitFor();
    await send(alice);
    await bob.messages.getByRole('img', { name: 'hill.png' }).waitFor();
  });
  after(() => pair?.close());

  const gallery = ({ page }: Person): Locator => page.getByRole('dialog', { name: 'Pictures' });
  const shown = (person: Person, name: string): Locator =>
    gallery(person).getByRole('img', { name, exact: true });
  const inMessage = ({ messages }: Person, name: string): Locator =>
    messages.getByRole('img', { name, exact: true });
  const button = (person: Person, name: string): Locator =>
    gallery(person).getByRole('button', { name });

  test('opens from a picture, leads through the others, and returns the focus', async () => {
    const { page } = alice;
    await inMessage(alice, 'wood.png').click();
    await shown(alice, 'wood.png').waitFor();
    await gallery(alice).getByText('2 of 3').waitFor();
    await gallery(alice).getByText('two pictures').waitFor();
    // No larger than it is.
    const { width } = (await shown(alice, 'wood.png').boundingBox()) ?? assert.fail();
    assert.equal(width, 40);

    await page.keyboard.press('ArrowLeft');
    await shown(alice, 'The sea').waitFor();
    await expectFits(page, button(alice, 'Close'), button(alice, 'Next picture'));
    await page.keyboard.press('ArrowLeft');
    await gallery(alice).getByText('1 of 3').waitFor();
    await page.keyboard.press('End');
    await shown(alice, 'hill.png').waitFor();
    await page.keyboard.press('Escape');

    await gallery(alice).waitFor({ state: 'detached' });
    const link = page.locator('a:focus');
    assert.equal(await link.getAttribute('title'), 'Open wood.png');
  });

  test('downloads a picture, and shows it in the conversation', async () => {
    const { page } = alice;
    await inMessage(alice, 'The sea').click();
    const downloading = page.waitForEvent('download');
    await gallery(alice).getByRole('link', { name: 'Download sea.png' }).click();
    assert.equal((await downloading).suggestedFilename(), 'sea.png');
    await button(alice, 'Next picture').click();
    await button(alice, 'Next picture').click();
    await shown(alice, 'hill.png').waitFor();
    // The keys still work after the last picture.
    await page.keyboard.press('Home');
    await shown(alice, 'The sea').waitFor();

    await gallery(alice).getByRole('link', { name: 'Show in conversation' }).click();

    await gallery(alice).waitFor({ state: 'detached' });
    assert.match(page.url(), /\/messages\/\d+$/);
    await page.goBack();
  });

  test('follows a finger on a phone, and closes beside the picture', async () => {
    const { page } = bob;
    await tap(inMessage(bob, 'The sea'), shown(bob, 'The sea'));
    const swipe = async (by: number): Promise<void> => {
      const [x, y] = [195, 400];
      const move = (type: 'touchStart' | 'touchMove' | 'touchEnd', at?: number) =>
        touch.send('Input.dispatchTouchEvent', {
          type,
          touchPoints: at === undefined ? [] : [{ x: x + at, y }],
        });
      await Promise.all([
        move('touchStart', 0),
        ...[0.3, 0.6, 1].map((share) => move('touchMove', by * share)),
        move('touchEnd'),
      ]);
    };
    await until(shown(bob, 'wood.png'), () => swipe(-120));
    await until(shown(bob, 'The sea'), () => swipe(120));
    const closed = page.locator('body:not(:has(dialog[aria-label="Pictures"]))');
    await until(closed, () => page.touchscreen.tap(20, 200));
  });

  test('has a blurred picture in its place until it is loaded', async () => {
    const { page } = alice;
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    await page.route(/\/api\/files\/[^/]+$/, async (route) => {
      await held;
      await route.continue();
    });
    await inMessage(alice, 'hill.png').click();
    const blur = gallery(alice).locator('canvas');
    await blur.waitFor();
    assert.deepEqual(await blur.boundingBox(), await shown(alice, 'hill.png').boundingBox());
    release();
    await blur.waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await gallery(alice).waitFor({ state: 'detached' });
    await page.unroute(/\/api\/files\/[^/]+$/);
  });

  test('says that a picture cannot be loaded', async () => {
    const { page } = bob;
    await page.route(/\/api\/files\/[^/]+$/, (route) => route.abort());
    await tap(inMessage(bob, 'The sea'), gallery(bob));
    await gallery(bob).getByRole('alert').getByText('The picture cannot be loaded.').waitFor();
    await page.keyboard.press('Escape');
    await gallery(bob).waitFor({ state: 'detached' });
  });
});
