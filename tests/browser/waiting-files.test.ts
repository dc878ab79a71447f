/** Files that are sent without a connection: they wait with their message, and arrive once. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { pngOf } from '../../packages/server/test/support/png.ts';
import { browserSkip } from '../support/browser.ts';
import { choose, fileOf, filesReady, send, tray } from './file-steps.ts';
import { Pair } from './pair.ts';
import type { Person } from './person.ts';
import { expectFits } from './sizes.ts';

describe('files without a connection', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;

  before(async () => {
    pair = await Pair.openBreakable({ serviceWorkers: 'allow' });
    ({ alice, bob } = pair);
    for (const person of [alice, bob]) await person.join('tunnel');
    await filesReady(alice);
    await alice.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await alice.page.waitForFunction(async () => (await caches.match('/app/')) !== undefined);
  });
  after(() => pair?.close());

  const waiting = ({ page }: Person): Locator => page.locator('article[data-state="pending"]');
  const goOffline = async (): Promise<void> => {
    pair.loseServer();
    await alice.page.getByRole('timer').first().waitFor();
  };

  test('wait with their message over a reload, can be withdrawn, and are sent once', async () => {
    const { page, composer } = alice;
    await goOffline();
    await choose(alice, fileOf('cave.png', pngOf(300, 200)), fileOf('map.txt', 'left, then right'));
    await tray(alice)
      .getByText(/uploaded when you are back online$/)
      .first()
      .waitFor();
    await page.getByRole('textbox', { name: 'Description of cave.png' }).fill('A cave');
    await composer.fill('from the tunnel');
    await expectFits(page, tray(alice));
    await send(alice);
    await composer.fill('and a text');
    await composer.press('Enter');
    await choose(alice, fileOf('wrong.txt', 'not this'));
    await send(alice);
    const wrong = waiting(alice).filter({ hasText: 'wrong.txt' });
    await wrong.getByRole('button', { name: 'Discard' }).click();
    await wrong.waitFor({ state: 'detached' });

    await page.reload();

    const message = waiting(alice).filter({ hasText: 'from the tunnel' });
    await message.getByText('cave.png').waitFor();
    await message.getByText('map.txt').waitFor();
    await message.getByRole('button', { name: 'Discard' }).waitFor();
    await expectFits(page, message);
    pair.findServer();

    const received = bob.messages.filter({ hasText: 'from the tunnel' });
    await received.getByRole('img', { name: 'A cave' }).waitFor();
    await received.getByText('left, then right').waitFor();
    await bob.sees('and a text');
    await alice.messages.getByRole('img', { name: 'A cave' }).waitFor();
    await waiting(alice).first().waitFor({ state: 'detached' });
    await page.reload();
    await alice.sees('and a text');
    // In their order, and once.
    const texts = (await bob.shown()).map(({ text }) => text);
    const sent = texts.filter((text) => /tunnel|text|wrong/.test(text));
    assert.deepEqual(sent, ['from the tunnel', 'and a text']);
  });

  test('that could not be shown without a connection are shown when it is back', async () => {
    const { page } = alice;
    await goOffline();
    await page.reload();
    const message = alice.messages.filter({ hasText: 'from the tunnel' });
    await message.getByText('The text cannot be loaded.').waitFor();
    pair.findServer();

    await message.getByText('left, then right').waitFor();
    await page.waitForFunction(() => {
      const picture = document.querySelector<HTMLImageElement>('img[alt="A cave"]');
      return picture !== null && picture.naturalWidth > 0;
    });
  });

  test('that are chosen without a connection are uploaded when it is back', async () => {
    await goOffline();
    await choose(alice, fileOf('late.txt', 'better late'));
    await tray(alice)
      .getByText(/uploaded when you are back online$/)
      .waitFor();
    pair.findServer();
    await tray(alice).getByText('11 bytes', { exact: true }).waitFor();
    await send(alice);

    await bob.messages.getByText('better late').waitFor();
  });

  test('that the server refuses leave the message to its author', async () => {
    const { page } = alice;
    await goOffline();
    await choose(alice, fileOf('huge.txt', 'x'));
    await tray(alice)
      .getByText(/uploaded when you are back online$/)
      .waitFor();
    await send(alice);
    await page.route('**/api/upload', (route) => route.fulfill({ status: 413, json: {} }));
    pair.findServer();

    const failed = page.locator('article[data-state="failed"]');
    await failed.getByText('Not sent. The file is too large.').waitFor();
    await page.unroute('**/api/upload');
    await failed.getByRole('button', { name: 'Retry' }).click();

    await bob.page.getByRole('link', { name: 'Download huge.txt' }).waitFor();
  });
});
