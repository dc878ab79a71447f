/** Mentions of people who are not in the room: whom they reach, and the line that lets others in. */
import { after, before, describe, test } from 'node:test';
import { browserSkip } from '../support/browser.ts';
import { pressInHovered } from './hover.ts';
import { Pair } from './pair.ts';
import { type Person, tabTo } from './person.ts';
import { expectFits } from './sizes.ts';

async function edit(by: Person, from: string, to: string): Promise<void> {
  await by.sees(from);
  await pressInHovered(by.messageWith(from), 'Edit');
  const box = by.page.getByRole('textbox', { name: 'Edit message' });
  await box.fill(to);
  await box.press('Enter');
  await box.waitFor({ state: 'detached' });
}

describe('a mention of somebody outside the room', {
  skip: browserSkip(),
}, () => {
  let pair: Pair;
  before(async () => {
    pair = await Pair.open();
  });
  after(() => pair?.close());

  test('reaches in a public room who has never opened it', async () => {
    const { alice, bob } = pair;
    await bob.browse();
    await alice.join('town');
    await alice.say('@bob the office is closed on Monday');

    // The room appears without a reload, with its mention.
    const row = bob.listed('Rooms', 'town');
    await row.filter({ hasText: '1' }).waitFor();
    await bob.page.getByRole('link', { name: /^Activity/ }).click();
    await bob.page.getByText('the office is closed on Monday').first().waitFor();
    await row.click();
    await bob.sees('the office is closed on Monday');
  });

  test('reaches them by an edit, too, at the message that mentions them', async () => {
    const { alice, bob } = pair;
    await alice.join('village');
    await alice.say('the bridge is closed');
    await alice.say('and the road');

    await edit(alice, 'the bridge is closed', '@bob the bridge is closed');

    const row = bob.listed('Rooms', 'village');
    await row.filter({ hasText: '1' }).waitFor();
    await row.click();
    await bob.sees('the bridge is closed');
  });

  test('in a private room offers to invite them', async () => {
    const { alice, bob } = pair;
    await alice.browse();
    await alice.press('New room');
    const creation = alice.page.getByRole('dialog', { name: 'New room' });
    await creation.getByRole('textbox', { name: 'Name' }).fill('Board');
    await creation.getByRole('radio', { name: /^Private/ }).check();
    await alice.press('Create room', creation);
    await alice.logOf('Board').waitFor();

    await alice.say('@bob one');
    const first = alice.messageWith('@bob one');
    await first.getByText('bob is not in this room.').waitFor();
    await expectFits(alice.page);
    await alice.press('Dismiss', first);
    await first.getByText('bob is not in this room.').waitFor({ state: 'detached' });

    await alice.say('one and a half');
    await edit(alice, 'one and a half', '@bob one and a half');
    const edited = alice.messageWith('@bob one and a half');
    await edited.getByText('bob is not in this room.').waitFor();

    await alice.say('@bob two');
    const second = alice.messageWith('@bob two');
    const invite = second.getByRole('button', { name: 'Invite' });
    await invite.waitFor();
    await second.focus();
    await tabTo(invite);
    await alice.page.keyboard.press('Enter');
    await invite.waitFor({ state: 'detached' });
    await bob.listed('Rooms', 'Board').click();
    await bob.sees('@bob two');

    await alice.say('@bob three');
    await alice.sees('@bob three');
    const third = alice.messageWith('@bob three');
    await third.getByText('is not in this room').waitFor({ state: 'detached' });
  });
});
