/** Where a login ends: in the last conversation, else the first unread one, else all rooms. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Account } from '../../packages/server/test/support/account.ts';
import type { TestSocket } from '../../packages/server/test/support/test-socket.ts';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { PageServer, WITH_PRODUCT_PAGE } from '../support/page-server.ts';
import { MOUSE, Person } from './person.ts';

describe('a login', { skip: browserSkip() }, () => {
  let server: PageServer;
  let profile: Profile;
  let alice: Person;
  let carol: TestSocket;
  let lobbyId: string;

  before(async () => {
    server = await PageServer.start(WITH_PRODUCT_PAGE);
    profile = await openProfile();
    alice = new Person(profile.page, 'alice', MOUSE);
    carol = await (await Account.signUp(server.url, 'carol')).connect();
  });
  after(async () => {
    carol?.terminate();
    await profile?.close();
    await server?.stop();
  });

  /** Nothing is known in this browser, as on another device. */
  async function forget(): Promise<void> {
    await alice.logOut();
    await alice.page.evaluate(() => localStorage.clear());
  }

  test('ends in the list of rooms if the user is in none', async () => {
    await alice.register(server.url);
    await alice.roomName.waitFor();
  });

  test('ends in the conversation that was open last', async () => {
    for (const room of ['ops', 'lobby']) await alice.join(room);

    await alice.logOut();
    await alice.signIn('Log in');
    await alice.logOf('lobby').waitFor();

    await alice.listed('Rooms', 'ops').click();
    await alice.logOf('ops').waitFor();
    await alice.page.goto(server.url);
    await alice.logOf('ops').waitFor();
  });

  test('opens no conversation for a user who has followed a link meanwhile', async () => {
    lobbyId = (await carol.joinRoom({ roomName: 'lobby' })).roomId;
    await alice.logOut();
    await carol.sendMessage({ roomId: lobbyId, content: 'hello' });
    const other = await openProfile();
    try {
      const { page } = other;
      // The code of the first view comes after the rooms: it opens the last one as soon as it is shown.
      const isListed = page.locator('nav a[href*="/rooms/"]').first();
      await page.route('**/assets/home-page-*.js', async (route) => {
        await isListed.waitFor();
        await route.continue();
      });
      await page.addInitScript(() => {
        const observer = new MutationObserver(() => {
          const shown = document.querySelector('section[aria-label="Conversation"]');
          if (shown?.textContent?.includes('Loading rooms') !== true) return;
          observer.disconnect();
          document.querySelector<HTMLAnchorElement>('a[href="/app/browse"]')?.click();
        });
        observer.observe(document, { childList: true, subtree: true });
      });
      const again = new Person(page, 'alice', MOUSE);

      await again.logIn(server.url);

      await again.roomName.waitFor();
      assert.equal(new URL(page.url()).pathname, '/app/browse');
    } finally {
      await other.close();
      await alice.signIn('Log in');
    }
  });

  test('ends in the first unread conversation on a device without a last one', async () => {
    await forget();
    await carol.sendMessage({ roomId: lobbyId, content: 'are you there?' });

    await alice.signIn('Log in');

    await alice.sees('are you there?');
  });

  test('ends in the list of rooms if nothing is unread, and new messages open nothing', async () => {
    // Marked as read while it was shown.
    await alice.page.getByRole('heading', { name: 'Unread' }).waitFor({ state: 'attached' });
    await alice.listed('Rooms', 'ops').click();
    await alice.page.getByRole('heading', { name: 'Unread' }).waitFor({ state: 'detached' });
    await forget();
    await alice.signIn('Log in');
    await alice.roomName.waitFor();

    await carol.sendMessage({ roomId: lobbyId, content: 'news' });

    await alice.page.getByRole('heading', { name: 'Unread' }).waitFor();
    assert.equal(new URL(alice.page.url()).pathname, '/app/');
  });

  test('does not join a room again that the user has left elsewhere', async () => {
    await alice.listed('Rooms', 'ops').click();
    await alice.logOf('ops').waitFor();
    await alice.logOut();
    const device = await (await Account.logIn(server.url, 'alice')).connect();
    const { roomId } = await device.joinRoom({ roomName: 'ops' });
    await device.ask('leave_room', { roomId, membership: true }, 'room_left');
    device.terminate();

    await alice.signIn('Log in');

    await alice.sees('news');
  });

  test('does not follow the user back to the list of rooms', async () => {
    await alice.leave();
    await alice.roomName.waitFor();
    assert.equal(new URL(alice.page.url()).pathname, '/app/');
  });
});
