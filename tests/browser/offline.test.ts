/** The page without a server: it opens, shows what was read, and takes messages. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Account } from '../../packages/server/test/support/account.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { browserSkip } from '../support/browser.ts';
import { WITH_PRODUCT_PAGE } from '../support/page-server.ts';
import { storedIn } from '../support/stored-in-page.ts';
import { Pair } from './pair.ts';

const ASSETS = join(import.meta.dirname, '../../packages/web/dist/assets');

describe('without a server', { skip: browserSkip() }, () => {
  let pair: Pair;

  before(async () => {
    pair = await Pair.openBreakable({ serviceWorkers: 'allow' }, WITH_PRODUCT_PAGE);
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

    pair.loseServer();
    await alice.page.reload();
    await alice.sees('read this first');
    await alice.listed('Rooms', 'lobby').waitFor();
    await alice.page.getByRole('button', { name: /^Members, \d+$/ }).waitFor();
    await alice.page.waitForFunction(() =>
      [...document.images].every(({ complete, naturalWidth }) => complete && naturalWidth > 0),
    );
    await alice.say('written without a server');
    await alice.page.getByText('written without a server').waitFor();
    pair.findServer();

    await alice.sees('written without a server');
    await bob.sees('written without a server');
  });

  test('a room that was asked for without a server opens once it is back', async () => {
    const { alice, bob, url } = pair;
    await alice.join('lobby');
    await alice.browse();
    // The code of each page is there.
    await bob.page.goto(`${url}/app/rooms/lobby`);
    await bob.logOf('lobby').waitFor();
    pair.loseServer();
    await alice.hands.fill(alice.roomName, 'asked-for');
    await alice.press('Join or create');
    await bob.page.evaluate(() => {
      history.pushState(null, '', '/app/rooms/LOBBY');
      dispatchEvent(new PopStateEvent('popstate'));
    });
    const unreachable = 'The server cannot be reached.';
    await alice.page.getByRole('alert').filter({ hasText: unreachable }).waitFor();
    await bob.page.getByText('The room could not be opened').waitFor();
    pair.findServer();

    await alice.logOf('asked-for').waitFor();
    await alice.composer.waitFor();
    await bob.logOf('lobby').waitFor();
  });

  test('what is opened without a server counts as read once it is back', async () => {
    const { alice, bob, url } = pair;
    await alice.join('marked');
    await alice.choose('Mark as unread');
    await alice.join('elsewhere');
    await bob.say('unread without a server');
    await alice.listed('Rooms', /^lobby 1 unread, /).waitFor();
    // The copy is stored a moment later.
    await alice.page.waitForFunction(() => {
      const stored = JSON.stringify(Object.values(localStorage)).replaceAll('\\', '');
      return stored.includes('unread without a server') && stored.includes('"markedUnread":true');
    });

    pair.loseServer();
    await alice.page.reload();
    await alice.listed('Rooms', 'lobby').click();
    await alice.sees('unread without a server');
    await alice.listed('Rooms', 'marked').click();
    await alice.logOf('marked').waitFor();
    pair.findServer();

    const device = await (await Account.logIn(url, 'alice')).connect();
    await until(async () => {
      const { rooms } = await device.ask('get_rooms', {}, 'room_list');
      return rooms.every(({ unreadCount, markedUnread }) => unreadCount === 0 && !markedUnread);
    }, 'the rooms to be read');
    device.close(1000);
    await device.closed;
  });

  test('the page shows names, unread marks and workspaces as they were', async () => {
    const { alice, bob, url } = pair;
    const { page } = alice;
    const wire = await (await Account.logIn(url, 'bob')).connect();
    await wire.ask('set_display_name', { displayName: 'Bob Builder' });
    wire.close(1000);
    const own = await Account.logIn(url, 'alice');
    const { workspace } = await own.must<{ workspace: { id: string } }>('POST', '/api/workspaces', {
      name: 'Halden',
    });
    await own.must('POST', `/api/workspaces/${workspace.id}/channels`, { name: 'design' });
    await alice.openPerson('bob');
    await alice.say('hello bob');
    await alice.sees('hello bob');
    await alice.join('elsewhere');
    await bob.join('elsewhere');
    await bob.say('who wrote this');
    await alice.sees('who wrote this');
    await bob.join('lobby');
    await page.reload();
    await alice.sees('who wrote this');
    await bob.say('unread in a room that is not shown');
    const marked = alice.listed('Rooms', /^lobby 1 unread, /);
    const channel = page
      .getByRole('list', { name: 'Halden' })
      .getByRole('link', { name: 'design' });
    const author = page.getByRole('article', { name: /^Bob Builder, / });
    for (const each of [marked, channel, author]) await each.waitFor();
    await page.waitForFunction(() => {
      const stored = JSON.stringify(Object.values(localStorage)).replaceAll('\\', '');
      return ['unread in a room', '"Bob Builder"', '"Halden"'].every((each) =>
        stored.includes(each),
      );
    });

    pair.loseServer();
    await page.reload();

    for (const each of [marked, channel, author]) await each.waitFor();
    await alice.listed('People', /^Bob Builder/).waitFor();
    pair.findServer();
    // As the server knows them.
    await bob.page.reload();
    const again = await (await Account.logIn(url, 'bob')).connect();
    await again.ask('set_display_name', { displayName: 'Bob B.' });
    again.close(1000);
    await page.getByRole('article', { name: /^Bob B\., / }).waitFor();
  });

  test('the page of a user who logged out shows nothing', async () => {
    const { alice } = pair;
    await alice.logOut();
    pair.loseServer();
    await alice.page.reload();
    await alice.page.getByText('The server cannot be reached.').waitFor();
    const stored = await storedIn(alice.page);
    for (const text of ['read this first', 'Bob B', 'Halden']) {
      assert.equal(stored.includes(text), false, text);
    }
    pair.findServer();
  });

  test('a session that ends elsewhere leaves nothing readable in the browser', async () => {
    const { alice, bob, url } = pair;
    await alice.logIn(url);
    await alice.join('lobby');
    await bob.sees('written without a server');
    const stored = () => storedIn(alice.page);
    await alice.page.waitForFunction(() =>
      JSON.stringify(localStorage).includes('written without a server'),
    );

    const elsewhere = await Account.logIn(url, 'alice');
    await elsewhere.must('POST', '/logout', { all: true });
    await alice.page.getByText('Your session has ended.').waitFor();
    assert.equal((await stored()).includes('written without a server'), false);

    // The page keeps a copy again after the next login.
    await alice.signIn('Log in');
    await alice.join('lobby');
    await alice.page.waitForFunction(() =>
      JSON.stringify(localStorage).includes('written without a server'),
    );

    // The session ends while no page is open.
    await alice.page.goto('about:blank');
    const again = await Account.logIn(url, 'alice');
    await again.must('POST', '/logout', { all: true });
    await alice.page.goto(url);
    await alice.page.getByRole('button', { name: 'Log in' }).waitFor();
    assert.equal((await stored()).includes('written without a server'), false);
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

  test('the browser keeps all files of the page; of many it removes none that opens the page', async () => {
    const { page } = pair.alice;
    const files = readdirSync(ASSETS).filter((name) => /\.(?:js|css)$/.test(name));
    const load = (names: readonly string[]) =>
      page.evaluate(async (paths) => {
        for (const name of paths) await (await fetch(`/assets/${name}`)).arrayBuffer();
      }, names);
    const stored = async () => {
      const paths = await page.evaluate(async () => {
        const keys = await (await caches.open('parley-1')).keys();
        return keys.map(({ url }) => new URL(url).pathname.replace('/assets/', ''));
      });
      return new Set(paths);
    };
    await load(files);
    const all = await stored();
    assert.deepEqual(
      files.filter((name) => !all.has(name)),
      [],
    );

    // Files of earlier versions; the file that is loaded last removes the oldest.
    const [last = ''] = files.filter((name) => !name.startsWith('index-'));
    await page.evaluate(async (name) => {
      const cache = await caches.open('parley-1');
      for (let count = 0; count < 400; count += 1) {
        await cache.put(`/assets/earlier-${count}.js`, new Response(''));
      }
      await cache.delete(`/assets/${name}`, { ignoreVary: true });
    }, last);
    await load([last]);
    const left = await stored();
    assert(left.size < 400, `${left.size}`);
    const html = await (await page.request.get(`${pair.url}/app/`)).text();
    const named = [...html.matchAll(/"\/assets\/([^"]+)"/g)].map(([, name = '']) => name);
    assert(named.length > 1 && named.every((name) => left.has(name)));
  });
});
