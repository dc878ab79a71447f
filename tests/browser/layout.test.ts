/** Where things stand on the page, and how times are written. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { Account } from '../../packages/server/test/support/account.ts';
import type { TestSocket } from '../../packages/server/test/support/test-socket.ts';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { PageServer } from '../support/page-server.ts';
import { MOUSE, Person } from './person.ts';

const DAY_MS = 24 * 60 * 60_000;

const SIZES = [
  { width: 390, height: 844 },
  { width: 900, height: 1100 },
  { width: 1440, height: 900 },
];

describe('the layout of messages', { skip: browserSkip() }, () => {
  let server: PageServer;
  let profile: Profile;
  let alice: Person;
  let page: Page;
  let writers: readonly TestSocket[];
  let threadId: string;

  before(async () => {
    server = await PageServer.start();
    profile = await openProfile({ viewport: { width: 1440, height: 900 }, locale: 'en-GB' });
    ({ page } = profile);
    alice = new Person(page, 'alice', MOUSE);
    await alice.register(server.url);
    await alice.join('lobby');
    const [short, long] = await Promise.all(
      ['bob', 'bartholomew-second'].map(async (name) =>
        (await Account.signUp(server.url, name)).connect(),
      ),
    );
    assert(short && long);
    writers = [short, long];
    const { roomId } = await short.joinRoom({ roomName: 'lobby' });
    await long.joinRoom({ roomId });
    ({ id: threadId } = await short.sendMessage({ roomId, content: 'one' }));
    await short.sendMessage({ roomId, content: 'two' });
    await long.sendMessage({ roomId, content: 'three' });
    await long.sendMessage({ roomId, content: 'four' });
    await short.sendMessage({ roomId, content: 'a reply', parentMessageId: threadId });
    await alice.sees('four');
  });
  after(async () => {
    for (const writer of writers ?? []) writer.terminate();
    await profile?.close();
    await server?.stop();
  });

  const rectangleOf = async (part: Locator) =>
    (await part.boundingBox()) ?? assert.fail('it is not shown');

  /** Left edges of the texts of the messages, each once. */
  async function textEdges(): Promise<readonly number[]> {
    const edges = await alice
      .logOf('lobby')
      .locator('article [dir="auto"]')
      .evaluateAll((texts) => texts.map((text) => Math.round(text.getBoundingClientRect().left)));
    assert(edges.length >= 4);
    return [...new Set(edges)];
  }

  test('has the time beside the name, however wide the page is', async () => {
    for (const size of SIZES) {
      await page.setViewportSize(size);
      const head = alice.messageWith('one').first();
      const name = await rectangleOf(head.getByText('bob', { exact: true }));
      const time = await rectangleOf(head.locator('time'));
      assert(time.x - (name.x + name.width) <= 16, `${size.width}`);
      assert.equal((await textEdges()).length, 1);
    }
  });

  test('shows the time of a further message of a group beside it, while it is hovered', async () => {
    const message = alice.messageWith('two');
    const time = message.locator('time');
    const opacity = () => time.evaluate((element) => getComputedStyle(element).opacity);
    assert.equal(await opacity(), '0');

    await message.hover();

    assert.equal(await opacity(), '1');
    const text = await rectangleOf(message.getByText('two'));
    const { x, width } = await rectangleOf(time);
    assert(x + width <= text.x && text.x - (x + width) <= 16);
  });

  test('begins all texts at one edge in compact density', async () => {
    await page.evaluate(() => {
      document.documentElement.dataset['density'] = 'compact';
    });
    for (const size of SIZES) {
      await page.setViewportSize(size);
      assert.equal((await textEdges()).length, 1, `${size.width}`);
      const name = await rectangleOf(alice.messageWith('three').getByText(/^bartholomew/));
      const text = await rectangleOf(alice.messageWith('three').getByText('three'));
      // Beside the names, or below them.
      assert(
        size.width === 390 ? name.y + name.height <= text.y + 1 : name.x + name.width < text.x,
      );
    }
    await page.evaluate(() => {
      document.documentElement.dataset['density'] = 'comfortable';
    });
  });

  test('writes dates as the browser does', async () => {
    const date = new Date();
    const time = alice.messageWith('one').locator('time').first();
    const title = (await time.getAttribute('title')) ?? '';
    const written = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long' });
    assert(title.includes(written), title);
  });

  test('tells the days of a thread apart', async () => {
    const iso = await alice.messageWith('one').locator('time').first().getAttribute('datetime');
    assert(iso);
    const earlier = new Date(Date.parse(iso) - DAY_MS).toISOString();
    await page.routeWebSocket(/\/ws$/, (socket) => {
      const to = socket.connectToServer();
      to.onMessage((frame) => socket.send(String(frame).replaceAll(iso, earlier)));
    });

    // The copy in this browser has the time that was sent first.
    await page.evaluate(() => localStorage.clear());
    await page.goto(`${page.url()}/thread/${threadId}`);

    const thread = page.getByRole('log', { name: 'Replies' });
    await thread.getByText('a reply').waitFor();
    const texts = await thread.locator('> p, > article').allInnerTexts();
    assert.deepEqual(
      texts.map((text) => /Yesterday|one|1 reply|Today|a reply/.exec(text)?.[0]),
      ['Yesterday', 'one', '1 reply', 'Today', 'a reply'],
    );
  });
});
