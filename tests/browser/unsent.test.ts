/** Unsent messages of the page: between the tabs of a user, and after a logout. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { WebSocketRoute } from 'playwright-core';
import { until } from '../../packages/server/test/support/wait.ts';
import { browserSkip } from '../support/browser.ts';
import { storedIn } from '../support/stored-in-page.ts';
import { Pair } from './pair.ts';
import { MOUSE, Person } from './person.ts';

describe('unsent messages', { skip: browserSkip() }, () => {
  let pair: Pair;

  before(async () => {
    pair = await Pair.openBreakable();
    for (const person of [pair.alice, pair.bob]) await person.join('lobby');
  });
  after(() => pair?.close());

  /** Another tab of alice, in the same room. */
  async function openTab(): Promise<Person> {
    const page = await pair.alice.page.context().newPage();
    await page.goto(pair.alice.page.url());
    const tab = new Person(page, 'alice', MOUSE);
    await until(() => tab.composer.isEnabled(), 'the open room');
    // With the parts that are not in the first load: the server is stopped next.
    await page.waitForLoadState('networkidle');
    return tab;
  }

  async function isStored({ page }: Person, text: string): Promise<boolean> {
    return (await storedIn(page)).includes(`"content":"${text}"`);
  }

  test('are sent by another tab, once, if their tab was closed', async () => {
    const { alice, bob } = pair;
    const tab = await openTab();
    pair.loseServer();
    await tab.say('of the closed tab');
    await until(() => isStored(tab, 'of the closed tab'), 'the message in the database');
    assert.equal(await alice.page.getByText('of the closed tab').count(), 0);
    await tab.page.close();
    await alice.page.getByText('of the closed tab').waitFor();

    pair.findServer();
    await alice.sees('of the closed tab');
    await bob.sees('of the closed tab');
    const shown = await bob.shown();
    assert.equal(shown.filter(({ text }) => text === 'of the closed tab').length, 1);
    await until(async () => !(await isStored(alice, 'of the closed tab')), 'an empty database');
  });

  test('leave the boxes of all tabs when they are sent, except for what was typed since', async () => {
    const { alice } = pair;
    await alice.composer.fill('written once');
    const tab = await openTab();
    assert.equal(await tab.composer.inputValue(), 'written once');
    await tab.composer.press('Enter');
    await alice.sees('written once');
    await until(async () => (await alice.composer.inputValue()) === '', 'an empty box');

    await alice.composer.fill('of one tab');
    await tab.composer.fill('typed since');
    await alice.composer.press('Enter');
    await tab.sees('of one tab');
    assert.equal(await tab.composer.inputValue(), 'typed since');
    await tab.page.reload();
    assert.equal(await tab.composer.inputValue(), 'typed since');
    await tab.composer.fill('');
    await tab.page.close();
  });

  test('are edited and discarded while they wait, also for the tab that sends them', async () => {
    const { alice, bob } = pair;
    const tab = await openTab();
    pair.loseServer();
    await tab.say('with a tpyo');
    await tab.say('not wanted');
    await tab.press('Edit', tab.messageWith('with a tpyo'));
    await tab.hands.fill(tab.page.getByRole('textbox', { name: 'Edit message' }), 'without a typo');
    await tab.press('Save');
    await tab.press('Discard', tab.messageWith('not wanted'));
    await tab.messageWith('not wanted').waitFor({ state: 'detached' });
    await until(() => isStored(tab, 'without a typo'), 'the new text in the database');
    await until(async () => !(await isStored(tab, 'not wanted')), 'the other to be removed');
    await tab.page.close();
    await alice.page.getByText('without a typo').waitFor();

    pair.findServer();
    await bob.sees('without a typo');
    const texts = (await bob.shown()).map(({ text }) => text);
    assert.deepEqual(
      texts.filter((text) => /typo|tpyo|wanted/.test(text)),
      ['without a typo'],
    );
  });

  test('have a clock beside their text, and no place of their own', async () => {
    const { alice } = pair;
    const tab = await openTab();
    pair.loseServer();
    await tab.say('clocked');
    const message = tab.messageWith('clocked');
    const clock = await message.getByTitle('Waiting to be sent').boundingBox();
    const text = await message.locator('[dir="auto"]').boundingBox();
    assert(clock !== null && text !== null);
    const gap = text.x - (clock.x + clock.width);
    assert(gap >= 0 && gap < 4, `${gap} px between the clock and the text`);
    assert(clock.y >= text.y && clock.y + clock.height <= text.y + text.height);
    pair.findServer();
    await alice.sees('clocked');
    await tab.page.close();
  });

  test('are removed from the browser by a logout', async () => {
    const sockets: WebSocketRoute[] = [];
    let isCut = false;
    // Of both tabs: they share a socket.
    await pair.alice.page.context().routeWebSocket(/\/ws$/, (socket) => {
      if (isCut) return void socket.close();
      socket.connectToServer();
      sockets.push(socket);
    });
    await pair.alice.page.reload();
    const tab = await openTab();
    await tab.sees('of the closed tab');
    isCut = true;
    for (const socket of sockets) await socket.close();
    await tab.say('never sent');
    await until(() => isStored(tab, 'never sent'), 'the message in the database');

    await tab.logOutAndDelete();
    await tab.page.getByRole('button', { name: 'Log in' }).waitFor();
    await until(async () => !(await isStored(tab, 'never sent')), 'an empty database');
    await tab.page.close();
  });
});
