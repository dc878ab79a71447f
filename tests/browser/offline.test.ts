/** The page without a server: it opens, shows what was read, and takes messages. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { browserSkip } from '../support/browser.ts';
import { Pair } from './pair.ts';

describe('without a server', { skip: browserSkip(), timeout: 240_000 }, () => {
  let pair: Pair;

  before(async () => {
    pair = await Pair.open();
  });
  after(() => pair?.close());

  test('the page opens with what was read, and sends what was written when the server is back', async () => {
    const { alice, bob } = pair;
    await alice.join('lobby');
    await bob.join('lobby');
    await bob.say('read this first');
    await alice.sees('read this first');
    // The worker has stored the page.
    await alice.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await alice.page.waitForFunction(async () => (await caches.match('/app/')) !== undefined);

    await pair.killServer();
    await alice.page.reload();
    await alice.sees('read this first');
    await alice.listed('Rooms', 'lobby').waitFor();
    await alice.say('written without a server');
    await alice.page.getByText('written without a server').waitFor();
    await pair.restartServer();

    await alice.sees('written without a server');
    await bob.sees('written without a server');
  });

  test('the page of a user who logged out shows nothing', async () => {
    const { alice } = pair;
    await alice.press('Log out');
    await alice.page.getByRole('button', { name: 'Log in' }).waitFor();
    await pair.killServer();
    await alice.page.reload();
    await alice.page.getByText('The server cannot be reached.').waitFor();
    const stored = await alice.page.evaluate(() => JSON.stringify(localStorage));
    assert.equal(stored.includes('read this first'), false);
    await pair.restartServer();
  });

  test('the page can be installed', async () => {
    const { page } = pair.alice;
    const path = await page.locator('link[rel="manifest"]').getAttribute('href');
    const answer = await page.request.get(`${pair.url}${path}`);
    const manifest = (await answer.json()) as { name: string; icons: { src: string }[] };
    assert.equal(manifest.name, 'Parley');
    for (const { src } of manifest.icons) {
      assert.equal((await page.request.get(`${pair.url}${src}`)).status(), 200);
    }
  });
});
