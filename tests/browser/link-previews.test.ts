/** Previews of links: under new and old messages, with a picture of this server, removed by their author. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { pngOf } from '../../packages/server/test/support/png.ts';
import { bytes, html, WebSite } from '../../packages/server/test/support/web-site.ts';
import { browserSkip } from '../support/browser.ts';
import { expectAccessible, expectAccessibleAgain } from './accessible.ts';
import { Pair } from './pair.ts';

describe('link previews', { skip: browserSkip() }, () => {
  let site: WebSite;
  let pair: Pair;
  before(async () => {
    site = await WebSite.start({
      '/page': html(
        `<title>Tea &amp; biscuits</title><meta name="description" content="${'All about it. '.repeat(50)}">
         <meta property="og:site_name" content="<b>Kitchen</b>"><meta property="og:image" content="/a.png">`,
      ),
      '/a.png': bytes(pngOf(960, 540), 'image/png'),
    });
    pair = await Pair.openIn('lobby', {}, { LINK_PREVIEWS: 'on', LINK_PREVIEW_ALLOW: '127.0.0.1' });
  });
  after(async () => {
    await pair?.close();
    await site?.close();
  });

  test('appear under a message, and its author removes them', async () => {
    const { alice, bob } = pair;
    const foreign: string[] = [];
    bob.page.on('request', (request) => {
      if (request.url().startsWith(site.url)) foreign.push(request.url());
    });
    await alice.say(`look: ${site.url}/page`);
    const card = bob.page.getByRole('list', { name: 'Link previews' }).getByRole('link');
    await card.getByText('Tea & biscuits').waitFor();
    await card.getByText('<b>Kitchen</b>').waitFor();
    assert.equal(await card.getAttribute('href'), `${site.url}/page`);
    const picture = card.locator('img');
    await picture.evaluate((image: HTMLImageElement) => image.decode());
    assert.deepEqual(foreign, []);
    const { height = 0 } = (await card.boundingBox()) ?? {};
    assert.ok(height > 80 && height < 120, `${height}`);
    await expectAccessible(bob.page);

    // Also for those who open the room later, and on a phone.
    await bob.page.setViewportSize({ width: 390, height: 844 });
    await bob.page.reload();
    await card.getByText('Tea & biscuits').waitFor();
    const width = await bob.page.evaluate(() => document.documentElement.scrollWidth);
    assert.equal(width, 390);
    await expectAccessibleAgain(bob.page);
    assert.equal(await bob.page.getByRole('button', { name: 'Remove preview' }).count(), 0);

    await alice.press('Remove preview');
    await card.waitFor({ state: 'detached' });
    const link = bob.page.getByRole('link', { name: `${site.url}/page` });
    assert.equal(await link.getAttribute('href'), `${site.url}/page`);
    await alice.page.reload();
    await alice.sees('look:');
    assert.equal(await alice.page.getByRole('list', { name: 'Link previews' }).count(), 0);
  });
});
