/** Files in the page: chosen, dropped or pasted, sent with a message, and seen by others. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { movingPngOf } from '../../packages/server/test/support/placed-files.ts';
import { pngOf } from '../../packages/server/test/support/png.ts';
import { browserSkip } from '../support/browser.ts';
import { expectAccessible, expectAccessibleAgain } from './accessible.ts';
import { choose, fileOf, filesReady, send, sendButton, tray } from './file-steps.ts';
import { Pair } from './pair.ts';
import type { Person } from './person.ts';

describe('files in the page', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;

  before(async () => {
    pair = await Pair.openIn('shared-files');
    ({ alice, bob } = pair);
    for (const person of [alice, bob]) await filesReady(person);
  });
  after(() => pair?.close());

  /** The picture is loaded, and has the size that was kept for it. */
  const sizeOf = async (picture: Locator): Promise<number[]> => {
    await picture.waitFor();
    return picture.evaluate(async (element) => {
      const image = element as HTMLImageElement;
      const before = [image.clientWidth, image.clientHeight];
      await image.decode();
      const after = [image.clientWidth, image.clientHeight];
      return `${before}` === `${after}` ? after : [...before, ...after];
    });
  };

  /** Drops a file of this machine, like a user. */
  async function drop(page: Page, target: Locator, path: string): Promise<void> {
    const { x, y } = (await target.boundingBox()) ?? assert.fail('it is not shown');
    const session = await page.context().newCDPSession(page);
    const data = { items: [], files: [path], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      const at = { x: x + 5, y: y + 5 };
      await session.send('Input.dispatchDragEvent', { type, ...at, data });
    }
    await session.detach();
  }

  test('a picture that is dropped is seen by another user, in its size', async () => {
    const address = alice.page.url();
    const path = fileOf('cat.png', pngOf(1200, 600));
    await drop(alice.page, alice.page.getByRole('navigation', { name: 'Rooms' }), path);
    await tray(alice).getByText('cat.png').waitFor();
    await alice.page.getByRole('textbox', { name: 'Description of cat.png' }).fill('A grey cat');
    await expectAccessibleAgain(alice.page);

    await send(alice);

    const picture = bob.messages.getByRole('img', { name: 'A grey cat' });
    assert.deepEqual(await sizeOf(picture), [360, 180]);
    await expectAccessible(bob.page);
    assert.equal(alice.page.url(), address);
  });

  test('a large picture that moves plays in its place', async () => {
    await choose(alice, fileOf('waves.png', movingPngOf(900, 600, 3)));
    await send(alice);

    const picture = bob.messages.getByRole('img', { name: 'waves.png' });
    assert.deepEqual(await sizeOf(picture), [360, 240]);
    const frames = await picture.evaluate(async (element) => {
      const answer = await fetch((element as HTMLImageElement).src);
      return (await answer.text()).match(/fcTL/g)?.length;
    });
    assert.equal(frames, 3);
  });

  test('a picture is seen blurred in its place until it is loaded', async () => {
    const { page, messages } = bob;
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    await page.route('**/api/files/**', async (route) => {
      await held;
      await route.continue();
    });
    await choose(alice, fileOf('sea.png', pngOf(1600, 800)));
    await send(alice);
    const link = messages
      .getByRole('link')
      .filter({ has: page.getByRole('img', { name: 'sea.png' }) });
    const blur = link.locator('canvas');
    await blur.waitFor();

    const place = await link.boundingBox();
    assert.deepEqual(await blur.boundingBox(), place);
    const middle = await blur.evaluate((element) => {
      const context = (element as HTMLCanvasElement).getContext('2d');
      return [...(context?.getImageData(16, 16, 1, 1).data ?? [])];
    });
    assert.deepEqual(middle, [0x55, 0x55, 0x55, 0xff]);
    await expectAccessibleAgain(page);
    release();
    await blur.waitFor({ state: 'detached' });
    assert.deepEqual(await link.boundingBox(), place);
    await page.unroute('**/api/files/**');
  });

  test('a screenshot that is pasted gets a name, and goes with a text', async () => {
    const { page, composer } = alice;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await composer.fill('look at this');
    await composer.focus();
    await page.evaluate(async () => {
      const canvas = new OffscreenCanvas(40, 30);
      canvas.getContext('2d');
      const picture = await canvas.convertToBlob();
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': picture })]);
    });
    await page.keyboard.press('ControlOrMeta+V');
    await tray(alice)
      .getByText(/^Screenshot \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.png$/)
      .waitFor();
    await page.locator('[aria-label="Send"]:not([aria-disabled="true"])').waitFor();
    await composer.press('Enter');

    const message = bob.messages.filter({ hasText: 'look at this' });
    assert.deepEqual(await sizeOf(message.getByRole('img', { name: /^Screenshot/ })), [40, 30]);
  });

  test('several files go in one message, and others than pictures are downloads', async () => {
    await choose(alice, fileOf('notes.txt', 'first'), fileOf('page.html', '<b>second</b>'));
    await alice.page.getByRole('button', { name: 'Remove page.html' }).click();
    await choose(alice, fileOf('table.csv', 'a,b'));
    await send(alice);

    const card = bob.page.getByRole('link', { name: 'Download notes.txt' });
    await bob.page.getByRole('link', { name: 'Download table.csv' }).waitFor();
    assert.equal(await bob.page.getByRole('link', { name: 'Download page.html' }).count(), 0);
    const downloading = bob.page.waitForEvent('download');
    await card.click();
    assert.equal((await downloading).suggestedFilename(), 'notes.txt');
  });

  test('an upload that fails says so, and can be tried again', async () => {
    const { page } = alice;
    await page.route('**/api/upload', (route) => route.abort());
    await choose(alice, fileOf('again.txt', 'x'));
    await tray(alice).getByText('The connection was lost.').waitFor();
    assert.equal(await sendButton(alice).getAttribute('aria-disabled'), 'true');

    await page.unroute('**/api/upload');
    await page.getByRole('button', { name: 'Try again.txt again' }).click();
    await send(alice);

    await bob.page.getByRole('link', { name: 'Download again.txt' }).waitFor();
  });

  test('a text that is pasted with its picture stays a text', async () => {
    const { page, composer } = bob;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await composer.focus();
    await page.evaluate(async () => {
      const canvas = new OffscreenCanvas(1, 1);
      canvas.getContext('2d');
      const picture = await canvas.convertToBlob();
      const forms = { 'text/plain': 'a table', 'text/html': 'a table', 'image/png': picture };
      await navigator.clipboard.write([new ClipboardItem(forms)]);
    });
    await page.keyboard.press('ControlOrMeta+V');
    assert.equal(await composer.inputValue(), 'a table');
    assert.equal(await tray(bob).count(), 0);
    await composer.fill('');
  });

  test('where there is no message box, the page says so', async () => {
    const { page } = bob;
    await page.goto(`${pair.url}/app/activity`);
    await filesReady(bob);
    await drop(page, page.getByRole('navigation', { name: 'Rooms' }), fileOf('a.txt', 'x'));
    await page.getByRole('status').getByText('Files cannot be sent here.').waitFor();
  });
});
