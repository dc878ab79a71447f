/**
 * Every view, opened by keyboard alone: no violation of WCAG 2.2 AA in light and dark, and nothing
 * is cut off in forced colours at 200 % zoom.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Account, PASSWORD } from '../../packages/server/test/support/account.ts';
import type { TestSocket } from '../../packages/server/test/support/test-socket.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { PageServer, WITH_PRODUCT_PAGE } from '../support/page-server.ts';
import { expectAccessible } from './accessible.ts';
import { findCutOff } from './cut-off.ts';
import { KEYBOARD, Person } from './person.ts';
import { QUESTION, VIEWS } from './views.ts';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const SIZE = { width: 1280, height: 720 };
/** The window at 200 % zoom. */
const HALF = { width: SIZE.width / 2, height: SIZE.height / 2 };
/** The narrowest window that must not scroll sideways (WCAG 1.4.10). */
const NARROW = { width: 320, height: 640 };

describe('every view', { skip: browserSkip() }, () => {
  let server: PageServer;
  let profile: Profile;
  let alice: Person;
  let bob: TestSocket;
  let room = '';
  const complaints: string[] = [];

  before(async () => {
    server = await PageServer.start(WITH_PRODUCT_PAGE);
    profile = await openProfile({ viewport: SIZE });
    alice = new Person(profile.page, 'alice', KEYBOARD);
    profile.page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    profile.page.on('pageerror', (error) => complaints.push(error.message));
  });
  after(async () => {
    bob?.terminate();
    await profile?.close();
    await server?.stop();
  });

  test('is accessible: the login', async () => {
    const { page } = alice;
    await page.goto(server.url);
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    await expectAllAccessible();
    await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none' });
    await page.setViewportSize(SIZE);
    await Account.signUp(server.url, 'alice');
    await KEYBOARD.fill(page.getByRole('textbox', { name: 'Username' }), 'alice');
    await KEYBOARD.fill(page.getByRole('textbox', { name: 'Password' }), PASSWORD);
    await page.keyboard.press('Enter');
    await alice.join('lobby');
    room = page.url();
    bob = await fill(server.url, new URL(room).pathname.split('/').at(-1) ?? '');
    await alice.sees(QUESTION);
  });

  for (const { name, open, isFresh } of VIEWS) {
    test(`is accessible: ${name}`, async () => {
      const { page } = alice;
      await page.setViewportSize(SIZE);
      await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none' });
      await (isFresh ? page.goto(room) : returnToRoom());
      await alice.sees(QUESTION);
      const shown = await open(alice);
      await shown.waitFor();
      await expectAllAccessible();
      await shown.waitFor();
    });
  }

  test('fits a window of 320 px, as at 400 % zoom', async () => {
    const { page } = alice;
    await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none' });
    await page.setViewportSize(NARROW);
    for (const path of [
      room,
      `${room}/members`,
      `${room}/pins`,
      `${room}/files`,
      `${server.url}/app/browse`,
    ]) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      assert.deepEqual(await findCutOff(page), [], path);
    }
  });

  test('causes no errors in the console of the browser', () => {
    assert.deepEqual(complaints, []);
  });

  /** Without loading the page and the rules again. */
  async function returnToRoom(): Promise<void> {
    const { page } = alice;
    const above = page.locator('dialog[open], [role="menu"], [role="listbox"]');
    await until(async () => {
      if ((await above.count()) === 0) return true;
      await page.keyboard.press('Escape');
      return false;
    }, 'the room without a dialog');
    await page.evaluate((path) => {
      history.pushState(null, '', path);
      dispatchEvent(new PopStateEvent('popstate'));
    }, new URL(room).pathname);
  }

  async function expectAllAccessible(): Promise<void> {
    const { page } = alice;
    await expectAccessible(page, (axe) => axe.withTags(TAGS), 'light');
    await page.emulateMedia({ colorScheme: 'dark' });
    // Only the colours differ.
    await expectAccessible(page, (axe) => axe.withRules('color-contrast'), 'dark');
    // The contrast of forced colours is the system's; axe reads colours that are not shown.
    await page.emulateMedia({ forcedColors: 'active' });
    await page.setViewportSize(HALF);
    assert.deepEqual(await findCutOff(page), [], 'forced colours at 200 % zoom');
  }
});

/** Writes content for every view; returns the socket of bob, who stays in the room. */
async function fill(url: string, roomId: string): Promise<TestSocket> {
  const [owner, other] = await Promise.all([
    Account.logIn(url, 'alice'),
    Account.signUp(url, 'bob'),
    Account.signUp(url, 'carol'),
  ]);
  const [own, bob] = await Promise.all([owner.connect(), other.connect()]);
  await bob.joinRoom({ roomName: 'elsewhere' });
  await bob.joinRoom({ roomId });
  await own.joinRoom({ roomId });
  const { id: pinned } = await bob.sendMessage({
    roomId,
    content: '**look** at `this`, @alice: https://example.org\n\n```ts\nlet a = 1;\n```',
  });
  await bob.ask('pin_message', { roomId, messageId: pinned }, 'message_ack');
  await bob.sendMessage({ roomId, content: 'a reply', parentMessageId: pinned });
  await own.ask('direct_message', { recipient: 'bob', content: 'hello' }, 'message_ack');
  await owner.must('POST', '/api/workspaces', { name: 'Halden' });
  const { id: messageId } = await own.sendMessage({ roomId, content: QUESTION });
  await bob.ask('add_reaction', { roomId, messageId, emoji: '🎉' }, 'message_ack');
  own.terminate();
  return bob;
}
