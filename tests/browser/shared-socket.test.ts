/** The tabs of a browser share one WebSocket: which tab has it makes no difference to any. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type * as Sdk from '@parley/client';
import type { Page, WebSocket } from 'playwright-core';
import { PASSWORD } from '../../packages/server/test/support/account.ts';
import { TestServer } from '../../packages/server/test/support/running-server.ts';
import type { TestSocket } from '../../packages/server/test/support/test-socket.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { pageScript } from '../support/page-script.ts';
import { sentIn } from '../support/sent-in-page.ts';

/** Globals of the page. */
declare const sdk: typeof Sdk;
declare let client: Sdk.Parley;

describe('tabs that share a socket', { skip: browserSkip() }, () => {
  let server: TestServer;
  let profile: Profile;
  let script: string;
  let bob: TestSocket;
  let roomId: string;
  let rooms = 0;
  const opened = new Map<WebSocket, Page>();
  before(async () => {
    script = await pageScript(`export * from '@parley/client'`, 'sdk');
    server = await TestServer.start({ MESSAGE_RATE_MAX: '0' });
    await server.register('alice');
    profile = await openProfile();
    bob = await server.connect('bob');
  });
  after(async () => {
    bob?.close();
    await profile?.close();
    await server?.close();
  });
  afterEach(async () => {
    for (const page of profile.context.pages()) await page.close();
    opened.clear();
  });

  async function begin(): Promise<void> {
    rooms += 1;
    ({ roomId } = await bob.joinRoom({ roomName: `room ${rooms}` }));
    const page = await profile.context.newPage();
    await page.goto(`${server.url}/health`);
    await page.evaluate(async (password) => {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ username: 'alice', password });
      await fetch('/login', { method: 'POST', headers, body });
    }, PASSWORD);
    await page.close();
  }

  /** Another tab of alice, with the room open. */
  async function openTab(account = 'alice', prepare = async (_page: Page) => {}): Promise<Page> {
    const page = await profile.context.newPage();
    page.on('websocket', (socket) => opened.set(socket, page));
    await prepare(page);
    await page.goto(`${server.url}/health`);
    await page.evaluate(script);
    await page.evaluate(
      async ([name = '', roomName = '']) => {
        const storage = sdk.indexedDb({ account: name });
        const environment = sdk.shareSocket(sdk.browserEnvironment(), { account: name });
        const page = globalThis as unknown as { client: Sdk.Parley };
        page.client = sdk.createParley({ url: location.origin, storage, environment });
        await client.connect();
        await client.join(roomName);
      },
      [account, `room ${rooms}`],
    );
    return page;
  }

  const openSockets = (): WebSocket[] =>
    [...opened]
      .filter(([socket, page]) => !socket.isClosed() && !page.isClosed())
      .map(([one]) => one);

  const send = (page: Page, texts: readonly string[]): Promise<void> =>
    page.evaluate(
      ({ id, contents }) => {
        for (const text of contents)
          client
            .room(id)
            .send({ text })
            .done.catch(() => {});
      },
      { id: roomId, contents: texts },
    );

  const shown = (page: Page): Promise<string[]> => sentIn(page, roomId);

  const showsOnce = async (page: Page, texts: readonly string[]): Promise<void> => {
    await until(async () => (await shown(page)).length >= texts.length, `${texts.at(-1)}`);
    assert.deepEqual((await shown(page)).toSorted(), texts.toSorted());
  };

  const stateOf = (page: Page): Promise<string> =>
    page.evaluate(() => client.connection.state.kind);

  const texts = (name: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${name} ${index}`);

  test('have one WebSocket, and show the same', async () => {
    await begin();
    const tabs = [await openTab(), await openTab(), await openTab()];
    const [first, second, third] = tabs as [Page, Page, Page];
    assert.equal(openSockets().length, 1);

    await send(first, ['from the first']);
    await send(second, ['from the second']);
    await send(third, ['from the third']);
    await bob.sendMessage({ roomId, content: 'from bob' });
    const all = ['from the first', 'from the second', 'from the third', 'from bob'];
    for (const tab of tabs) await showsOnce(tab, all);

    bob.send('user_typing', { roomId, isTyping: true });
    for (const tab of tabs) {
      await until(
        () => tab.evaluate(() => client.getSnapshot().typing.some((one) => one.username === 'bob')),
        'bob typing',
      );
    }
    await third.evaluate((id) => client.room(id).markRead(), roomId);
    for (const tab of tabs) {
      await until(
        () => tab.evaluate((id) => client.room(id).unread.unreadCount === 0, roomId),
        'the read position',
      );
    }
    assert.equal(openSockets().length, 1);
  });

  test('have one WebSocket also if they start together', async () => {
    await begin();

    const tabs = await Promise.all([openTab(), openTab(), openTab()]);

    await until(() => openSockets().length === 1, 'one socket');
    await send(tabs[2], ['from the third']);
    for (const tab of tabs) await showsOnce(tab, ['from the third']);
    assert.equal(openSockets().length, 1);
  });

  test('lose and repeat nothing when the tab with the socket closes amid messages', async () => {
    await begin();
    const first = await openTab();
    const [second, third] = [await openTab(), await openTab()];
    const mine = texts('second', 40);
    const others = texts('third', 40);
    await send(second, mine);
    await send(third, others);
    await until(async () => (await shown(second)).length > 5, 'the first messages');

    await first.close();

    for (const tab of [second, third]) await showsOnce(tab, [...mine, ...others]);
    const inOrder = (await shown(third)).filter((text) => text.startsWith('second'));
    assert.deepEqual(inOrder, mine);
    await until(() => openSockets().length === 1, 'one socket');
  });

  test('replace a tab that does not answer, and later one that is frozen', async () => {
    await begin();
    const first = await openTab();
    const second = await openTab();
    // The tab does nothing else while it waits for this answer.
    const busy = Promise.withResolvers<void>();
    await first.route('**/busy', async (route) => {
      await busy.promise;
      await route.fulfill();
    });
    const waiting = first.evaluate(() => {
      const request = new XMLHttpRequest();
      request.open('GET', '/busy', false);
      request.send();
    });
    await send(second, ['past a busy tab']);
    await showsOnce(second, ['past a busy tab']);

    busy.resolve();
    await waiting;
    await showsOnce(first, ['past a busy tab']);
    await until(() => openSockets().length === 1, 'one socket');

    const devtools = await profile.context.newCDPSession(second);
    await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
    await send(first, ['past a frozen tab']);
    await showsOnce(first, ['past a busy tab', 'past a frozen tab']);
    await devtools.send('Page.setWebLifecycleState', { state: 'active' });
    await showsOnce(second, ['past a busy tab', 'past a frozen tab']);
    await until(() => openSockets().length === 1, 'one socket again');
  });

  test('connect again after the network, and by one socket', async () => {
    await begin();
    const tabs = [await openTab(), await openTab()];
    const [first, second] = tabs as [Page, Page];
    await profile.context.setOffline(true);
    await until(async () => (await stateOf(second)) !== 'ready', 'the loss');
    await send(second, ['written offline']);
    await bob.sendMessage({ roomId, content: 'meanwhile' });

    await profile.context.setOffline(false);

    for (const tab of [first, second]) await showsOnce(tab, ['written offline', 'meanwhile']);
    await until(() => openSockets().length === 1, 'one socket');
  });

  test('end together with the session', async () => {
    await begin();
    const tabs = [await openTab(), await openTab()];

    await tabs[1]?.evaluate(() =>
      fetch('/logout', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      }),
    );

    for (const tab of tabs) await until(async () => (await stateOf(tab)) === 'expired', 'the end');
    await until(() => openSockets().length === 0, 'no socket');
  });

  test('share nothing between accounts, and nothing without Web Locks', async () => {
    await begin();
    const withoutLocks = (page: Page): Promise<unknown> =>
      page.addInitScript(() => {
        Object.defineProperty(Navigator.prototype, 'locks', { value: undefined });
      });
    const tabs = [
      await openTab('alice'),
      await openTab('another account'),
      await openTab('alice', async (page) => void (await withoutLocks(page))),
    ];

    assert.equal(openSockets().length, 3);
    await send(tabs[2] as Page, ['for all']);
    for (const tab of tabs) await showsOnce(tab, ['for all']);
  });
});
