/** Leaving a room: confirmed, done on the server, and visible on all pages of the user. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { browserSkip } from '../support/browser.ts';
import { expectAccessibleAgain } from './accessible.ts';
import { Pair } from './pair.ts';
import { KEYBOARD, Person } from './person.ts';

describe('leaving a room', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;

  before(async () => {
    pair = await Pair.open(KEYBOARD);
    ({ alice, bob } = pair);
    for (const person of [alice, bob]) await person.join('lobby');
    await bob.say('hello');
    await alice.sees('hello');
  });
  after(() => pair?.close());

  test('asks for confirmation, which can be canceled', async () => {
    const { page } = alice;
    const dialog = page.getByRole('dialog', { name: 'Leave lobby?' });
    const opener = page.getByRole('button', { name: 'More about this conversation' });
    const isFocused = (target: typeof opener) => target.and(page.locator(':focus')).waitFor();

    await alice.choose('Leave room');
    await dialog.waitFor();
    await isFocused(dialog.getByRole('button', { name: 'Cancel' }));
    await expectAccessibleAgain(page);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    const isInside = () =>
      page.evaluate(
        () =>
          document.activeElement?.closest('dialog') !== null ||
          document.activeElement === document.body,
      );
    assert(await isInside());
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await isFocused(opener);

    await alice.choose('Leave room');
    await alice.hands.press(dialog.getByRole('button', { name: 'Cancel' }));
    await isFocused(opener);
    await alice.listed('Rooms', 'lobby').waitFor();
  });

  test('ends the membership, and removes the room from the list on all pages', async () => {
    const tab = new Person(await alice.page.context().newPage(), 'alice', KEYBOARD);
    await tab.page.goto(`${pair.url}/app/browse`);
    await tab.listed('Rooms', 'lobby').waitFor();

    await alice.leave();

    await alice.roomName.and(alice.page.locator(':focus')).waitFor();
    for (const page of [alice, tab]) {
      await page.listed('Other rooms', 'lobby').waitFor();
      assert.equal(await page.listed('Rooms', 'lobby').count(), 0);
    }
    await bob.say('are you there?');
    await bob.sees('are you there?');
    await alice.page.reload();
    await alice.listed('Other rooms', /^lobby \d+ members? Join$/).waitFor();

    // The user can join again.
    await alice.join('lobby');
    await alice.listed('Rooms', 'lobby').waitFor();
    await tab.page.close();
  });

  test('is shown on other pages that have the room open', async () => {
    const tab = new Person(await alice.page.context().newPage(), 'alice', KEYBOARD);
    await tab.page.goto(alice.page.url());
    await tab.logOf('lobby').waitFor();

    await alice.leave();

    await tab.page.getByText('You are no longer a member of this room.').waitFor();
    await tab.press('Join again');
    await tab.logOf('lobby').waitFor();
    await tab.page.close();
  });

  test('shows why it failed, and changes nothing then', async () => {
    await alice.join('lobby');
    await alice.page.route('**/members/me', (route) => route.abort());
    await alice.choose('Leave room');
    const dialog = alice.page.getByRole('dialog');
    await alice.hands.press(dialog.getByRole('button', { name: 'Leave room' }));

    await dialog.getByRole('alert').filter({ hasText: 'You are still a member.' }).waitFor();
    await alice.page.keyboard.press('Escape');
    await alice.logOf('lobby').waitFor();
    await alice.page.unroute('**/members/me');
  });
});
