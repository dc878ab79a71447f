/** `useMessagePalWs` in real browsers with the real server. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { browserSkip } from '../../support/browser.ts';
import { HookFixture } from './hook-fixture.ts';
import type { HookPage } from './hook-page.ts';

describe('useMessagePalWs', { skip: browserSkip() }, () => {
  let fixture: HookFixture;

  before(async () => {
    fixture = await HookFixture.build('alice', 'bob');
  });
  after(() => fixture?.close());

  const idOf = (name: string): string => fixture.person(name).account.userId;

  /** Each opens the conversation with the other, or all conversations. */
  async function both(conversation?: string): Promise<readonly [HookPage, HookPage]> {
    const where = conversation === undefined ? {} : { conversation };
    const pages = await Promise.all([
      fixture.visit('alice', { ...where, recipient: idOf('bob') }),
      fixture.visit('bob', { ...where, recipient: idOf('alice') }),
    ]);
    await Promise.all(pages.map((page) => page.isLive()));
    return pages;
  }

  async function conversationId(): Promise<string> {
    const { conversations } = await fixture
      .person('alice')
      .account.must<{ conversations: { id: string }[] }>('GET', '/api/conversations');
    return conversations[0]?.id ?? assert.fail('there is no conversation');
  }

  test('two users start a conversation, then chat: once, in order, with read receipts', async () => {
    const [first, other] = await both();
    // Strangers do not see the typing before the first message.
    await first.view.getByRole('textbox').pressSequentially('hello bob');
    await first.view.getByRole('textbox').press('Enter');
    await other.sees('hello bob');
    await first.sees('hello bob');

    const [alice, bob] = await both(await conversationId());
    await alice.sees('hello bob');
    await Promise.all([
      // Started first: it is shown only for a moment.
      alice.is('typing', '1'),
      bob.view.getByRole('textbox').pressSequentially('hello alice'),
    ]);
    // Typing has stopped, and the text is not sent yet.
    await alice.is('typing', '0');
    await bob.view.getByRole('textbox').press('Enter');
    await alice.sees('hello alice');
    await bob.press('Mark read');
    await alice
      .row('hello bob')
      .and(alice.page.locator('[data-read]:not([data-read=""])'))
      .waitFor();

    assert.deepEqual(await alice.strings(), ['hello bob', 'hello alice']);
    assert.deepEqual(await bob.strings(), ['hello bob', 'hello alice']);
  });

  test('nothing is lost when the server is killed, or while the socket is blocked', async () => {
    const [alice, bob] = await both(await conversationId());
    // The history brings earlier messages after the room is live.
    await alice.sees('hello alice');
    const before = await alice.strings();
    await alice.say('before the crash');
    await bob.sees('before the crash');
    fixture.loseServer();
    await bob.is('state', 'reconnecting');
    await bob.say('during the crash');
    fixture.findServer();
    for (const page of [alice, bob]) await page.sees('during the crash');

    fixture.door.block();
    for (const page of [alice, bob]) await page.is('state', 'reconnecting');
    await alice.say('over HTTP');
    await alice.sees('over HTTP');
    fixture.door.unblock();
    for (const page of [alice, bob]) {
      await page.press('Reconnect');
      await page.sees('over HTTP');
      await page.isLive();
      const wanted = [...before, 'before the crash', 'during the crash', 'over HTTP'];
      assert.deepEqual(await page.strings(), wanted);
    }
  });

  test('stops when the session ends', async () => {
    const [, bob] = await both(await conversationId());
    await fixture.logOut('bob');
    await bob.is('state', 'unauthorized');
  });
});
