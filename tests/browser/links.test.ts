/** Links to rooms open a room, and never create one. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { browserSkip } from '../support/browser.ts';
import { expectAccessible } from './accessible.ts';
import { Pair } from './pair.ts';
import type { Person } from './person.ts';

describe('a link to a room', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;

  before(async () => {
    pair = await Pair.open();
    ({ alice, bob } = pair);
  });
  after(() => pair?.close());

  test('with a mistyped name creates no room, says so, and offers what to do', async () => {
    const { page } = alice;
    const title = page.getByText('There is no room called “Mistyped”');
    await page.goto(`${pair.url}/app/rooms/Mistyped`);

    await title.waitFor();
    await bob.page.reload();
    await bob.roomName.waitFor();
    await bob.page.getByText('No rooms yet').waitFor();
    await expectAccessible(page);

    await page.getByText('Back to rooms').last().click();
    await alice.roomName.waitFor();
    assert.equal(new URL(page.url()).pathname, '/app/');
    await page.goBack();
    await alice.press('Create “Mistyped”');
    await alice.logOf('Mistyped').waitFor();
    await alice.composer.waitFor();
    assert.match(page.url(), /\/app\/rooms\/[0-9a-f-]{36}$/);
  });

  test('opens an existing room by its name or id', async () => {
    await alice.join('Plans');
    await alice.say('the plan');
    await alice.sees('the plan');

    await bob.page.goto(`${pair.url}/app/rooms/plans/members`);
    await bob.logOf('Plans').waitFor();
    await bob.page.getByRole('button', { name: 'Close members' }).waitFor();
    await bob.page.goto(
      new URL(alice.page.url()).href
        .toUpperCase()
        .replace(/^.*\/APP\/ROOMS/, `${pair.url}/app/rooms`),
    );
    await bob.sees('the plan');
  });

  test('to a message that is not there says so, beside the room', async () => {
    const { page } = bob;
    await alice.say('the new plan');
    const message = alice.messageWith('the new plan');
    await alice.sees('the new plan');
    const room = new URL(alice.page.url()).pathname;
    const notice = page.getByText('This message is not here (any more).');
    for (const missing of ['99999', '0', '00000000-0000-4000-8000-000000000000', 'x']) {
      await page.goto(`${pair.url}${room}/messages/${missing}`);
      await notice.waitFor();
      await bob.sees('the new plan');
    }
    await expectAccessible(page);
    await bob.press('Close the notice');
    assert.equal(await notice.count(), 0);

    const id = await message.getAttribute('data-message-id');
    const sequence = await message.getAttribute('data-sequence');
    for (const known of [id, sequence]) {
      await page.goto(`${pair.url}${room}/messages/${known}`);
      await page.waitForFunction((wanted) => {
        return document.activeElement?.getAttribute('data-message-id') === wanted;
      }, id);
      assert.equal(await notice.count(), 0);
    }
  });

  test('with a name that looks like that of another room says so', async () => {
    await alice.join('cop');
    // The same letters to the eye, in Cyrillic.
    await alice.page.goto(`${pair.url}/app/rooms/${encodeURIComponent('\u0441\u043E\u0440')}`);
    await alice.press(/^Create /);

    await alice.page.getByText('too similar to the name of another room').waitFor();
  });

  test('with an id that no room has says so', async () => {
    await bob.page.goto(`${pair.url}/app/rooms/00000000-0000-4000-8000-000000000000`);

    await bob.page.getByText('This room does not exist').waitFor();
  });
});
