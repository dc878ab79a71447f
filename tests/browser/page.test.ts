/** The page for one user: older messages, narrow windows, and errors as text. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LIMITS } from '@parley/protocol';
import { Account } from '../../packages/server/test/support/account.ts';
import { browserSkip, type ContextOptions, openProfile, type Profile } from '../support/browser.ts';
import { PageServer } from '../support/page-server.ts';
import { expectAccessible } from './accessible.ts';
import { focused } from './focused.ts';
import { MOUSE, Person } from './person.ts';
import { tap } from './touch.ts';

const MESSAGES = 130;
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

describe('the page', { skip: browserSkip() }, () => {
  let server: PageServer;
  const profiles: Profile[] = [];

  before(async () => {
    server = await PageServer.start({ MESSAGE_RATE_MAX: '0' });
    await fillLobby();
  });
  after(async () => {
    await Promise.all(profiles.map((profile) => profile.close()));
    await server?.stop();
  });

  /** A room with a long history, written over the wire. */
  async function fillLobby(): Promise<void> {
    const socket = await (await Account.signUp(server.url, 'carol')).connect();
    await socket.joinRoom({ roomName: 'lobby' });
    for (let index = 1; index <= MESSAGES; index += 1) {
      socket.send('chat_message', { content: `message ${index}` });
    }
    for (let index = 1; index <= MESSAGES; index += 1) await socket.next('message_ack');
    socket.close(1000);
    await socket.closed;
  }

  async function visitor(name: string, options: ContextOptions = {}): Promise<Person> {
    const profile = await openProfile(options);
    profiles.push(profile);
    const person = new Person(profile.page, name, MOUSE);
    await person.register(server.url);
    return person;
  }

  test('opens at the latest message and loads older ones while scrolling up, to the first', async () => {
    const alice = await visitor('alice', { viewport: { width: 1200, height: 700 } });
    await alice.join('lobby');
    await alice.sees(`message ${MESSAGES}`);

    const log = alice.logOf('lobby');
    let lowest = MESSAGES;
    while (lowest > 1) {
      await log.evaluate((element) => element.scrollTo({ top: 0 }));
      // Waits until an older message is loaded.
      const reached = await alice.page.waitForFunction((before) => {
        const shown = [...document.querySelectorAll('[data-sequence]')];
        const sequences = shown.map((element) => Number(element.getAttribute('data-sequence')));
        const top = Math.min(...sequences);
        return top < before && top;
      }, lowest);
      lowest = Number(await reached.jsonValue());
    }

    await alice.page.getByText('message 1', { exact: true }).waitFor();
    const shown = (await alice.shown()).map(({ sequence }) => Number(sequence));
    assert.deepEqual(
      shown,
      shown.map((_, index) => index + 1),
    );
  });

  test('loads older activity while scrolling down, to the first mention', async () => {
    const dora = await visitor('dora');
    await dora.join('calls');
    const socket = await (await Account.signUp(server.url, 'carol')).connect();
    await socket.joinRoom({ roomName: 'calls' });
    for (let index = 1; index <= MESSAGES; index += 1) {
      await socket.sendMessage({ content: `@dora call ${index}.` });
    }
    socket.terminate();
    await dora.page.goto(`${server.url}/app/activity`);
    const list = dora.page.getByRole('list', { name: 'Activity' });
    const entries = list.getByRole('link');
    await entries.filter({ hasText: `call ${MESSAGES}.` }).waitFor();
    assert.notEqual(await entries.count(), MESSAGES);
    await entries.last().scrollIntoViewIfNeeded();
    await entries.filter({ hasText: 'call 1.' }).waitFor();
    assert.deepEqual(
      (await entries.allTextContents()).map((text) => Number(/call (\d+)/.exec(text)?.[1])),
      Array.from({ length: MESSAGES }, (_, index) => MESSAGES - index),
    );
  });

  test('works on a phone: one column at a time, with a back button', async () => {
    const bob = await visitor('bob', PHONE);
    await bob.join('lobby');
    await bob.sees(`message ${MESSAGES}`);
    assert.equal(await bob.roomName.isVisible(), false);

    await bob.composer.fill('from the train');
    const sent = bob.messages.filter({ hasText: 'from the train' }).and(bob.sent);
    await tap(bob.page.getByRole('button', { name: 'Send' }), sent);
    // Otherwise the keyboard would close.
    await focused(bob.composer);
    await bob.press('Back to rooms');

    await bob.listed('Rooms', 'lobby').waitFor();
    const width = await bob.page.evaluate(() => document.documentElement.scrollWidth);
    assert(width <= PHONE.viewport.width, `the page is ${width} px wide`);
  });

  test('shows errors in place, keeps entered text, and moves the focus to the next step', async () => {
    const profile = await openProfile();
    profiles.push(profile);
    const { page } = profile;
    const alert = (text: string) => page.getByRole('alert').filter({ hasText: text });
    const button = (name: string | RegExp) => page.getByRole('button', { name });
    const username = page.getByRole('textbox', { name: 'Username' });
    const erin = new Person(page, 'erin', MOUSE);

    await page.goto(server.url);
    await focused(username);
    await username.fill('carol');
    await page.getByRole('textbox', { name: 'Password' }).fill('wrong password');
    await button('Log in').click();
    await alert('Wrong username or password').waitFor();
    assert.equal(await username.inputValue(), 'carol');
    await focused(button('Log in'));
    await erin.register(server.url);
    await focused(erin.roomName);

    await erin.join('lobby');
    await focused(erin.composer);
    await erin.composer.fill('from erin');
    await erin.press('Send');
    await erin.sees('from erin');
    await focused(erin.composer);
    await erin.logOf('lobby').evaluate((element) => element.scrollTo({ top: 0 }));
    await erin.press(/^Jump to latest/);
    await focused(erin.logOf('lobby'));

    await erin.say('refused \0');
    await alert('Not sent.').waitFor();
    await erin.press('Retry');
    await focused(erin.messages.filter({ hasText: 'refused' }));
    await erin.press('Discard');
    await focused(erin.logOf('lobby'));

    await erin.press(/^Members/);
    await erin.press('Close members');
    await focused(button(/^Members/));
    await erin.press(/^Members/);
    await page.keyboard.press('Escape');
    await button('Close members').waitFor({ state: 'detached' });
    await focused(button(/^Members/));
    await erin.leave();
    await focused(erin.roomName);
    await erin.logOut();
    await focused(username);
  });

  test('opens the marked room, and creates one only on demand', async () => {
    const grace = await visitor('grace');
    const { page, roomName } = grace;
    const { keyboard } = page;
    const option = (name: RegExp | string) => page.getByRole('option', { name, selected: true });
    const find = async (text: string): Promise<void> => {
      await roomName.focus();
      await roomName.selectText();
      await keyboard.type(text);
    };
    await page.getByRole('link', { name: /^lobby/ }).waitFor();

    await find('lob');
    await option(/^lobby/).waitFor();
    assert.equal(
      await roomName.getAttribute('aria-activedescendant'),
      await option(/^lobby/).getAttribute('id'),
    );
    await expectAccessible(page);
    await keyboard.press('Enter');
    await grace.logOf('lobby').waitFor();
    await focused(grace.composer);
    assert.equal(await page.getByRole('link', { name: /^lob\b/ }).count(), 0);

    await grace.browse();
    await find('lob');
    await keyboard.press('ArrowUp');
    await option('Create “lob”').waitFor();
    await keyboard.press('Enter');
    await grace.logOf('lob').waitFor();
    await focused(grace.composer);

    await grace.browse();
    await find('x'.repeat(LIMITS.roomNameLengthMax + 1));
    await keyboard.press('Enter');
    const limit = `at most ${LIMITS.roomNameLengthMax} characters`;
    await page.getByRole('alert').filter({ hasText: limit }).waitFor();
    await keyboard.press('Escape');
    await focused(roomName);
    assert.equal(await roomName.inputValue(), '');
  });

  test('leaves space for messages at 200 % zoom, and isolates names that change text direction', async () => {
    const frank = await visitor('frank', { viewport: { width: 640, height: 360 } });
    // Hebrew letters: without isolation they would reverse the words around them.
    const name = '\u05D7\u05D3\u05E8';
    await frank.browse();
    await frank.roomName.fill(name);
    await frank.press('Join or create');
    const quiet = frank.page.getByText(`No messages in ${name} yet`);
    assert.equal(await quiet.locator('bdi').textContent(), name);

    await frank.composer.fill('line\n'.repeat(12));

    const { height = 0 } = (await frank.page.getByRole('log').boundingBox()) ?? {};
    assert(height >= 80, `${height} px are left`);
  });
});
