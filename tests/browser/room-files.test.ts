/** The files of a room in a pane: by kind and name, opened, and found in the conversation. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { pngOf } from '../../packages/server/test/support/png.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { wavOf } from '../../packages/server/test/support/wav.ts';
import { browserSkip } from '../support/browser.ts';
import { choose, fileOf, filesReady, send } from './file-steps.ts';
import { focused } from './focused.ts';
import { Pair } from './pair.ts';
import { KEYBOARD, type Person } from './person.ts';
import { expectFits, expectFitsAgain, PHONE } from './sizes.ts';

describe('the files of a room', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;

  before(async () => {
    pair = await Pair.openIn('library');
    ({ alice, bob } = pair);
    await bob.page.setViewportSize(PHONE.viewport);
    for (const person of [alice, bob]) await filesReady(person);
  });
  after(() => pair?.close());

  const pane = ({ page }: Person): Locator => page.getByRole('region', { name: 'Files' });
  const rows = (person: Person): Locator =>
    pane(person).getByRole('list', { name: 'Files' }).getByRole('listitem');
  const kind = (person: Person, name: string): Locator =>
    pane(person).getByRole('button', { name, exact: true });
  /** Waits for this list of names. */
  const lists = async (person: Person, ...names: string[]): Promise<void> => {
    const shown = rows(person).locator('a > span > bdi, button > span > bdi');
    const read = async (): Promise<string> => (await shown.allTextContents()).join();
    await until(async () => (await read()) === names.join(), `the list of ${names.join()}`);
  };

  test('are none at first, and appear as soon as they are sent', async () => {
    await alice.choose('Files');
    await pane(alice).getByText('No files here yet.').waitFor();
    await focused(pane(alice).getByRole('heading', { name: 'Files' }));
    assert.match(alice.page.url(), /\/files$/);

    await choose(bob, fileOf('harbour.png', pngOf(900, 600)));
    await send(bob);
    await lists(alice, 'harbour.png');
    await choose(bob, fileOf('minutes of may.txt', 'We met.'), fileOf('wood.png', pngOf(40, 60)));
    await send(bob);
    await rows(alice).nth(2).waitFor();
    await rows(alice).filter({ hasText: 'bob' }).filter({ hasText: '7 bytes' }).waitFor();
    await rows(alice).filter({ hasText: 'wood.png' }).locator('img').waitFor();
    // A small copy, also if it was shown before that was made.
    const harbour = rows(alice).filter({ hasText: 'harbour.png' }).locator('img');
    const width = (): Promise<number> =>
      harbour.evaluate(async (element) => {
        const answer = await fetch((element as HTMLImageElement).src);
        return (await createImageBitmap(await answer.blob())).width;
      });
    await until(async () => (await width()) === 240, 'the small copy');
  });

  test('are chosen by kind and found by name, with the keyboard alone', async () => {
    const { page } = alice;
    await KEYBOARD.press(kind(alice, 'Documents'));
    await lists(alice, 'minutes of may.txt');
    assert.equal(await kind(alice, 'Documents').getAttribute('aria-pressed'), 'true');
    assert.equal(await kind(alice, 'All').getAttribute('aria-pressed'), 'false');
    await KEYBOARD.press(kind(alice, 'Sound and films'));
    await pane(alice).getByText('Nothing found.').waitFor();
    await expectFits(page, kind(alice, 'Documents'));

    const box = pane(alice).getByRole('searchbox', { name: 'Find a file' });
    await KEYBOARD.press(kind(alice, 'All'));
    await KEYBOARD.fill(box, 'harb');
    await lists(alice, 'harbour.png');
    await KEYBOARD.fill(box, 'nowhere');
    await pane(alice).getByText('Nothing found.').waitFor();
    await box.fill('');
    await rows(alice).nth(2).waitFor();
    await expectFitsAgain(page, rows(alice).nth(2));
  });

  test('open: pictures in the gallery with those of the pane, others as a download', async () => {
    const { page } = alice;
    const opened = page.getByRole('dialog', { name: 'Pictures' });
    await KEYBOARD.press(pane(alice).getByRole('link', { name: 'Open wood.png' }));
    await opened.getByRole('img', { name: 'wood.png' }).waitFor();
    await opened.getByText('1 of 2').waitFor();
    await page.keyboard.press('ArrowRight');
    await opened.getByRole('img', { name: 'harbour.png' }).waitFor();
    await page.keyboard.press('Escape');
    await opened.waitFor({ state: 'detached' });
    await focused(pane(alice).getByRole('link', { name: 'Open wood.png' }));

    const downloading = page.waitForEvent('download');
    await pane(alice).getByRole('link', { name: 'Download minutes of may.txt' }).click();
    assert.equal((await downloading).suggestedFilename(), 'minutes of may.txt');
  });

  test('play in the pane: sounds have their player below them', async () => {
    await choose(bob, fileOf('tone.wav', wavOf(8)));
    await send(bob);
    const opener = pane(alice).getByRole('button', { name: 'Open tone.wav' });
    await rows(alice).filter({ hasText: '0:08' }).waitFor();
    await KEYBOARD.press(opener);
    await rows(alice).first().locator('audio').waitFor();
    assert.equal(await opener.getAttribute('aria-expanded'), 'true');
    await expectFits(alice.page, opener);
    await opener.click();
    await rows(alice).first().locator('audio').waitFor({ state: 'detached' });
    await kind(alice, 'Sound and films').click();
    await lists(alice, 'tone.wav');
  });

  test('say that they cannot be loaded, and are tried again', async () => {
    const { page } = alice;
    await page.route(/\/api\/rooms\/[^/]+\/files/, (route) => route.abort());
    await kind(alice, 'Pictures').click();
    await pane(alice).getByRole('alert').getByText('The files could not be loaded.').waitFor();
    await page.unroute(/\/api\/rooms\/[^/]+\/files/);
    await alice.press('Try again', pane(alice));
    await lists(alice, 'wood.png', 'harbour.png');
  });

  test('go on over pages without files, and then on request', async () => {
    const { page } = alice;
    let pages = 0;
    await page.route(/\/api\/rooms\/[^/]+\/files/, async (route) => {
      pages += 1;
      if (pages > 5) return route.continue();
      return route.fulfill({ json: { files: [], cursor: `${pages}` } });
    });
    await kind(alice, 'Documents').click();
    await pane(alice).getByText('Nothing found yet.').waitFor();
    assert.equal(pages, 5);
    await page.unroute(/\/api\/rooms\/[^/]+\/files/);
    await page.route(/\/api\/rooms\/[^/]+\/files/, (route) => {
      assert.match(route.request().url(), /cursor=5/);
      return route.continue({
        url: route
          .request()
          .url()
          .replace(/&?cursor=5/, ''),
      });
    });
    await alice.press('Show more', pane(alice));
    await lists(alice, 'minutes of may.txt');
    await page.unroute(/\/api\/rooms\/[^/]+\/files/);
  });

  test('lead to their message, beside the conversation and in its place on a phone', async () => {
    const show = 'Show harbour.png in conversation';
    await kind(alice, 'All').click();
    await pane(alice).getByRole('link', { name: show }).click();
    await pane(alice).waitFor({ state: 'detached' });
    assert.match(alice.page.url(), /\/messages\/\d+$/);
    await alice.messages.getByRole('img', { name: 'harbour.png' }).waitFor();

    await bob.choose('Files');
    await rows(bob).nth(2).waitFor();
    assert.equal(await bob.composer.isVisible(), false);
    await kind(bob, 'Pictures').click();
    await lists(bob, 'wood.png', 'harbour.png');
    await pane(bob).getByRole('link', { name: show }).click();
    await bob.messages.getByRole('img', { name: 'harbour.png' }).waitFor();
    assert.match(bob.page.url(), /\/messages\/\d+$/);
  });

  test('are gone with their message', async () => {
    const { page } = bob;
    await alice.choose('Files');
    await rows(alice).nth(2).waitFor();
    const message = await bob.messages
      .filter({ has: page.getByRole('img', { name: 'harbour.png' }) })
      .getAttribute('data-message-id');
    await page.evaluate(async (id) => {
      const roomId = location.pathname.split('/')[3];
      await fetch(`/api/rooms/${roomId}/messages/${id}`, { method: 'DELETE' });
    }, message);
    await rows(alice).filter({ hasText: 'harbour.png' }).waitFor({ state: 'detached' });
  });
});
