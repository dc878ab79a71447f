/** A room that leaves pins, invitations and mentions of everyone to its moderators, as its owner sets it and a member sees it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { browserSkip } from '../support/browser.ts';
import { pressInHovered } from './hover.ts';
import { Pair } from './pair.ts';
import type { Person } from './person.ts';
import { expectFits, expectFitsAgain } from './sizes.ts';

/** The names in the open menu, which is then closed. */
async function menuOf(person: Person): Promise<string[]> {
  const items = person.page.getByRole('menuitem');
  await items.first().waitFor();
  const names = await items.allInnerTexts();
  await person.page.keyboard.press('Escape');
  await items.first().waitFor({ state: 'detached' });
  return names;
}

describe('what a room leaves to moderators', { skip: browserSkip() }, () => {
  let pair: Pair;
  before(async () => {
    // The user who creates a room owns it.
    pair = await Pair.openIn('lobby');
  });
  after(() => pair?.close());

  const messageMenu = async (person: Person): Promise<string[]> => {
    await pressInHovered(person.messageWith('hello'), 'More actions');
    return menuOf(person);
  };
  const roomMenu = async (person: Person): Promise<string[]> => {
    await person.press('More about this conversation');
    return menuOf(person);
  };

  test('is set in the room details, and not offered to its members', async () => {
    const { alice, bob } = pair;
    await bob.say('hello');
    await alice.sees('hello');
    await bob.composer.pressSequentially('lunch, @her');
    await bob.page.getByRole('option', { name: '@here' }).click();
    await bob.composer.press('Enter');
    await alice.sees('lunch, @here');
    assert.ok((await messageMenu(bob)).includes('Pin'));
    assert.ok((await roomMenu(bob)).includes('Invite people by link'));
    await alice.choose('Room details');
    const details = alice.page.getByRole('dialog', { name: 'Room details' });
    const boxes = [
      'Only moderators pin messages',
      'Only moderators let people in',
      'Only moderators mention everyone',
    ].map((name) => details.getByRole('checkbox', { name }));
    for (const box of boxes) await box.check();
    await expectFits(alice.page, ...boxes);
    await alice.press('Save', details);
    await details.waitFor({ state: 'detached' });

    await bob.composer.fill('lunch, @everyone');
    await bob.page.getByText('In this room, only moderators mention everyone.').waitFor();
    await expectFitsAgain(bob.page);
    await bob.composer.fill('');
    await bob.composer.pressSequentially('@');
    const offered = bob.page.getByRole('option');
    await offered.filter({ hasText: '@alice' }).waitFor();
    assert.equal(await offered.filter({ hasText: '@everyone' }).count(), 0);
    await bob.composer.fill('');
    assert.ok(!(await messageMenu(bob)).includes('Pin'));
    assert.ok(!(await roomMenu(bob)).includes('Invite people by link'));

    assert.ok((await messageMenu(alice)).includes('Pin'));
    await alice.composer.pressSequentially('@every');
    await alice.page.getByRole('option').filter({ hasText: '@everyone' }).waitFor();
    await alice.composer.fill('');
    await alice.choose('Room details');
    for (const box of boxes) assert.ok(await box.isChecked());
  });
});
