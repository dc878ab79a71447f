/**
 * Unread messages in the page: counted in the list, marked with a line, and cleared when
 * they are visible.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { Account } from '../../packages/server/test/support/account.ts';
import type { TestSocket } from '../../packages/server/test/support/test-socket.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { browserSkip } from '../support/browser.ts';
import { readFrame } from '../support/page-frame.ts';
import { expectAccessible } from './accessible.ts';
import { Pair } from './pair.ts';
import type { Person } from './person.ts';

describe('unread messages', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;

  before(async () => {
    pair = await Pair.open();
    ({ alice, bob } = pair);
  });
  after(() => pair?.close());

  /** The room in alice's left column by its accessible name; the home page lists it, too. */
  function listed(name: RegExp): Locator {
    return alice.page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name });
  }

  const divider = () => alice.page.getByText('New', { exact: true });

  /** Text of the message below the line. */
  function belowDivider(): Promise<string> {
    return divider().evaluate((line) => {
      const row = line.closest('[data-index]');
      return row?.querySelector('[dir="auto"]')?.textContent ?? '';
    });
  }

  /** Another device of alice, connected over the wire. */
  async function otherDevice(): Promise<TestSocket> {
    return (await Account.logIn(pair.url, 'alice')).connect();
  }

  /** Waits until the device hears that alice has read: a page marks what it shows a moment later. */
  async function untilRead(device: TestSocket, sequence: number): Promise<void> {
    while ((await device.next('read_position')).sequence < sequence);
  }

  async function deviceIn(roomName: string): Promise<TestSocket> {
    const device = await otherDevice();
    await device.joinRoom({ roomName });
    return device;
  }

  /** Sets the visibility of the page as the browser would. */
  function show(isVisible: boolean): Promise<void> {
    return alice.page.evaluate(
      (state) => {
        Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      },
      isVisible ? 'visible' : 'hidden',
    );
  }

  test('are counted in an open room that is not shown, until they are visible', async () => {
    await alice.join('one');
    await bob.join('one');
    const device = await deviceIn('one');
    await bob.say('before');
    await untilRead(device, 1);
    await alice.join('two');

    await bob.say('first');
    await bob.say('second, @alice');
    await listed(/^one 1 mention, 2 unread, 2 members$/).waitFor();
    await expectAccessible(alice.page);
    await listed(/^one /).click();
    await divider().waitFor();
    assert.equal(await belowDivider(), 'first');
    await listed(/^one 2 members$/).waitFor();
    await bob.say('third');
    await alice.sees('third');
    await untilRead(device, 4);

    // The line stays where it was when alice opened the room.
    assert.equal(await belowDivider(), 'first');
    await listed(/^two /).click();
    await listed(/^one 2 members$/).click();
    await alice.sees('third');
    assert.equal(await divider().count(), 0);
  });

  test('have the same counts in two tabs, and are read in both at once', async () => {
    await alice.join('shared');
    await bob.join('shared');
    await alice.join('elsewhere');
    const tab = await alice.page.context().newPage();
    await tab.goto(alice.page.url());
    const inTab = (name: RegExp): Locator => tab.getByRole('link', { name });
    await inTab(/^shared /).waitFor();

    await bob.say('for both tabs');
    await listed(/^shared 1 unread, /).waitFor();
    await inTab(/^shared 1 unread, /).click();
    await listed(/^shared 2 members$/).waitFor();
    await inTab(/^shared 2 members$/).waitFor();
    await tab.close();
  });

  test('are counted by the server without a connection, and marked as read on all devices', async () => {
    await alice.join('three');
    await bob.join('three');
    const device = await otherDevice();
    const { roomId } = await device.joinRoom({ roomName: 'three' });
    await bob.say('before');
    await untilRead(device, 1);
    await alice.page.goto(`${pair.url}/app/browse`);
    await listed(/^three /).waitFor();

    await bob.say('first');
    await listed(/^three 1 unread, /).waitFor();
    await bob.say('second, @everyone');
    await listed(/^three 1 mention, 2 unread, /).waitFor();
    await alice.page.reload();
    await listed(/^three 1 mention, 2 unread, /).click();
    await divider().waitFor();
    assert.equal(await belowDivider(), 'first');
    await untilRead(device, 3);
    await alice.page.goto(`${pair.url}/app/browse`);
    await listed(/^three \d+ members?$/).waitFor();
    await listed(/^three /).click();
    await alice.sees('second');
    assert.equal(await divider().count(), 0);

    await alice.join('five');
    await bob.say('third');
    await listed(/^three 1 unread, /).waitFor();
    await device.ask('mark_read', { roomId, sequence: 4 }, 'read_position');
    await listed(/^three \d+ members?$/).waitFor();
    device.close(1000);
    await device.closed;
  });

  /** Bob sends more messages than the screen of alice holds. */
  async function sendNews(roomName: string): Promise<void> {
    const device = await (await Account.logIn(pair.url, 'bob')).connect();
    const { roomId } = await device.joinRoom({ roomName });
    for (let n = 1; n <= 45; n += 1) await device.sendMessage({ roomId, content: `news ${n}` });
    device.close(1000);
    await device.closed;
  }

  test('that begin above the screen are one press away', async () => {
    const { page } = alice;
    await alice.join('busy');
    await bob.join('busy');
    const device = await deviceIn('busy');
    await bob.say('before');
    await untilRead(device, 1);
    await alice.join('quiet');
    await sendNews('busy');

    await listed(/^busy 45 unread, /).click();
    await alice.sees('news 45');
    await page.getByRole('button', { name: 'Jump to first unread' }).click();
    await divider().waitFor();

    assert.equal(await belowDivider(), 'news 1');
    await page.getByRole('button', { name: 'Jump to first unread' }).waitFor({ state: 'detached' });
  });

  test('are counted while the page is hidden, until it is visible', async () => {
    await alice.join('four');
    await bob.join('four');
    const device = await deviceIn('four');
    await bob.say('before');
    await untilRead(device, 1);

    await show(false);
    await bob.say('first');
    await listed(/^four 1 unread, 2 members$/).waitFor();
    await bob.say('second');
    await listed(/^four 2 unread, 2 members$/).waitFor();
    assert.equal(await divider().count(), 0);
    await show(true);
    await divider().waitFor();

    assert.equal(await belowDivider(), 'first');
    await untilRead(device, 3);
    await show(false);
    await listed(/^four 2 members$/).waitFor();
    await show(true);
  });

  test('that come while the page is hidden are one press away, also for the second time', async () => {
    const { page } = alice;
    await alice.join('hidden');
    await bob.join('hidden');
    const device = await deviceIn('hidden');
    await bob.say('before');
    await untilRead(device, 1);
    await show(false);
    await bob.say('first');
    await listed(/^hidden 1 unread, /).waitFor();
    await show(true);
    await divider().waitFor();
    await untilRead(device, 2);

    await show(false);
    await sendNews('hidden');
    await listed(/^hidden 45 unread, /).waitFor();
    await show(true);
    await page.getByRole('button', { name: 'Jump to first unread' }).click();
    await divider().waitFor();

    assert.equal(await belowDivider(), 'news 1');
  });

  test('lose a mark that another device has set while the page was closed', async () => {
    await alice.join('marked');
    const device = await otherDevice();
    const { roomId } = await device.joinRoom({ roomName: 'marked' });
    const isMarked = async () => {
      const { rooms } = await device.ask('get_rooms', {}, 'room_list');
      return rooms.some(({ id, markedUnread }) => id === roomId && markedUnread === true);
    };
    await alice.page.goto('about:blank');
    await device.ask('mark_unread', { roomId });
    assert.equal(await isMarked(), true);

    // The list of rooms comes after the room is shown as the server has it.
    const gate = Promise.withResolvers<void>();
    const opened = Promise.withResolvers<void>();
    await alice.page.routeWebSocket('**/ws', (socket) => {
      socket.connectToServer().onMessage(async (message) => {
        const { type } = readFrame(message).frame;
        if (type === 'room_list') await gate.promise;
        socket.send(message);
        if (type === 'resumed' || type === 'room_joined') opened.resolve();
      });
    });
    await alice.page.goto(`${pair.url}/app/rooms/${roomId}`);
    await opened.promise;
    await alice.composer.waitFor();
    await alice.page.evaluate(async () => {
      for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
    });
    gate.resolve();

    await until(async () => !(await isMarked()), 'the mark to be removed');
    await alice.page.unrouteAll();
    device.close(1000);
    await device.closed;
  });

  test('keep the mark of a user who sets it before there is a list of rooms', async () => {
    await alice.join('marked early');
    const device = await otherDevice();
    const { roomId } = await device.joinRoom({ roomName: 'marked early' });
    await alice.page.goto('about:blank');
    let hasFailed = false;
    await alice.page.routeWebSocket('**/ws', (socket) => {
      socket.connectToServer().onMessage((message) => {
        const { stream, frame } = readFrame(message);
        const isFirst = frame.type === 'room_list' && !hasFailed;
        hasFailed ||= isFirst;
        const payload = { code: 'UNAVAILABLE', message: 'Later', originalType: 'get_rooms' };
        const failure = JSON.stringify({ ...frame, type: 'error', payload });
        socket.send(isFirst ? `${stream} ${failure}` : message);
      });
    });
    await alice.page.goto(`${pair.url}/app/rooms/${roomId}`);
    await alice.composer.waitFor();
    await until(() => hasFailed, 'the list to fail');
    await alice.choose('Mark as unread');
    await alice.page.locator('[data-unread="true"]', { hasText: 'marked early' }).waitFor();
    // Its requests are answered in order.
    await alice.join('afterwards');

    const { rooms } = await device.ask('get_rooms', {}, 'room_list');
    assert.equal(rooms.find(({ id }) => id === roomId)?.markedUnread, true);
    await alice.page.unrouteAll();
    device.close(1000);
    await device.closed;
  });

  test('in a thread are read there, also if it hides the messages of the room', async () => {
    const { page } = alice;
    await page.setViewportSize({ width: 900, height: 800 });
    await alice.join('threads');
    await alice.say('a question');
    await alice.sees('a question');
    const device = await otherDevice();
    const { roomId, history } = await device.joinRoom({ roomName: 'threads' });
    const parentMessageId = String(history.at(-1)?.id);
    await page.goto(`${pair.url}/app/rooms/${roomId}/thread/${parentMessageId}`);
    const replies = page.getByRole('log', { name: 'Replies' });
    await replies.getByText('a question').waitFor();
    const colleague = await (await Account.signUp(pair.url, 'dave')).connect();
    await colleague.joinRoom({ roomId });

    await colleague.sendMessage({ roomId, content: 'an answer', parentMessageId });
    await replies.getByText('an answer').waitFor();

    await untilRead(device, 2);
    await colleague.sendMessage({ roomId, content: 'another subject' });
    await colleague.sendMessage({ roomId, content: 'a late answer', parentMessageId });
    await replies.getByText('a late answer').waitFor();
    await page.goto(`${pair.url}/app/browse`);
    // The late answer was read in the thread.
    await listed(/^threads 1 unread, /).click();
    await alice.sees('another subject');
    await listed(/^threads \d members?$/).waitFor();
    await Promise.all(
      [device, colleague].map((socket) => {
        socket.close(1000);
        return socket.closed;
      }),
    );
  });
});
