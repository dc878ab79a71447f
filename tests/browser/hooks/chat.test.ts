/** `useChatWs` in real browsers with the real server, under every kind of failure between them. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { checkHistory } from '../../checker/check.ts';
import type { HeldMessage, HistoryEntry } from '../../checker/history.ts';
import { browserSkip } from '../../support/browser.ts';
import { HookFixture } from './hook-fixture.ts';
import type { HookMessage, HookPage } from './hook-page.ts';

describe('useChatWs', { skip: browserSkip() }, () => {
  let fixture: HookFixture;
  let channel: string;
  let tests = 0;

  before(async () => {
    fixture = await HookFixture.build('alice', 'bob');
  });
  after(() => fixture?.close());
  beforeEach(async () => {
    tests += 1;
    channel = await fixture.createChannel(`channel-${tests}`);
  });

  async function both(): Promise<readonly [HookPage, HookPage]> {
    const pages = await Promise.all([
      fixture.visit('alice', { channel }),
      fixture.visit('bob', { channel }),
    ]);
    await Promise.all(pages.map((page) => page.isLive()));
    return pages;
  }

  async function fetched(): Promise<HeldMessage[]> {
    const path = `/api/channels/${channel}/messages?limit=200`;
    const { messages } = await fixture.person('alice').account.must<{
      messages: (Omit<HeldMessage, 'userId'> & { senderId: string })[];
    }>('GET', path);
    return messages.map(({ id, sequence, senderId: userId, content }) => ({
      id,
      sequence,
      userId,
      content,
    }));
  }

  /**
   * Rules of the checker: nothing acknowledged is lost, nothing is duplicated, and all
   * users see the same.
   */
  async function judge(pages: Readonly<Record<string, HookPage>>): Promise<void> {
    const history: HistoryEntry[] = [];
    const messages = await fetched();
    const headSequence = messages.at(-1)?.sequence ?? 0;
    for (const [name, page] of Object.entries(pages)) {
      const { userId } = fixture.person(name).account;
      const place = { atMs: 0, connection: name, userId, roomId: channel };
      const shown = await page.shown();
      for (const { key, id, sequence, sender, text } of shown) {
        if (sender !== userId) continue;
        const kind = 'message';
        history.push({ ...place, type: 'send', kind, clientMessageId: key, content: text });
        const stored = { clientMessageId: key, messageId: id, sequence, duplicate: false };
        history.push({ ...place, type: 'ack', ...stored });
      }
      const held = shown.map(toHeld);
      history.push({ ...place, type: 'shown', headSequence, messages: held });
    }
    history.push({ atMs: 0, type: 'fetched', roomId: channel, headSequence, messages });
    assert.deepEqual(checkHistory(history), []);
  }

  test('two users chat: in order, once, with presence, typing and read receipts', async () => {
    const [alice, bob] = await both();
    await alice.is('present', 'bob');

    await bob.view.getByRole('textbox').pressSequentially('hello alice');
    await alice.is('typing', 'bob');
    await bob.view.getByRole('textbox').press('Enter');
    await alice.sees('hello alice');
    await alice.is('typing', '');
    await alice.say('hello bob');
    await bob.sees('hello bob');
    await bob.press('Mark read');
    const readers = [
      fixture.person('alice').account.userId,
      fixture.person('bob').account.userId,
    ].join(' ');
    await alice
      .row('hello bob')
      .and(alice.page.locator(`[data-read="${readers}"]`))
      .waitFor();

    const [ofAlice, ofBob] = [await alice.shown(), await bob.shown()];
    assert.deepEqual(ofAlice.map(withoutKey), ofBob.map(withoutKey));
    await judge({ alice, bob });
  });

  test('two hooks share one connection, and a channel is left with its component', async () => {
    const second = await fixture.createChannel(`channel-${tests}-second`);
    const bob = await fixture.visit('bob', { channel });
    await bob.isLive();
    const { page } = fixture.person('alice').profile;
    await page.goto('about:blank');
    const before = fixture.door.upgrades;
    await page.goto(`${fixture.door.url}/hooks/?channel=${channel}&channel=${second}`);
    await page.locator('[data-live="true"]').nth(1).waitFor();
    assert.equal(fixture.door.upgrades, before + 1);
    await bob.is('present', 'alice');

    await page.getByRole('button', { name: 'Close all' }).click();
    await bob.is('present', '');
    await page.getByRole('button', { name: 'Open all' }).click();
    await bob.is('present', 'alice');
  });

  test('nothing is lost when the server is killed and restarted', async () => {
    const [alice, bob] = await both();
    const strings: string[] = [];
    const talk = async (name: string, page: HookPage, from: number): Promise<void> => {
      for (let index = from; index < from + 8; index += 1) {
        strings.push(`${name} ${index}`);
        await page.say(`${name} ${index}`);
      }
    };
    await Promise.all([talk('alice', alice, 0), talk('bob', bob, 0)]);
    await alice.sees('alice 2');

    const going = Promise.all([talk('alice', alice, 8), talk('bob', bob, 8)]);
    fixture.loseServer();
    await going;
    await Promise.all([alice, bob].map((page) => page.is('state', 'reconnecting')));
    fixture.findServer();

    for (const page of [alice, bob]) {
      await page.isLive();
      for (const text of strings) await page.sees(text);
    }
    await judge({ alice, bob });
    const own = (name: string, shown: readonly string[]): string[] =>
      shown.filter((text) => text.startsWith(name));
    for (const name of ['alice', 'bob']) {
      assert.deepEqual(own(name, await bob.strings()), own(name, strings));
    }
  });

  test('missed messages, edits and deletions are fetched after a connection loss', async () => {
    const [alice, bob] = await both();
    await bob.say('first');
    await bob.say('second');
    await alice.sees('second');
    await alice.page.context().setOffline(true);
    // Chromium keeps an open socket; the front door closes it.
    fixture.door.block();
    await alice.is('state', 'reconnecting');
    await bob.is('state', 'reconnecting');
    fixture.door.unblock();
    await bob.press('Reconnect');
    await bob.isLive();
    await bob.say('third');
    await bob.sees('third');
    const [first, second] = await fetched();
    assert(first !== undefined && second !== undefined);
    await change({ type: 'edit_message', messageId: first.id, content: 'first, better' });
    await change({ type: 'delete_message', messageId: second.id });

    await alice.page.context().setOffline(false);
    await alice.sees('third');
    await alice.isLive();

    assert.deepEqual(await alice.strings(), ['first, better', '', 'third']);
    await bob.sees('first, better');
    assert.deepEqual(await bob.strings(), ['first, better', '', 'third']);
  });

  /** Bob's command in the native dialect: `/ws/chat` cannot edit. */
  async function change(command: { readonly type: string; readonly [field: string]: string }) {
    const { type, ...payload } = command;
    const socket = await fixture.person('bob').account.connect();
    await socket.joinRoom({ roomId: channel });
    await socket.ask(type, { roomId: channel, ...payload }, 'message_ack');
    socket.close();
  }

  test('while the socket is blocked, messages are sent over HTTP, and stay the same afterwards', async () => {
    const [alice, bob] = await both();
    await alice.say('over the socket');
    await bob.sees('over the socket');
    fixture.door.block();
    await alice.is('state', 'reconnecting');
    await bob.is('state', 'reconnecting');

    await alice.say('over HTTP');
    await alice.sees('over HTTP');
    await bob.say('over HTTP too');
    await bob.sees('over HTTP too');
    // A page that is opened now has never had a socket.
    await alice.page.reload();
    await alice.sees('over HTTP too');
    await alice.say('and again');
    await alice.sees('and again');
    assert.equal(await bob.row('and again').count(), 0);

    fixture.door.unblock();
    for (const page of [alice, bob]) {
      await page.press('Reconnect');
      await page.isLive();
      await page.sees('and again');
    }
    const wanted = ['over the socket', 'over HTTP', 'over HTTP too', 'and again'];
    assert.deepEqual(await alice.strings(), wanted);
    assert.deepEqual(await bob.strings(), wanted);
    await judge({ alice, bob });
  });

  test('stops when the session ends, and continues after the next login', async () => {
    const [alice, bob] = await both();
    await fixture.logOut('bob');
    await bob.is('state', 'unauthorized');
    const before = fixture.door.upgrades;
    await alice.say('meanwhile');
    await alice.sees('meanwhile');
    assert.equal(fixture.door.upgrades, before);

    await fixture.logIn('bob');
    await bob.press('Reconnect');
    await bob.sees('meanwhile');
    await bob.isLive();
  });

  test('the example of the README works', async () => {
    const bob = await fixture.visit('bob', { channel });
    await bob.isLive();
    const { page } = fixture.person('alice').profile;
    await page.goto(`${fixture.door.url}/hooks/readme.html?channel=${channel}`);
    await page.getByText('open').waitFor();

    await page.getByRole('textbox', { name: 'Message' }).pressSequentially('from the README');
    await bob.is('typing', 'alice');
    await page.keyboard.press('Enter');
    await bob.sees('from the README');
    await bob.say('it works');

    await page.getByText('bob: it works').waitFor();
    assert.equal(await page.getByText('alice: from the README').count(), 1);
  });

  test('loads older pages to the start of a long history', async () => {
    const { account } = fixture.person('alice');
    for (let index = 1; index <= 120; index += 1) {
      const content = `message ${index}`;
      await account.must('POST', '/api/messages', { channelId: channel, content });
    }
    const bob = await fixture.visit('bob', { channel });
    await bob.sees('message 120');
    assert.equal((await bob.strings())[0], 'message 71');

    await bob.press('Older');
    await bob.sees('message 21');
    await bob.press('Older');
    await bob.sees('message 1');
    await bob.view.getByRole('button', { name: 'Older' }).waitFor({ state: 'detached' });

    const shown = await bob.shown();
    assert.deepEqual(
      shown.map(({ sequence }) => sequence),
      shown.map((_, index) => index + 1),
    );
  });
});

function toHeld({ id, sequence, sender: userId, text: content }: HookMessage): HeldMessage {
  return { id, sequence, userId, content };
}

function withoutKey({ key: _, ...message }: HookMessage): Omit<HookMessage, 'key'> {
  return message;
}
