/** The page on a phone: tabs, and gestures of a finger. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { CDPSession, Locator } from 'playwright-core';
import { browserSkip, openProfile } from '../support/browser.ts';
import { expectAccessible, expectAccessibleAgain } from './accessible.ts';
import { focused } from './focused.ts';
import { keepTyping } from './keep-typing.ts';
import { Pair } from './pair.ts';
import { MOUSE, type Person } from './person.ts';
import { tap, until } from './touch.ts';

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

interface Point {
  readonly x: number;
  readonly y: number;
}

describe('on a phone', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;
  let touch: CDPSession;

  before(async () => {
    pair = await Pair.open(MOUSE, PHONE);
    ({ alice, bob } = pair);
    for (const person of [alice, bob]) await person.join('lobby');
    await bob.composer.fill('swipe me');
    await bob.press('Send');
    await alice.sees('swipe me');
    touch = await alice.page.context().newCDPSession(alice.page);
  });
  after(() => pair?.close());

  const message = (text: string): Locator => alice.messages.filter({ hasText: text });

  const moveFinger = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...touchPoints: Point[]) =>
    touch.send('Input.dispatchTouchEvent', { type, touchPoints });

  async function pointOn(target: Locator): Promise<Point> {
    const { x, y, width, height } = (await target.boundingBox()) ?? assert.fail('it is not shown');
    return { x: x + width / 3, y: y + height / 2 };
  }

  const sheet = (): Locator => alice.page.getByRole('dialog', { name: 'Message actions' });

  /** Closes the sheet that a slow gesture opened, because it was a long press. */
  async function closeSheet(): Promise<void> {
    if (await sheet().isVisible()) await alice.page.keyboard.press('Escape');
    await sheet().waitFor({ state: 'detached' });
  }

  test('a long press offers the actions of a message, and a tap covers nothing', async () => {
    await moveFinger('touchStart', await pointOn(message('swipe me')));
    await sheet().waitFor();
    await moveFinger('touchEnd');
    await expectAccessible(alice.page);
    const reaction = message('swipe me').getByRole('button', { name: 'thumbs up, 1' });
    await tap(sheet().getByRole('button', { name: 'React with thumbs up' }), reaction);
    await sheet().waitFor({ state: 'detached' });

    // A finger does not hover the reactions: the sheet says who chose them.
    await until(sheet(), async () => {
      await moveFinger('touchStart', await pointOn(message('swipe me')));
      await sheet().waitFor();
    });
    await moveFinger('touchEnd');
    await sheet().getByRole('listitem').filter({ hasText: 'thumbs up, 1: alice' }).waitFor();
    await closeSheet();

    await message('swipe me').tap();
    await closeSheet();
    assert.equal(await alice.page.getByRole('toolbar').count(), 0);
  });

  test('a swipe to the side replies', async () => {
    const thread = alice.page.getByRole('region', { name: 'Thread' });
    await until(thread, async () => {
      await closeSheet();
      const { x, y } = await pointOn(message('swipe me'));
      // Sent without a pause, which could make it a long press.
      await Promise.all([
        moveFinger('touchStart', { x, y }),
        ...[20, 50, 90].map((moved) => moveFinger('touchMove', { x: x + moved, y })),
        moveFinger('touchEnd'),
      ]);
    });
    await thread.getByRole('article').filter({ hasText: 'swipe me' }).waitFor();
    await thread.getByRole('textbox', { name: 'Reply in thread' }).waitFor();
    await alice.page.goBack();
    await alice.logOf('lobby').waitFor();
  });

  test('shortens long names of those who type, not what they do', async (t) => {
    const long = (username: string) => ({
      username,
      displayName: `${username} ${'name '.repeat(6)}`,
    });
    const lobby = { url: pair.url, roomName: 'lobby' };
    await keepTyping(t, lobby, [long('long'), long('longer'), { username: 'jun' }]);
    const line = alice.page.getByText(/^long name .*, longer name .* and jun are typing$/).last();
    await line.waitFor();
    const parts = await line.evaluate((sentence) =>
      [...sentence.childNodes].map((node) => {
        const range = document.createRange();
        range.selectNode(node);
        const isName = node instanceof Element;
        const isCut = isName && node.scrollWidth > node.clientWidth;
        const { right } = (isName ? node : range).getBoundingClientRect();
        return { text: node.textContent, isCut, right };
      }),
    );

    assert.deepEqual(
      parts.filter(({ isCut }) => isCut).map(({ text }) => text?.split(' ')[0]),
      ['long', 'longer'],
    );
    assert.equal(parts.at(-1)?.text, ' are typing');
    assert(parts.every(({ right }) => right <= PHONE.viewport.width));
  });

  test('does not say that there are no conversations before the server has answered', async () => {
    // Other tabs of his browser would tell this one what they know.
    const { context, page, close } = await openProfile(PHONE);
    await context.addCookies(await bob.page.context().cookies());
    // Open, and silent.
    await page.routeWebSocket(/\/ws$/, () => {});
    await page.goto(`${pair.url}/app/people`);
    await page.getByRole('heading', { name: 'People' }).waitFor();
    assert.equal(await page.getByText('No conversations yet.').count(), 0);
    await close();
  });

  test('tabs lead to rooms, people, search and settings, and are hidden in a conversation', async () => {
    const { page } = alice;
    const tabs = page.getByRole('navigation', { name: 'Sections' });
    assert.equal(await tabs.isVisible(), false);
    await alice.press('Back to rooms');
    await expectAccessible(alice.page);

    await tap(tabs.getByRole('link', { name: 'People' }), page.getByText('No conversations yet.'));
    await expectAccessibleAgain(alice.page);
    const search = page.getByRole('dialog', { name: 'Jump to' });
    await tap(tabs.getByRole('button', { name: 'Search' }), search);
    await page.keyboard.press('Escape');
    const lobby = alice.listed('Rooms', 'lobby');
    await tap(tabs.getByRole('link', { name: 'Home' }), lobby);
    await tap(lobby, alice.logOf('lobby'));
    await page.goBack();
    await lobby.waitFor();

    const settings = page.getByRole('dialog', { name: 'Settings' });
    await tap(tabs.getByRole('button', { name: 'You' }), settings);
    await expectAccessible(alice.page);
    const sections = settings.getByRole('list', { name: 'Sections of the settings' });
    const title = (name: string) => settings.getByRole('heading', { name, exact: true, level: 1 });
    const account = sections.getByRole('button', { name: 'Account' });
    // A page of its own: it fills the screen, and no section is out of sight.
    assert.deepEqual(await settings.boundingBox(), { x: 0, y: 0, ...PHONE.viewport });
    for (const row of await sections.getByRole('button').all()) {
      const { x, width } = (await row.boundingBox()) ?? assert.fail('it is not shown');
      assert(x >= 0 && x + width <= PHONE.viewport.width);
    }
    await tap(account, title('Account'));
    await focused(title('Account'));
    await tap(settings.getByRole('button', { name: 'Back to settings' }), title('Settings'));
    await focused(account);
    await tap(account, title('Account'));
    await expectAccessibleAgain(alice.page);
    const question = page.getByRole('dialog', { name: 'Log out?' });
    await tap(settings.getByRole('button', { name: 'Log out of this browser' }), question);
    await tap(question.getByRole('button', { name: 'Cancel' }), lobby);
    await tap(tabs.getByRole('button', { name: 'You' }), settings);
    await tap(account, title('Account'));
    await tap(settings.getByRole('button', { name: 'Log out of this browser' }), question);
    const logOut = question.getByRole('button', { name: 'Log out' });
    await tap(logOut, page.getByRole('button', { name: 'Log in' }));
  });
});
