/** The page on a phone: tabs, and gestures of a finger. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import type { CDPSession, Locator } from 'playwright-core';
import { browserSkip } from '../support/browser.ts';
import { Pair } from './pair.ts';
import { MOUSE, type Person } from './person.ts';

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

describe('on a phone', { skip: browserSkip(), timeout: 240_000 }, () => {
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

  async function expectNoViolations(): Promise<void> {
    const { violations } = await new AxeBuilder({ page: alice.page }).analyze();
    assert.deepEqual(violations, []);
  }

  const message = (text: string): Locator => alice.messages.filter({ hasText: text });

  async function putFinger(on: Locator): Promise<{ readonly x: number; readonly y: number }> {
    const { x, y, width, height } = (await on.boundingBox()) ?? assert.fail('it is not shown');
    const point = { x: x + width / 3, y: y + height / 2 };
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [point] });
    return point;
  }

  const liftFinger = () =>
    touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });

  test('a long press offers the actions of a message, and a tap covers nothing', async () => {
    await message('swipe me').tap();
    assert.equal(await alice.page.getByRole('toolbar').count(), 0);

    await putFinger(message('swipe me'));
    const sheet = alice.page.getByRole('dialog', { name: 'Message actions' });
    await sheet.waitFor();
    await liftFinger();
    await expectNoViolations();
    await sheet.getByRole('button', { name: 'React with thumbs up' }).tap();
    await sheet.waitFor({ state: 'detached' });
    await message('swipe me').getByRole('button', { name: 'thumbs up, 1' }).waitFor();
  });

  test('a swipe to the side replies', async () => {
    const { x, y } = await putFinger(message('swipe me'));
    for (const moved of [20, 50, 90]) {
      await touch.send('Input.dispatchTouchEvent', {
        type: 'touchMove',
        touchPoints: [{ x: x + moved, y }],
      });
    }
    await liftFinger();

    await alice.page.getByText('Replying to bob').waitFor();
    await alice.press('Cancel reply');
  });

  test('tabs lead to rooms, people, search and settings, and are hidden in a conversation', async () => {
    const { page } = alice;
    const tabs = page.getByRole('navigation', { name: 'Sections' });
    assert.equal(await tabs.isVisible(), false);
    await alice.press('Back to rooms');
    await expectNoViolations();

    await tabs.getByRole('link', { name: 'People' }).tap();
    await page.getByText('No conversations yet.').waitFor();
    await expectNoViolations();
    await tabs.getByRole('button', { name: 'Search' }).tap();
    await page.getByRole('dialog', { name: 'Jump to' }).waitFor();
    await page.keyboard.press('Escape');
    await tabs.getByRole('link', { name: 'Home' }).tap();
    await alice.listed('Rooms', 'lobby').tap();
    await alice.logOf('lobby').waitFor();
    await page.goBack();
    await alice.listed('Rooms', 'lobby').waitFor();

    await tabs.getByRole('button', { name: 'You' }).tap();
    const settings = page.getByRole('dialog', { name: 'Settings' });
    await expectNoViolations();
    await settings.getByRole('button', { name: 'Log out of this browser' }).tap();
    await page.getByRole('button', { name: 'Log in' }).waitFor();
  });
});
