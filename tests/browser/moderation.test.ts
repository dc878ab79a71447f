/** Removing, muting and banning members, and deleting their messages, for the owner of a room. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { browserSkip } from '../support/browser.ts';
import { pressInHovered } from './hover.ts';
import { Pair } from './pair.ts';
import type { Person } from './person.ts';
import { expectFits, expectFitsAgain } from './sizes.ts';

describe('the owner of a room', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;

  before(async () => {
    pair = await Pair.open();
    ({ alice, bob } = pair);
    // The user who creates a room owns it.
    await alice.join('lobby');
    await bob.join('lobby');
    await bob.say('spam');
    await alice.sees('spam');
  });
  after(() => pair?.close());

  async function openProfile(of: string, by: Person): Promise<void> {
    await by.messages.getByRole('link', { name: of }).first().click();
    await by.page.getByRole('region', { name: 'Profile' }).waitFor();
  }

  test('deletes messages of others', async () => {
    const message = alice.messages.filter({ hasText: 'spam' });
    await pressInHovered(message, 'More actions');
    await alice.page.getByRole('menuitem', { name: 'Delete' }).click();
    await bob.page.getByText('This message was deleted.').waitFor();
  });

  test('appoints a moderator, who manages the room at once, and dismisses them', async () => {
    await openProfile('bob', alice);
    await alice.press('Make moderator');
    await alice.page.getByText('Moderator of this room').waitFor();
    await bob.page.getByText('bob is a moderator now').waitFor();
    await bob.press('More about this conversation');
    await bob.page.getByRole('menuitem', { name: 'Archive room' }).waitFor();
    await bob.page.keyboard.press('Escape');
    await alice.press('Remove as moderator');
    await alice.page.getByRole('button', { name: 'Make moderator' }).waitFor();
  });

  test('mutes a member, who sees until when and why, and may write again', async () => {
    await openProfile('bob', alice);
    await alice.press('Mute in room');
    const dialog = alice.page.getByRole('dialog', { name: 'Mute bob?' });
    await dialog.getByRole('radio', { name: '1 hour' }).check();
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('Too loud');
    const mute = dialog.getByRole('button', { name: 'Mute' });
    await expectFits(alice.page, mute);
    await mute.click();
    const note = bob.page.getByText(/^You cannot write here until .*: Too loud$/);
    await expectFitsAgain(bob.page, note);
    assert.equal(await bob.composer.count(), 0);

    await alice.choose('Bans and mutes');
    const list = alice.page.getByRole('dialog', { name: 'Bans and mutes' });
    await expectFitsAgain(alice.page, list.getByText(/^Until .*: Too loud$/));
    await list.getByRole('button', { name: 'Lift for bob' }).click();
    await bob.composer.waitFor();
    await list.getByRole('button', { name: 'Close' }).click();
    await bob.say('quietly');
    await alice.sees('quietly');
  });

  test('removes a member, who can join again, and bans one, who cannot until its end', async () => {
    const room = bob.page.url();
    await openProfile('bob', alice);
    await expectFits(alice.page, alice.page.getByRole('button', { name: 'Ban from room' }));
    await alice.press('Remove from room');
    await alice.page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await bob.page.getByText('You are no longer a member of this room.').waitFor();
    await bob.press('Join again');
    await bob.composer.waitFor();

    await alice.press('Ban from room');
    const dialog = alice.page.getByRole('dialog', { name: 'Ban bob?' });
    await dialog.getByRole('radio', { name: '1 day' }).check();
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('Come back tomorrow');
    const ban = dialog.getByRole('button', { name: 'Ban' });
    await expectFitsAgain(alice.page, ban);
    await ban.click();
    const lost = bob.page.getByText(/^You are banned from this room until .*: Come back tomorrow$/);
    await expectFits(bob.page, lost);
    await bob.page.goto(room);
    await lost.waitFor();

    await alice.choose('Bans and mutes');
    const list = alice.page.getByRole('dialog', { name: 'Bans and mutes' });
    await list.getByText(/^Until .*: Come back tomorrow$/).waitFor();
    const lift = list.getByRole('button', { name: 'Lift for bob' });
    await lift.click();
    await lift.waitFor({ state: 'detached' });
    await list.getByRole('button', { name: 'Close' }).click();
    await bob.page.goto(room);
    await bob.composer.waitFor();
  });

  test('is not offered to a member', async () => {
    await bob.join('other');
    await alice.join('other');
    await bob.say('mine');
    await alice.sees('mine');
    await openProfile('bob', alice);
    assert.equal(await alice.page.getByRole('button', { name: 'Ban from room' }).count(), 0);
  });

  test('deletes the room by typing its name', async () => {
    await alice.join('mistake');
    await bob.join('mistake');
    await alice.press('More about this conversation');
    await alice.page.getByRole('menuitem', { name: 'Room details' }).click();
    await alice.press('Delete room', alice.page.getByRole('dialog'));
    const dialog = alice.page.getByRole('dialog', { name: 'Delete mistake?' });
    const field = dialog.getByRole('textbox');
    await field.fill('other');
    await alice.press('Delete room', dialog);
    await dialog.getByText('This is not the name of the room.').waitFor();
    await field.fill('mistake');
    await alice.press('Delete room', dialog);
    for (const { page } of [alice, bob]) {
      await page.getByText('This room does not exist. It may have been deleted.').waitFor();
      await page
        .getByRole('navigation', { name: 'Rooms' })
        .getByRole('link', { name: /mistake/ })
        .waitFor({ state: 'detached' });
    }
  });
});
