/** Everything by keyboard: the palette, rooms, messages, regions and the list of keys. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { browserSkip } from '../support/browser.ts';
import { Pair } from './pair.ts';
import type { Person } from './person.ts';

describe('the keyboard', { skip: browserSkip(), timeout: 240_000 }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;

  before(async () => {
    pair = await Pair.open();
    ({ alice, bob } = pair);
  });
  after(() => pair?.close());

  async function expectNoViolations(): Promise<void> {
    const { violations } = await new AxeBuilder({ page: alice.page }).analyze();
    assert.deepEqual(violations, []);
  }

  test('finds a room, and a person who was never written to, in the palette', async () => {
    await alice.join('first');
    await alice.join('second');
    const { page } = alice;
    await page.keyboard.press('ControlOrMeta+K');
    const palette = page.getByRole('dialog', { name: 'Jump to' });
    await palette.getByRole('combobox').fill('fir');
    await palette.getByRole('option', { name: 'first', selected: true }).waitFor();
    await expectNoViolations();
    await page.keyboard.press('Enter');
    await alice.logOf('first').waitFor();

    await page.keyboard.press('ControlOrMeta+K');
    await palette.getByRole('combobox').fill('BO');
    await palette.getByRole('option', { name: 'bob' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('This is the start of your conversation with bob').waitFor();
    await page.keyboard.press('ControlOrMeta+K');
    await page.keyboard.press('Escape');
    await palette.waitFor({ state: 'detached' });
  });

  test('moves between rooms with Alt and the arrow keys', async () => {
    const { page } = alice;
    await alice.listed('Rooms', 'first').click();
    await alice.logOf('first').waitFor();
    await page.keyboard.press('Alt+ArrowDown');
    await alice.logOf('second').waitFor();
    await page.keyboard.press('Alt+ArrowUp');
    await alice.logOf('first').waitFor();

    await bob.join('second');
    await bob.say('over here');
    await alice.listed('Rooms', /^second 1 unread/).waitFor();
    await page.keyboard.press('Alt+Shift+ArrowDown');
    await alice.logOf('second').waitFor();
    await alice.sees('over here');
  });

  test('answers, edits, pins and deletes the focused message', async () => {
    const { page } = alice;
    await alice.listed('Rooms', 'second').click();
    await alice.say('my message');
    await alice.sees('my message');
    const message = alice.messages.filter({ hasText: 'my message' });
    await alice.logOf('second').focus();
    await page.keyboard.press('ArrowUp');
    await message.getByRole('toolbar').waitFor();
    await page.keyboard.press('p');
    await message.getByText('Pinned').waitFor();
    await page.keyboard.press('e');
    await page.getByRole('textbox', { name: 'Edit message' }).waitFor();
    await page.keyboard.press('Escape');
    await message.and(page.locator(':focus')).waitFor();
    await page.keyboard.press('r');
    const reply = page.getByRole('textbox', { name: 'Reply in thread' });
    await reply.and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Escape');
    await message.and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Delete');
    await alice.press('Undo');
    await message.waitFor();
  });

  test('moves between the regions with F6, and lists its keys', async () => {
    const { page } = alice;
    await alice.composer.focus();
    await page.keyboard.press('F6');
    assert.equal(
      await page.getByRole('navigation').evaluate((nav) => nav.contains(document.activeElement)),
      true,
    );
    await page.keyboard.press('?');
    const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await sheet.getByText('Jump to a room, a person or a command').waitFor();
    await expectNoViolations();
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
  });
});
