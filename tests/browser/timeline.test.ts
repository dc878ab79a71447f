/** The timeline of a long room: constant size, windows around a message, and a line that stays. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Account } from '../../packages/server/test/support/account.ts';
import type { TestSocket } from '../../packages/server/test/support/test-socket.ts';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { readFrame } from '../support/page-frame.ts';
import { PageServer } from '../support/page-server.ts';
import { expectAccessibleAgain } from './accessible.ts';
import { MOUSE, Person } from './person.ts';

const MESSAGES = 3_000;
/** Maximum number of rows in the document, whatever the room holds. */
const ROWS_MAX = 120;

/** Time for scrolling over a few hundred messages. */
const SCROLL_MS_MAX = 45_000;

/** More frames than the list needs until it is in its place. */
const FRAMES_UNTIL_SHOWN = 60;

describe('the timeline of a long room', { skip: browserSkip() }, () => {
  let server: PageServer;
  let profile: Profile;
  let alice: Person;
  let writer: TestSocket;
  let roomId: string;

  before(async () => {
    server = await PageServer.start({ MESSAGE_RATE_MAX: '0' });
    writer = await (await Account.signUp(server.url, 'carol')).connect();
    ({ roomId } = await writer.joinRoom({ roomName: 'long' }));
    for (let first = 1; first <= MESSAGES; first += 100) {
      for (let index = first; index < first + 100; index += 1) {
        writer.send('chat_message', { roomId, content: `message ${index}` });
      }
      for (let index = 0; index < 100; index += 1) await writer.next('message_ack');
    }
    profile = await openProfile({ viewport: { width: 1200, height: 700 } });
    alice = new Person(profile.page, 'alice', MOUSE);
    await alice.register(server.url);
    await alice.join('long');
    await alice.sees(`message ${MESSAGES}`);
  });
  after(async () => {
    writer?.terminate();
    await profile?.close();
    await server?.stop();
  });

  const exactly = (text: string) => alice.page.getByText(text, { exact: true });
  const focused = (text: string) =>
    alice.messages.filter({ has: exactly(text) }).and(alice.page.locator(':focus'));
  const rowCount = () => alice.messages.count();

  test('opens at the message of a link without the messages between', async () => {
    let pages = 0;
    alice.page.on('websocket', (socket) => {
      socket.on('framesent', ({ payload }) => {
        if (String(payload).includes('get_history')) pages += 1;
      });
    });
    await alice.page.goto(`${server.url}/app/rooms/${roomId}/messages/1000`);
    await exactly('message 1000').waitFor();
    await focused('message 1000').waitFor();
    assert(pages <= 4, `${pages} pages were requested`);
    assert((await rowCount()) <= ROWS_MAX);
  });

  test('opens at a link although the stored copy of the room is shown before the connection', async () => {
    const gate = Promise.withResolvers<void>();
    await alice.page.routeWebSocket('**/ws', async (socket) => {
      await gate.promise;
      socket.connectToServer();
    });
    await alice.page.goto(`${server.url}/app/rooms/${roomId}/messages/1500`);
    await exactly(`message ${MESSAGES}`).waitFor();
    gate.resolve();
    await focused('message 1500').waitFor();
    await alice.page.unrouteAll();
  });

  /** Opens a link, and holds back the answer with the messages around it. */
  async function openHeld(sequence: number): Promise<{ release: () => Promise<void> }> {
    const { page } = alice;
    const asked = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    await page.routeWebSocket('**/ws', (socket) => {
      const toServer = socket.connectToServer();
      let heldId: unknown;
      socket.onMessage((message) => {
        const { type, id, payload } = readFrame(message).frame;
        if (type === 'get_history' && payload.around !== undefined) {
          heldId = id;
          asked.resolve();
        }
        toServer.send(message);
      });
      toServer.onMessage(async (message) => {
        const isHeld = heldId !== undefined && readFrame(message).frame.replyTo === heldId;
        if (isHeld) await gate.promise;
        socket.send(message);
        if (isHeld) answered.resolve();
      });
    });
    await page.goto(`${server.url}/app/rooms/${roomId}/messages/${sequence}`);
    await asked.promise;
    return {
      release: async () => {
        gate.resolve();
        await answered.promise;
      },
    };
  }

  test('stays at the latest message if the user goes there while a link is loading', async () => {
    const { page } = alice;
    const link = await openHeld(1200);
    await alice.press(/^Jump to latest/);
    await link.release();

    await writer.sendMessage({ roomId, content: 'after the link' });
    await alice.sees('after the link');
    await page.getByRole('button', { name: 'Today, jump to date' }).waitFor();
    assert.equal(await exactly('message 1200').count(), 0);
    await page.unrouteAll();
  });

  test('leaves the focus to a user who writes while a link is loading', async () => {
    const { page } = alice;
    const link = await openHeld(1300);
    await alice.composer.pressSequentially('a draft');
    await link.release();

    await exactly('message 1300').waitFor();
    // The list is in its place after them, and would have taken the focus.
    await alice.logOf('long').evaluate(async (_, frames) => {
      for (let frame = 0; frame < frames; frame += 1) await new Promise(requestAnimationFrame);
    }, FRAMES_UNTIL_SHOWN);
    await page.keyboard.type(' continues');
    assert.equal(await alice.composer.inputValue(), 'a draft continues');

    await alice.composer.fill('');
    await page.unrouteAll();
  });

  async function scrollUntil(text: string, top: number): Promise<void> {
    const deadlineMs = performance.now() + SCROLL_MS_MAX;
    while ((await exactly(text).count()) === 0) {
      assert(performance.now() < deadlineMs, `${text} does not appear`);
      await alice.logOf('long').evaluate((element, by) => {
        element.scrollBy({ top: by });
        return new Promise(requestAnimationFrame);
      }, top);
    }
  }

  test('continues in both directions from there, and returns to the latest', async () => {
    await alice.page.goto(`${server.url}/app/rooms/${roomId}/messages/1000`);
    await focused('message 1000').waitFor();
    // The focused message would stay in the document.
    await alice.composer.focus();
    await scrollUntil('message 1200', 600);
    await scrollUntil('message 800', -600);
    assert((await rowCount()) <= ROWS_MAX);
    const shown = (await alice.shown()).map(({ sequence }) => Number(sequence));
    assert.deepEqual(
      shown,
      shown.map((_, index) => (shown[0] ?? 0) + index),
    );

    await alice.press(/^Jump to latest/);
    await exactly(`message ${MESSAGES}`).waitFor();
    await writer.sendMessage({ roomId, content: 'right now' });
    await alice.sees('right now');
  });

  test('keeps the line that is read while messages arrive', async () => {
    const log = alice.logOf('long');
    await log.hover();
    await alice.page.mouse.wheel(0, -5_000);
    await alice.page.getByRole('button', { name: /^Jump to latest/ }).waitFor();
    // The wheel scrolls over several frames.
    await log.evaluate(async (element) => {
      let quietFrames = 0;
      for (let before = -1; quietFrames < 10; before = element.scrollTop) {
        await new Promise(requestAnimationFrame);
        quietFrames = element.scrollTop === before ? quietFrames + 1 : 0;
      }
    });
    const line = alice.messages.nth(10);
    const text = await line.locator('[dir="auto"]').first().textContent();
    const topOf = () =>
      exactly(text ?? '').evaluate((element) => element.getBoundingClientRect().top);
    const top = await topOf();

    for (let index = 0; index < 30; index += 1) {
      await writer.sendMessage({ roomId, content: `later ${index}` });
    }
    await alice.page.getByRole('button', { name: /30 new/ }).waitFor();

    assert.equal(await topOf(), top);
    assert((await rowCount()) <= ROWS_MAX);
  });

  test('leaves the focus where the user is when an open editor is scrolled back into view', async () => {
    const { page } = alice;
    const composer = page.getByRole('textbox', { name: 'Message', exact: true });
    await alice.press('Jump to latest');
    await alice.say('to edit');
    await alice.sees('to edit');
    await composer.press('ArrowUp');
    const editor = page.getByRole('textbox', { name: 'Edit message' });
    await editor.and(page.locator(':focus')).waitFor();
    await composer.focus();
    await alice.logOf('long').evaluate((log) => log.scrollBy({ top: -2_000 }));
    await editor.waitFor({ state: 'detached' });
    await alice.logOf('long').evaluate((log) => log.scrollBy({ top: 4_000 }));
    await editor.waitFor();
    await composer.and(page.locator(':focus')).waitFor();
    await editor.press('Escape');
    await composer.and(page.locator(':focus')).waitFor();
  });

  test('shows the day above the messages, and jumps to another day', async () => {
    const { page } = alice;
    await page.getByRole('button', { name: 'Today, jump to date' }).click();
    const dialog = page.getByRole('dialog', { name: 'Jump to date' });
    await expectAccessibleAgain(page);
    const yesterday = new Date(Date.now() - 24 * 60 * 60_000).toISOString().slice(0, 10);
    await dialog.getByLabel('Date').fill(yesterday);
    await dialog.getByRole('button', { name: 'Jump' }).click();

    await exactly('message 1').waitFor();
    await dialog.waitFor({ state: 'detached' });
    await alice.press('Jump to latest');
    await alice.choose('Jump to date');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
    await exactly('message 1').waitFor({ state: 'detached' });
  });

  test('loads newer messages although the server rejects a page once', async () => {
    let rejected = 0;
    await alice.page.routeWebSocket('**/ws', (socket) => {
      const server = socket.connectToServer();
      socket.onMessage((message) => {
        const { stream, frame } = readFrame(message);
        const { type, id, payload } = frame;
        if (type !== 'get_history' || payload.after === undefined || rejected > 0) {
          server.send(message);
          return;
        }
        rejected += 1;
        const error = { code: 'UNAVAILABLE', message: 'Busy', originalType: type };
        socket.send(`${stream} ${JSON.stringify({ type: 'error', replyTo: id, payload: error })}`);
      });
    });
    await alice.page.goto(`${server.url}/app/rooms/${roomId}/messages/700`);
    await exactly('message 700').waitFor();
    await alice.composer.focus();
    await scrollUntil('message 900', 600);
    assert.equal(rejected, 1);
  });
});
