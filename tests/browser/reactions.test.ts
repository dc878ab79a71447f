/**
 * Reactions and pins in the page: by mouse and by keyboard, visible to others, present
 * after a reload.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { browserSkip } from '../support/browser.ts';
import { expectAccessibleAgain } from './accessible.ts';
import { focused } from './focused.ts';
import { pressInHovered } from './hover.ts';
import { Pair } from './pair.ts';
import { MOUSE, Person } from './person.ts';

describe('changes of messages', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;

  before(async () => {
    pair = await Pair.open();
    ({ alice, bob } = pair);
  });
  after(() => pair?.close());

  async function meet(room: string, text: string): Promise<void> {
    await alice.join(room);
    await bob.join(room);
    await alice.say(text);
    await Promise.all([alice.sees(text), bob.sees(text)]);
  }

  function messageOf({ messages }: Person, text: string): Locator {
    return messages.filter({ hasText: text });
  }

  function button(message: Locator, name: string): Locator {
    return message.getByRole('button', { name, exact: true });
  }

  /** Chooses from the menu of a message. */
  async function choose(person: Person, message: Locator, name: string): Promise<void> {
    await pressInHovered(message, 'More actions');
    await person.page.getByRole('menuitem', { name, exact: true }).click();
  }

  async function isOwn(pill: Locator): Promise<boolean> {
    return (await pill.getAttribute('aria-pressed')) === 'true';
  }

  test('react from the toolbar, add to a reaction by its pill, and remove it', async () => {
    await meet('one', 'lunch?');
    const [ofAlice, ofBob] = [messageOf(alice, 'lunch?'), messageOf(bob, 'lunch?')];
    assert.equal(await ofBob.getByRole('toolbar').count(), 0);

    await pressInHovered(ofBob, 'React with thumbs up');
    await button(ofAlice, 'thumbs up, 1').waitFor();
    assert.equal(await isOwn(button(ofAlice, 'thumbs up, 1')), false);
    assert.equal(await isOwn(button(ofBob, 'thumbs up, 1')), true);
    await button(ofAlice, 'thumbs up, 1').click();
    await button(ofBob, 'thumbs up, 2').waitFor();
    await button(ofAlice, 'thumbs up, 2').waitFor();
    await bob.page.reload();
    await button(ofBob, 'thumbs up, 2').waitFor();
    assert.equal(await isOwn(button(ofBob, 'thumbs up, 2')), true);

    await button(ofBob, 'thumbs up, 2').click();
    await button(ofAlice, 'thumbs up, 1').click();
    await button(ofBob, 'thumbs up, 1').waitFor({ state: 'detached' });
    await button(ofAlice, 'thumbs up, 1').waitFor({ state: 'detached' });
    assert.equal(await ofAlice.evaluate((row) => row === document.activeElement), true);
  });

  test('keep the recent emoji of a message in their places while they are shown', async () => {
    await meet('order', 'which one?');
    const message = messageOf(alice, 'which one?');
    const reactions = message.getByRole('toolbar').getByRole('button', { name: /^React with / });
    const offered = (): Promise<readonly string[]> => reactions.allTextContents();
    await message.hover();
    await reactions.first().waitFor();
    const before = await offered();

    await pressInHovered(message, 'Add reaction');
    const picker = alice.page.getByRole('dialog', { name: 'Emoji' });
    await picker
      .getByRole('button', { name: before[1] ?? '', exact: true })
      .first()
      .click();
    await picker.waitFor({ state: 'detached' });
    await message.getByRole('button', { name: 'heart, 1' }).waitFor();
    assert.deepEqual(await offered(), before);

    // The next time they are in their new order.
    await alice.composer.click();
    await reactions.first().waitFor({ state: 'detached' });
    await message.hover();
    await reactions.first().waitFor();
    assert.deepEqual(await offered(), before.toReversed());
    await alice.page.evaluate(() => localStorage.removeItem('parley.emoji'));
  });

  test('pin, visible to all, and unpin', async () => {
    await meet('two', 'the rules');
    const [ofAlice, ofBob] = [messageOf(alice, 'the rules'), messageOf(bob, 'the rules')];

    await choose(alice, ofAlice, 'Pin');
    await ofBob.getByText('Pinned', { exact: true }).waitFor();
    await ofAlice.getByText('Pinned', { exact: true }).waitFor();
    await bob.page.reload();
    await ofBob.getByText('Pinned', { exact: true }).waitFor();
    await choose(bob, ofBob, 'Unpin');

    await ofAlice.getByText('Pinned', { exact: true }).waitFor({ state: 'detached' });
    await ofBob.getByText('Pinned', { exact: true }).waitFor({ state: 'detached' });
  });

  test('pins stand in a pane, which jumps to them and unpins', async () => {
    await meet('pins', 'the first rule');
    await alice.say('something else');
    const ofAlice = messageOf(alice, 'the first rule');
    await choose(alice, ofAlice, 'Pin');
    await messageOf(bob, 'the first rule').getByText('Pinned', { exact: true }).waitFor();
    await alice.press('Pinned messages');
    const pane = alice.page.getByRole('region', { name: 'Pinned messages' });
    const pins = pane.getByRole('listitem');
    await pins.filter({ hasText: 'the first rule' }).waitFor();

    await choose(bob, messageOf(bob, 'something else'), 'Pin');
    await pins.nth(1).waitFor();
    assert.match((await pins.nth(0).textContent()) ?? '', /something else/);

    await pane
      .getByRole('button', { name: /^Unpin/ })
      .first()
      .click();
    await pins.nth(1).waitFor({ state: 'detached' });
    await focused(pane.getByRole('heading', { name: 'Pinned messages' }));
    await pane.getByRole('link', { name: 'Jump to the message of alice' }).click();
    await pane.waitFor({ state: 'detached' });
    assert.match(alice.page.url(), /\/messages\/1$/);
    await ofAlice.waitFor();
  });

  test('pins are hidden once the room was left on another page', async () => {
    await meet('left', 'between us');
    await choose(alice, messageOf(alice, 'between us'), 'Pin');
    await alice.press('Pinned messages');
    const pins = alice.page.getByRole('region', { name: 'Pinned messages' });
    await pins.getByText('between us').waitFor();
    const tab = new Person(await alice.page.context().newPage(), 'alice', MOUSE);
    await tab.page.goto(alice.page.url());
    await tab.logOf('left').waitFor();
    await tab.press('Close pinned messages');

    await tab.leave();

    await alice.page.getByText('You are no longer a member of this room.').waitFor();
    assert.equal(await pins.getByText('between us').count(), 0);
    await tab.page.close();
  });

  test('work by keyboard: from the messages to the toolbar and back to the message box', async () => {
    await meet('three', 'with keys');
    const message = messageOf(alice, 'with keys');
    const { keyboard } = alice.page;

    await alice.logOf('three').focus();
    await keyboard.press('ArrowUp');
    await message.getByRole('toolbar', { name: 'Message actions' }).waitFor();
    const top = await message.evaluate((row) => row.getBoundingClientRect().top);
    // The toolbar is one tab stop.
    await keyboard.press('Tab');
    await keyboard.press('ArrowRight');
    assert.equal(
      await button(message, 'React with heart').evaluate((each) => each === document.activeElement),
      true,
    );
    assert.equal(await message.evaluate((row) => row.getBoundingClientRect().top), top);
    await keyboard.press('Enter');
    await button(message, 'heart, 1').waitFor();
    await expectAccessibleAgain(alice.page);

    await keyboard.press('Escape');
    await message.getByRole('toolbar').waitFor({ state: 'detached' });
    assert.equal(await alice.composer.evaluate((box) => box === document.activeElement), true);
  });
});
