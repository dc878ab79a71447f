/** The timeline of the SDK's README, in a room of a few thousand messages, against the real server. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { TestServer } from '../../packages/server/test/support/running-server.ts';
import type { TestSocket } from '../../packages/server/test/support/test-socket.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { openReadmeExample } from './readme-example.ts';

const READ = 400;
const MESSAGES = 2_000;
/** Maximum number of rows in the document, whatever the room holds. */
const ROWS_MAX = 100;

const MAIN = `
import { createParley } from '@parley/client';
import { ParleyProvider } from '@parley/client/react';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
const parley = createParley({ url: location.origin });
void parley.connect();
export const openWindows = new Set();
export const whenLoaded = { call: () => {} };
const { client } = parley;
const openWindow = client.openWindow.bind(client);
client.openWindow = async (...position) => {
  const opened = await openWindow(...position);
  const close = opened.close.bind(opened);
  const load = opened.load.bind(opened);
  openWindows.add(opened);
  return Object.assign(opened, {
    load: async () => {
      await load();
      whenLoaded.call();
    },
    close: () => openWindows.delete(opened) && close(),
  });
};
const root = createRoot(document.getElementById('root'));
export const unmount = () => root.render(null);
export const show = (roomId, position) =>
  root.render(
    createElement(ParleyProvider, { parley }, createElement(Timeline, { roomId, position })),
  );
`;

