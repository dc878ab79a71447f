/** Data that the browser keeps of a user whose session has ended. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { WebSocketRoute } from 'playwright-core';
import { Account } from '../../packages/server/test/support/account.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { browserSkip } from '../support/browser.ts';
import { storedIn } from '../support/stored-in-page.ts';
import { Pair } from './pair.ts';
import { MOUSE, Person } from './person.ts';

const UNSENT = ['a draft for later', 'never sent'];
const READ = 'read in the lobby';

describe('a session that ends elsewhere', { skip: browserSkip() }, () => {
  let pair: Pair;
  let isCut = false;
  const sockets: WebSocketRoute[] = [];

  before(async () => {
    pair = await Pair.openBreakable({ serviceWorkers: 'allow' });
    for (const person of [pair.alice, pair.bob]) await person.join('lobby');
    await pair.alice.page.context().routeWebSocket(/\/ws$/, (socket) => {
      if (isCut) return void socket.close();
      socket.connectToServer();
      sockets.push(socket);
    });
    await pair.alice.page.reload();
  });
  after(() => pair?.close());

  /** Alice has read, sent nothing of what she wrote, and has another draft. */
  async function write(): Promise<void> {
    const { alice, bob } = pair;
    isCut = false;
    await alice.join('lobby');
    await bob.say(READ);
    await alice.sees(READ);
    await stores(READ);
    isCut = true;
    for (const socket of sockets.splice(0)) await socket.close();
    await alice.say('never sent');
    await alice.composer.fill('a draft for later');
    await stores(...UNSENT);
  }

  async function isStored(...texts: string[]): Promise<boolean> {
    const stored = await storedIn(pair.alice.page);
    return texts.every((text) => stored.includes(text));
  }

  function stores(...texts: string[]): Promise<void> {
    return until(() => isStored(...texts), `stored: ${texts}`);
  }

  async function storesNothing(): Promise<void> {
    await until(async () => {
      const stored = await storedIn(pair.alice.page);
      return ![...UNSENT, READ].some((text) => stored.includes(text));
    }, 'nothing stored');
  }

  /**
   * As if the session had not been used for its whole lifetime. An open page that reconnects
   * between the end of a session and this would delete everything: it expires first.
   */
  async function expire(): Promise<void> {
    const { page } = pair.alice;
    await page.goto(`${pair.url}/icon.svg`);
    await page.evaluate(() => {
      const known = JSON.parse(localStorage.getItem('parley.user') ?? '{}');
      localStorage.setItem('parley.user', JSON.stringify({ ...known, endsAtMs: Date.now() - 1 }));
    });
  }

  async function endSession(): Promise<void> {
    await (await Account.logIn(pair.url, 'alice')).must('POST', '/logout', { all: true });
  }

  test('leaves nothing in the browser, also if the page was not open or not connected', async () => {
    const { alice } = pair;
    await write();
    await endSession();
    await alice.page.reload();

    await alice.page.getByRole('button', { name: 'Log in' }).waitFor();
    await storesNothing();

    isCut = false;
    await alice.signIn('Log in');
    await alice.join('lobby');
    assert.equal(await alice.composer.inputValue(), '');
  });

  test('leaves what was not sent to the same user if it has expired, but no copy', async () => {
    const { alice, bob } = pair;
    await write();
    await expire();
    await endSession();
    await alice.page.goto(pair.url);
    await alice.page.getByRole('button', { name: 'Log in' }).waitFor();
    await until(async () => !(await isStored(READ)), 'no copy');
    assert.ok(await isStored(...UNSENT));

    isCut = false;
    await alice.signIn('Log in');

    await bob.sees('never sent');
    await alice.join('lobby');
    assert.equal(await alice.composer.inputValue(), 'a draft for later');
  });

  test('opens no copy without a server if it has expired', async () => {
    const { alice } = pair;
    await stores(READ);
    await alice.page.waitForFunction(async () => (await caches.match('/app/')) !== undefined);
    await expire();
    pair.loseServer();

    await alice.page.goto(`${pair.url}/app/`);

    await alice.page.getByText('The server cannot be reached.').waitFor();
    await until(async () => !(await isStored(READ)), 'no copy');
    pair.findServer();
    await alice.page.getByRole('navigation', { name: 'Rooms' }).waitFor();
  });

  test('leaves nothing to another user', async () => {
    const { alice, url } = pair;
    await Account.signUp(url, 'carol');
    const carol = new Person(alice.page, 'carol', MOUSE);
    await write();
    await expire();
    await endSession();
    isCut = false;
    await alice.page.goto(url);

    await carol.signIn('Log in');

    await storesNothing();
  });
});
