/**
 * Accounts in a browser: requests whose answers are lost, logouts that fail, and two users, of whom
 * unsent messages are never sent or shown as the other's.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { Account, PASSWORD } from '../../packages/server/test/support/account.ts';
import { BreakableServer } from '../support/breakable-server.ts';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { PageServer, WITH_PRODUCT_PAGE } from '../support/page-server.ts';
import { MOUSE, Person } from './person.ts';

describe('accounts in a browser', { skip: browserSkip() }, () => {
  let server: BreakableServer;
  let profile: Profile;

  before(async () => {
    [server, profile] = await Promise.all([
      BreakableServer.start(WITH_PRODUCT_PAGE),
      openProfile(),
    ]);
  });
  after(async () => {
    await profile?.close();
    await server?.stop();
  });

  /** Senders and texts that the server sends to bob. */
  async function stored(): Promise<string[]> {
    const socket = await (await Account.signUp(server.url, 'bob')).connect();
    const { history } = await socket.joinRoom({ roomName: 'lobby' });
    socket.close(1000);
    await socket.closed;
    return history.map(({ sender, content }) => `${sender}: ${content}`);
  }

  /** The server gets these requests, and the page no answers. */
  function loseAnswers(page: Page, url: string): Promise<unknown> {
    return page.route(url, async (route) => {
      await route.fetch();
      await route.abort();
    });
  }

  test('has the files of the login named beside the page, to load with its first script', async () => {
    const { headers } = await fetch(server.url);
    const links = headers.get('link') ?? '';

    assert.match(links, /assets\/sign-in-page-[\w-]+\.js>; rel=modulepreload/);
    assert.match(links, /assets\/server-mark-[\w-]+\.css>; rel=preload/);
  });

  test('logs in after a registration whose answer was lost', async () => {
    const page = await profile.context.newPage();
    const dora = new Person(page, 'dora', MOUSE);
    await loseAnswers(page, '**/register');
    await page.goto(server.url);
    await dora.press('Create account');
    await page.getByRole('textbox', { name: 'Username' }).fill('dora');
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await dora.press('Create account');
    await page.getByRole('alert').filter({ hasText: /\w/ }).waitFor();
    await page.unrouteAll();

    await dora.press('Create account');

    await page.getByRole('navigation', { name: 'Rooms' }).waitFor();
    await dora.logOut();
    await page.close();
  });

  test('switches between login and registration, and keeps what is filled in', async () => {
    const page = await profile.context.newPage();
    const tobais = new Person(page, 'tobais', MOUSE);
    const sent: string[] = [];
    page.on('request', (request) => request.method() === 'POST' && sent.push(request.url()));
    await page.goto(server.url);
    await page.getByRole('textbox', { name: 'Username' }).fill('tobais');
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);

    for (const [link, title] of [
      ['Create account', 'Create your account'],
      ['Log in', 'Log in to Parley'],
    ] as const) {
      await tobais.press(link);
      await page.getByRole('heading', { name: title }).waitFor();
      assert.equal(await page.getByRole('textbox', { name: 'Username' }).inputValue(), 'tobais');
      assert.equal(await page.getByRole('alert').textContent(), '');
    }

    // The browser offers passkeys by itself.
    assert.deepEqual(
      sent.filter((url) => !url.endsWith('/passkeys/login/begin')),
      [],
    );
    await page.close();
  });

  test('offers no form for an account while registration is closed', async () => {
    const closed = await PageServer.start({ REGISTRATION: 'closed' });
    const page = await profile.context.newPage();
    await page.goto(closed.url);

    await page.getByText('Registration is closed on this server.').waitFor();

    assert.equal(await page.getByRole('button', { name: 'Create account' }).count(), 0);
    await page.close();
    await closed.stop();
  });

  test('shows the login page after a logout whose answer was lost', async () => {
    const page = await profile.context.newPage();
    const erin = new Person(page, 'erin', MOUSE);
    await erin.register(server.url);
    await loseAnswers(page, '**/logout');

    await erin.logOut();

    await page.close();
  });

  test('keeps a draft after a failed logout, also when the session expires later', async () => {
    const page = await profile.context.newPage();
    const erin = new Person(page, 'erin', MOUSE);
    // As if the session that ends below had expired.
    await page.routeWebSocket(/\/ws$/, (socket) => {
      const upstream = socket.connectToServer();
      upstream.onMessage((text) => socket.send(`${text}`.replace('"logout"', '"expired"')));
    });
    await erin.logIn(server.url);
    await erin.join('lobby');
    await erin.hands.fill(erin.composer, 'for tomorrow');
    await page.route('**/logout', (route) => route.abort());
    await erin.logOutAndDelete();
    await page.getByRole('alert').filter({ hasText: 'You are still logged in' }).waitFor();
    await page.unrouteAll();

    await (await Account.logIn(server.url, 'erin')).must('POST', '/logout', { all: true });

    await erin.signIn('Log in');
    await erin.join('lobby');
    assert.equal(await erin.composer.inputValue(), 'for tomorrow');
    await erin.logOutAndDelete();
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    await page.close();
  });

  test('keeps the unsent messages of the first user, and sends them as that user', async () => {
    await Account.signUp(server.url, 'carol');
    const carol = new Person(profile.page, 'carol', MOUSE);
    await carol.page.goto(server.url);
    const alice = new Person(await profile.context.newPage(), 'alice', MOUSE);
    await alice.register(server.url);
    await alice.join('lobby');
    await alice.say('first');
    await alice.sees('first');

    await carol.signIn('Log in');
    server.lose();
    await alice.say('while away');
    await alice.page.getByText('while away').waitFor();
    server.find();

    await alice.page.getByText('This browser is now logged in as carol.').waitFor();
    assert.equal(await alice.page.getByText('while away').count(), 0);
    await alice.press('Continue as carol');
    await alice.roomName.waitFor();
    await alice.join('lobby');
    await alice.sees('first');
    assert.deepEqual(
      (await alice.shown()).map(({ text }) => text),
      ['first'],
    );
    assert.deepEqual(await stored(), ['alice: first']);

    await alice.logOut();
    await alice.signIn('Log in');
    await alice.join('lobby');
    await alice.sees('while away');
    assert.deepEqual(await stored(), ['alice: first', 'alice: while away']);
  });
});