describe('the message list of the SDK', { skip: browserSkip() }, () => {
  let server: TestServer;
  let profile: Profile;
  let bob: TestSocket;
  let roomId: string;
  let page: Page;
  let linkedId: string;

  before(async () => {
    server = await TestServer.start({ MESSAGE_RATE_MAX: '0' });
    bob = await server.connect('bob');
    ({ roomId } = await bob.joinRoom({ roomName: 'long' }));
    const writeUpTo = async (last: number, from: number): Promise<void> => {
      for (let first = from; first <= last; first += 100) {
        for (let n = first; n < first + 100; n += 1) {
          bob.send('chat_message', { roomId, content: `text ${n}` });
        }
        for (let n = first; n < first + 100; n += 1) {
          const { id } = await bob.next('message_ack');
          if (n === 1_000) linkedId = id;
        }
      }
    };
    await writeUpTo(READ, 1);
    const alice = await server.connect('alice');
    await alice.joinRoom({ roomId });
    alice.send('mark_read', { roomId, sequence: READ });
    await alice.settled();
    alice.close();
    await writeUpTo(MESSAGES, READ + 1);
    profile = await openProfile({ viewport: { width: 800, height: 600 } });
    ({ page } = profile);
    await openTimeline();
  });
  after(async () => {
    bob?.close();
    await profile?.close();
    await server?.close();
  });

  async function openTimeline(): Promise<void> {
    await openReadmeExample(page, { url: server.url, word: 'MessageList', main: MAIN });
    await page.evaluate(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync('.messages { height: 500px }');
      document.adoptedStyleSheets = [sheet];
    });
  }

  const show = (position: unknown): Promise<unknown> =>
    page.evaluate(`example.show(${JSON.stringify(roomId)}, ${JSON.stringify(position)})`);
  const row = (text: string) => page.getByRole('article').filter({ hasText: RegExp(` ${text}$`) });
  const numbers = async (): Promise<number[]> =>
    (await page.getByRole('article').allTextContents()).map((text) =>
      Number(text.split(' ').at(-1)),
    );

  /** Rows without gaps, and few of them. */
  async function expectRows(): Promise<void> {
    const shown = await numbers();
    assert(shown.length > 0 && shown.length <= ROWS_MAX, `${shown.length} rows`);
    assert.deepEqual(
      shown,
      shown.map((_, index) => (shown[0] ?? 0) + index),
    );
  }

  /** Goes to a message, which stays on the screen while pages arrive. */
  async function expectToStayAt(n: number): Promise<void> {
    await show({ sequence: n });
    await row(`text ${n}`).and(page.locator(':focus')).waitFor();
    await page.getByRole('log').evaluate(async (log) => {
      for (let frame = 0; frame < 12; frame += 1) await new Promise(requestAnimationFrame);
      return log.scrollTop;
    });
    const box = await row(`text ${n}`).boundingBox();
    assert(box !== null && box.y > 0 && box.y < 500, `text ${n} at ${box?.y} px`);
    await expectRows();
  }

  test('opens at the first unread message', async () => {
    await show('unread');
    await row(`text ${READ + 1}`)
      .and(page.locator(':focus'))
      .waitFor();
    await row(`text ${READ + 1}`)
      .getByRole('separator', { name: 'New' })
      .waitFor();
    await expectRows();
  });

  test('goes to a message, a sequence, a date and the end', async () => {
    await show({ messageId: linkedId });
    await row('text 1000').and(page.locator(':focus')).waitFor();
    await show({ sequence: 3 });
    await row('text 3').and(page.locator(':focus')).waitFor();
    await show({ date: '2020-01-01T00:00:00Z' });
    await row('text 1').and(page.locator(':focus')).waitFor();
    await expectRows();
    await page.getByRole('button', { name: 'Latest (0 new)' }).click();
    await row(`text ${MESSAGES}`).waitFor();
    await bob.sendMessage({ roomId, content: `text ${MESSAGES + 1}` });
    await row(`text ${MESSAGES + 1}`).waitFor();
  });

  test('stays at the message while the pages before and after it arrive', async () => {
    for (let n = 500; n <= 1_900; n += 70) await expectToStayAt(n);
  });

  test('stays at a message whose next pages hold the end at which the list opened', async () => {
    await openTimeline();
    await show('latest');
    await row(`text ${MESSAGES + 1}`).waitFor();
    await expectToStayAt(1_870);
  });

  test('moves the focus by one message per key while older pages arrive', async () => {
    await show({ sequence: 1_700 });
    await row('text 1700').and(page.locator(':focus')).waitFor();
    const focused = (): Promise<number> =>
      page.evaluate(() => Number(document.activeElement?.textContent?.split(' ').at(-1)));
    for (let n = 1_700; n > 1_400; ) {
      await page.keyboard.press('ArrowUp');
      const next = await focused();
      // At the first message that is held, a key waits for the next page.
      assert(next === n || next === n - 1, `${n}, then ${next}`);
      n = next;
    }
    const box = await row('text 1400').boundingBox();
    assert(box !== null && box.y >= 0 && box.y < 500, `${box?.y} px`);
    await expectRows();
  });

  test('loads pages in both directions while it scrolls, with few rows', async () => {
    const scrollUntil = async (text: string, top: number): Promise<void> => {
      for (let steps = 0; (await row(text).count()) === 0; steps += 1) {
        assert(steps < 200, `${text} is not among ${await numbers()}`);
        await page.getByRole('log').evaluate((log, by) => {
          log.scrollBy({ top: by });
          return new Promise(requestAnimationFrame);
        }, top);
      }
      await expectRows();
    };
    await show({ sequence: 1_200 });
    await row('text 1200').and(page.locator(':focus')).waitFor();
    // The focused message would stay in the document.
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    await scrollUntil('text 900', -300);
    await scrollUntil('text 1500', 300);
  });

  test('keeps the line that is read while messages arrive', async () => {
    const line = page.getByRole('article').nth(10);
    const topOf = () => line.evaluate((element) => element.getBoundingClientRect().top);
    await page.getByRole('button', { name: 'Latest' }).click();
    await row(`text ${MESSAGES + 1}`).waitFor();
    await page.getByRole('log').evaluate((log) => log.scrollBy({ top: -2_000 }));
    await page.getByRole('button', { name: 'Latest (0 new)' }).waitFor();
    const text = (await line.textContent()) ?? '';
    const top = await topOf();
    for (let n = 2; n <= 21; n += 1) {
      await bob.sendMessage({ roomId, content: `text ${MESSAGES + n}` });
    }
    await page.getByRole('button', { name: 'Latest (20 new)' }).waitFor();
    assert.equal(await line.textContent(), text);
    assert.equal(await topOf(), top);
    await expectRows();
  });

  /** Texts and places of the rows on the screen. */
  const onScreen = () =>
    page.getByRole('log').evaluate((log) => {
      const { top, bottom } = log.getBoundingClientRect();
      return [...log.querySelectorAll('article')]
        .map((row) => ({ text: row.textContent, box: row.getBoundingClientRect() }))
        .filter(({ box }) => box.bottom > top && box.top < bottom)
        .map(({ text, box }) => `${text} at ${box.top}`);
    });

  test('is where it was after it was hidden and shown', async () => {
    const scroll = (px: number, ...[isHidden]: ['and hide'?]): Promise<void> =>
      page.getByRole('log').evaluate(
        async (log, { px, isHidden }) => {
          const { setTimeout } = window;
          // The timer by which the list finds that scrolling has ended; each scroll begins it again.
          const ended = new Promise<void>((resolve) => {
            const begin = (run: () => void, ms?: number) => {
              const end = () => {
                run();
                if (ms === 150) resolve();
              };
              return setTimeout(end, ms);
            };
            Object.assign(window, { setTimeout: begin });
          });
          log.scrollTop += px;
          if (isHidden) log.style.display = 'none';
          // The browser reports a scroll with the next frame, perhaps of a hidden list.
          if (isHidden) log.dispatchEvent(new Event('scroll'));
          await ended;
          Object.assign(window, { setTimeout });
          log.style.display = '';
          for (let frame = 0; frame < 12; frame += 1) await new Promise(requestAnimationFrame);
        },
        { px, isHidden },
      );
    for (const sequence of [1_900, MESSAGES]) {
      await show({ sequence });
      await row(`text ${sequence}`).and(page.locator(':focus')).waitFor();
      // The focused message would stay in the document.
      await page.evaluate(() => (document.activeElement as HTMLElement).blur());
      // Measures the rows on the way.
      for (const px of [-300, 300]) await scroll(px);
      const before = await onScreen();
      await scroll(-300);
      await scroll(300, 'and hide');
      assert.deepEqual(await onScreen(), before);
      await expectRows();
    }
  });

  describe('while a far message is loading', () => {
    /** Answers that the page waits for, with the messages around a position. */
    let held: (() => void)[];
    let loseConnection: () => Promise<void>;
    const heldAnswer = async (index: number): Promise<() => void> => {
      await until(() => held[index] !== undefined, 'a request for the messages around a position');
      return () => held[index]?.();
    };
    const openWindows = (count: number): Promise<unknown> =>
      page.waitForFunction(
        (size) => Reflect.get(window, 'example').openWindows.size === size,
        count,
      );

    beforeEach(async () => {
      held = [];
      await page.routeWebSocket('**/ws**', (socket) => {
        const toServer = socket.connectToServer();
        loseConnection = () => socket.close({ code: 1011 });
        const requests = new Set<unknown>();
        socket.onMessage((message) => {
          const { type, id, payload } = JSON.parse(String(message));
          if (type === 'get_history' && payload.around !== undefined) requests.add(id);
          toServer.send(message);
        });
        toServer.onMessage((message) => {
          if (!requests.has(JSON.parse(String(message)).replyTo)) socket.send(message);
          else held.push(() => socket.send(message));
        });
      });
      await openTimeline();
      await show('latest');
      await row(`text ${MESSAGES + 1}`).waitFor();
    });
    afterEach(() => page.unrouteAll());

    test('goes to a loaded message that is wanted instead, and stays there', async () => {
      await show({ sequence: 3 });
      const answer = await heldAnswer(0);
      await show({ sequence: 1_980 });
      await row('text 1980').and(page.locator(':focus')).waitFor();
      answer();
      await openWindows(0);
      await expectToStayAt(1_980);
    });

    test('goes to another far message that is wanted instead', async () => {
      await show({ messageId: linkedId });
      const first = await heldAnswer(0);
      await show({ sequence: 5 });
      const second = await heldAnswer(1);
      first();
      await openWindows(1);
      second();
      await row('text 5').and(page.locator(':focus')).waitFor();
    });

    test('goes to a linked message after the connection was lost meanwhile', async () => {
      await show({ messageId: linkedId });
      await heldAnswer(0);
      await loseConnection();
      (await heldAnswer(1))();
      await row('text 1000').and(page.locator(':focus')).waitFor();
    });

    test('keeps nothing open if it is removed', async () => {
      await show({ sequence: 3 });
      const answer = await heldAnswer(0);
      await page.evaluate('example.unmount()');
      answer();
      await openWindows(0);
    });

    test('keeps nothing open if it is removed before the loaded messages are shown', async () => {
      await page.evaluate('example.whenLoaded.call = example.unmount');
      await show({ sequence: 3 });
      (await heldAnswer(0))();
      await row(`text ${MESSAGES + 1}`).waitFor({ state: 'detached' });
      await openWindows(0);
    });
  });
});
