/** Loading and leaving the page: the outline, reloads, and the question before it unloads. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '../../packages/server/test/support/wait.ts';
import { browserSkip } from '../support/browser.ts';
import { WITH_PRODUCT_PAGE } from '../support/page-server.ts';
import { storedIn } from '../support/stored-in-page.ts';
import { expectAccessible, expectAccessibleAgain } from './accessible.ts';
import { focused } from './focused.ts';
import { pressInHovered } from './hover.ts';
import { Pair } from './pair.ts';
import type { Person } from './person.ts';

describe('loading and leaving the page', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;

  before(async () => {
    // It would answer for the code that a test holds back.
    pair = await Pair.openBreakable({}, WITH_PRODUCT_PAGE);
    ({ alice } = pair);
    await alice.join('lobby');
  });
  after(() => pair?.close());

  /** Reloads the page; it gets a connection when the function returned is called. */
  async function reloadUnconnected(): Promise<() => void> {
    const { page } = alice;
    const { promise, resolve } = Promise.withResolvers<void>();
    await page.routeWebSocket(/\/ws$/, async (socket) => {
      await promise;
      socket.connectToServer();
    });
    await page.reload();
    return resolve;
  }

  test('shows its outline while the server is slow to report the session', async () => {
    const { page } = alice;
    const gate = Promise.withResolvers<void>();
    await page.route('**/api/auth/session', async (route) => {
      await gate.promise;
      await route.continue();
    });

    // A user who is known to this browser sees the stored messages instead.
    await page.evaluate(() => localStorage.clear());
    await page.reload();
    await page.getByText('Loading').first().waitFor();
    gate.resolve();

    await alice.logOf('lobby').waitFor();
    await page.unroute('**/api/auth/session');
  });

  test('keeps what is typed before the code of a part is there', async () => {
    const { page } = alice;
    for (const [part, open] of [
      ['command-palette', () => page.keyboard.press('ControlOrMeta+k')],
      ['command-palette', () => alice.press('New message')],
      ['new-group-dialog', () => alice.press('New group')],
      ['emoji-picker', () => alice.press('Insert emoji')],
    ] as const) {
      const release = await holdBack(part);
      await open();
      await page.keyboard.type('arch');
      const released = release();
      await page.keyboard.type('ive');

      await page.waitForFunction(() => {
        const box = document.activeElement;
        const isLoaded = document.querySelector('[role="listbox"], dialog form, [role="dialog"]');
        return isLoaded && box instanceof HTMLInputElement && box.value === 'archive';
      });
      assert.equal(await alice.composer.inputValue(), '');
      await released;
      await page.keyboard.press('Escape');
    }
  });

  /** Holds back the code of a part until the function returned is called. */
  async function holdBack(part: string): Promise<() => Promise<void>> {
    const { page } = alice;
    const gate = Promise.withResolvers<void>();
    await page.route(`**/assets/${part}*.js`, async (route) => {
      await gate.promise;
      await route.continue();
    });
    await page.reload();
    await alice.logOf('lobby').waitFor();
    return async () => {
      gate.resolve();
      // After the requests that were held back.
      await page.unrouteAll({ behavior: 'wait' });
    };
  }

  test('has the box of a thread before its messages, and loses no key', async () => {
    const { page } = alice;
    await alice.join('lobby');
    await alice.say('a question');
    await alice.sees('a question');
    const release = await holdBack('thread-messages');
    await alice.messageWith('a question').focus();
    await alice.messageWith('a question').getByRole('toolbar').waitFor();
    await page.keyboard.press('r');
    const thread = page.getByRole('region', { name: 'Thread' });
    const box = thread.getByRole('textbox', { name: 'Reply in thread' });
    await focused(box);
    await page.keyboard.type('arch');
    await release();
    await thread.getByRole('log', { name: 'Replies' }).getByText('a question').waitFor();
    await page.keyboard.type('ive');
    assert.equal(await box.inputValue(), 'archive');
    await page.keyboard.press('Enter');
    await thread.getByRole('article').filter({ hasText: 'archive' }).waitFor();
    assert.equal(await alice.composer.inputValue(), '');
    await alice.press('Close thread');
  });

  test('has the box of a person before their page, and loses no key', async () => {
    const { page } = alice;
    const release = await holdBack('person-page');
    await page.evaluate(() => {
      history.pushState(null, '', '/app/people/bob');
      dispatchEvent(new PopStateEvent('popstate'));
    });
    await focused(page.getByRole('textbox', { name: 'Message' }));
    await page.keyboard.type('hello there');
    await page.keyboard.press('Enter');
    await release();
    await alice.logWith('bob').getByText('hello there').waitFor();
    assert.equal(await alice.composer.inputValue(), '');
    await alice.listed('Rooms', 'lobby').click();
    await alice.logOf('lobby').waitFor();
  });

  test('shows a pane with a title and a button that closes it while its code is loading', async () => {
    const { page } = alice;
    for (const [part, open] of [
      ['member-column', () => alice.press(/^Members/)],
      ['room-pane', () => alice.press('Pinned messages')],
    ] as const) {
      const release = await holdBack(part);
      await open();
      const pane = page.getByRole('region', { name: 'Details' });
      await pane.getByRole('heading', { name: 'Details' }).waitFor();
      await expectAccessible(page);
      await alice.press('Close', pane);
      await pane.waitFor({ state: 'detached' });
      await release();
    }
  });

  test('stays whole while the code of a part cannot be loaded', async () => {
    const { page } = alice;
    let attempts = 0;
    await page.route('**/assets/threads-link*.js', (route) => {
      attempts += 1;
      return route.abort();
    });
    await page.reload();
    await alice.logOf('lobby').waitFor();
    // It is tried again, and the page is still there.
    await until(() => attempts >= 3, 'another attempt to load the part');
    await alice.logOf('lobby').waitFor();
    await page.unrouteAll({ behavior: 'wait' });
  });

  test('opens the dialog of a part whose code could not be loaded at first', async () => {
    const { page } = alice;
    await alice.say('worth keeping');
    await alice.sees('worth keeping');
    let attempts = 0;
    await page.route('**/assets/user-group-dialog*.js', (route) => {
      attempts += 1;
      return attempts === 1 ? route.abort() : route.continue();
    });
    await page.reload();
    await alice.sees('worth keeping');
    await until(() => attempts >= 1, 'the attempt that fails');
    await pressInHovered(alice.messageWith('worth keeping'), 'More actions');
    await page.getByRole('menuitem', { name: 'Forward…' }).click();
    await page.getByRole('dialog', { name: 'Forward this message' }).waitFor();
    await page.keyboard.press('Escape');
    await page.unrouteAll({ behavior: 'wait' });
  });

  test('creates a room whose name was entered before the connection is open', async () => {
    const { page } = alice;
    const connect = await reloadUnconnected();

    await alice.browse();
    await alice.hands.fill(alice.roomName, 'early');
    await page.keyboard.press('Enter');
    connect();

    await alice.logOf('early').waitFor();
  });

  test('leaves the user where they went while a room was being opened', async () => {
    const { page } = alice;
    const connect = await reloadUnconnected();
    await alice.browse();
    await alice.hands.fill(alice.roomName, 'late');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Activity' }).click();
    connect();

    await alice.listed('Rooms', 'late').waitFor();
    assert.equal(new URL(page.url()).pathname, '/app/activity');
  });

  test('leaves the user where they went while the first message to a person was being sent', async () => {
    const { page } = alice;
    let gate = Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    await page.routeWebSocket(/\/ws$/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage(async (message) => {
        await gate;
        socket.send(message);
      });
    });
    await alice.openPerson('bob');
    gate = promise;
    await alice.say('a slow hello');
    await page.getByRole('link', { name: 'Activity' }).click();
    resolve();

    await alice.listed('People', 'bob').waitFor();
    assert.equal(new URL(page.url()).pathname, '/app/activity');
  });

  test('keeps a draft after a reload, until it is sent', async () => {
    await alice.join('lobby');
    await alice.hands.fill(alice.composer, 'half a sent');
    await alice.page.reload();
    await alice.page.getByText('half a sent').waitFor();
    assert.equal(await alice.composer.inputValue(), 'half a sent');

    await alice.say('half a sentence');
    await alice.sees('half a sentence');
    await alice.page.reload();
    await alice.sees('half a sentence');

    assert.equal(await alice.composer.inputValue(), '');
  });

  test('lists the drafts of all rooms, in every tab', async () => {
    await alice.hands.fill(alice.composer, 'for later');
    const tab = await alice.page.context().newPage();
    await tab.goto(alice.page.url());
    const link = tab.getByRole('link', { name: /^Drafts/ });
    await link.click();
    await link.and(tab.locator('[aria-current="page"]')).waitFor();
    // The row is dark now, and the number on it is as legible as the name.
    const colours = await link
      .locator('span')
      .evaluateAll((parts) => parts.map((part) => getComputedStyle(part).color));
    assert.deepEqual([colours.length, new Set(colours).size], [2, 1]);
    const drafts = tab.getByRole('list', { name: 'Drafts' });
    await drafts
      .getByRole('link', { name: /^lobby/ })
      .getByText('for later')
      .waitFor();

    await alice.hands.fill(alice.composer, 'for tomorrow');
    await drafts.getByText('for tomorrow').waitFor();
    await drafts.getByRole('button', { name: 'Discard the draft in lobby' }).click();
    await tab.getByText('A text or file that you have not sent is kept here.').waitFor();
    await focused(tab.getByRole('heading', { name: 'Drafts', level: 1 }));
    await alice.page.getByRole('link', { name: /^Drafts/ }).waitFor({ state: 'detached' });
    await alice.hands.fill(alice.composer, '');
    await tab.close();
  });

  test('asks before a logout deletes a draft', async () => {
    const { page } = alice;
    await alice.hands.fill(alice.composer, 'for tomorrow');
    await alice.press('Log out');
    const dialog = page.getByRole('dialog', { name: /^Log out and delete/ });
    await dialog.getByText('You have 1 draft.').waitFor();
    await expectAccessibleAgain(page);
    await alice.press('Cancel', dialog);
    await dialog.waitFor({ state: 'detached' });

    assert.equal(await alice.composer.inputValue(), 'for tomorrow');
    await page.getByRole('button', { name: 'Log out' }).and(page.locator(':focus')).waitFor();
    await alice.hands.fill(alice.composer, '');
  });

  test('leaves no draft for the next user', async () => {
    await alice.hands.fill(alice.composer, 'a secret');
    await alice.logOutAndDelete();
    await alice.page.getByRole('button', { name: 'Log in' }).waitFor();

    const stored = await storedIn(alice.page);
    assert.equal(stored.includes('a secret'), false);
    await alice.signIn('Log in');
    await alice.join('lobby');
    assert.equal(await alice.composer.inputValue(), '');
  });

  test('waits for the answer to the logout, and leaves no draft', async () => {
    const { bob } = pair;
    const { page } = bob;
    const opened = page.waitForEvent('websocket');
    await page.reload();
    const closed = (await opened).waitForEvent('close');
    await bob.join('lobby');
    const gate = Promise.withResolvers<void>();
    await page.route('**/logout', async (route) => {
      const response = await route.fetch();
      await gate.promise;
      await route.fulfill({ response });
    });
    await bob.hands.fill(bob.composer, 'a secret');
    await bob.logOutAndDelete();
    await closed;
    assert.equal(await page.getByRole('button', { name: 'Log in' }).count(), 0);

    gate.resolve();
    await page.getByRole('button', { name: 'Log in' }).waitFor();

    const stored = await storedIn(page);
    assert.equal(stored.includes('a secret'), false);
  });

  test('leaves no draft if the answer to the logout is lost', async () => {
    const { bob } = pair;
    const { page } = bob;
    await page.unroute('**/logout');
    await bob.signIn('Log in');
    await bob.join('lobby');
    await page.route('**/logout', async (route) => {
      await route.fetch();
      await route.abort();
    });
    await bob.hands.fill(bob.composer, 'a secret');
    await bob.logOutAndDelete();
    await page.getByRole('button', { name: 'Log in' }).waitFor();

    const stored = await storedIn(page);
    assert.equal(stored.includes('a secret'), false);
  });

  test('keeps a message that waits over the end of the page, and sends it once', async () => {
    const { page } = alice;
    const questions: string[] = [];
    page.on('dialog', (dialog) => {
      questions.push(dialog.type());
      void dialog.accept();
    });
    const address = page.url();
    pair.loseServer();
    await alice.say('waits');
    const isStored = async () => (await storedIn(page)).includes('"content":"waits"');
    await until(isStored, 'the message in the database');
    // The page is gone before the server is back.
    await page.goto('about:blank');
    pair.findServer();

    await page.goto(address);
    await alice.sees('waits');
    await page.reload();
    await alice.sees('waits');

    assert.deepEqual(questions, []);
    const shown = await alice.shown();
    assert.equal(shown.filter(({ text }) => text === 'waits').length, 1);
    assert.equal(await isStored(), false);
  });
});
