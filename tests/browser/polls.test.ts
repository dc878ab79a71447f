/** Polls in the page: created beside the message box, voted, changed and closed, at three sizes. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { browserSkip } from '../support/browser.ts';
import { pressInHovered } from './hover.ts';
import { Pair } from './pair.ts';
import type { Person } from './person.ts';
import { expectFits } from './sizes.ts';

describe('polls', { skip: browserSkip() }, () => {
  let pair: Pair;
  before(async () => {
    pair = await Pair.openIn('lobby');
  });
  after(() => pair?.close());

  const optionsOf = ({ page }: Person): Locator => page.getByRole('list', { name: 'Poll' }).last();
  const option = (person: Person, name: string): Locator =>
    optionsOf(person).getByRole('button', { name, exact: true });
  const isOwn = async (button: Locator): Promise<boolean> =>
    (await button.getAttribute('aria-pressed')) === 'true';

  async function create(
    person: Person,
    question: string,
    several: boolean,
    within: Page | Locator = person.page,
  ): Promise<void> {
    const { page } = person;
    await person.press('Create a poll', within);
    const dialog = page.getByRole('dialog', { name: 'Create a poll' });
    const field = (name: string): Locator => dialog.getByRole('textbox', { name, exact: true });
    await field('Question').fill(question);
    await field('Option 1').fill('Tea');
    await field('Option 2').fill('Coffee');
    await person.press('Add option', dialog);
    await field('Option 3').fill('A long answer '.repeat(6));
    if (several) await dialog.getByRole('checkbox').check();
    await expectFits(page, dialog.getByRole('button', { name: 'Create poll' }));
    await person.press('Create poll', dialog);
    await dialog.waitFor({ state: 'detached' });
  }

  test('one choice is counted, changed and closed, live and after a reload', async () => {
    const { alice, bob } = pair;
    await create(alice, 'Drinks?', false);
    await bob.page.getByText('Drinks?').waitFor();
    await option(bob, 'Tea 0 votes').click();
    await option(alice, 'Tea 1 vote').click();
    await option(bob, 'Tea 2 votes').waitFor();
    await option(bob, 'Coffee 0 votes').click();
    for (const person of [alice, bob]) {
      await option(person, 'Tea 1 vote').waitFor();
      await option(person, 'Coffee 1 vote').waitFor();
    }
    assert.equal(await isOwn(option(bob, 'Coffee 1 vote')), true);
    assert.equal(await isOwn(option(bob, 'Tea 1 vote')), false);
    // The lines are for clients without polls.
    assert.equal(await bob.messageWith('Drinks?').getByText('1️⃣').count(), 0);
    await expectFits(bob.page, option(bob, 'Tea 1 vote'));

    await bob.page.reload();
    await option(bob, 'Tea 1 vote').waitFor();
    assert.equal(await isOwn(option(bob, 'Coffee 1 vote')), true);
    assert.equal(await bob.page.getByRole('button', { name: 'Close poll' }).count(), 0);

    await alice.press('Close poll');
    await bob.page.getByText('2 votes · Closed').waitFor();
    assert.equal(await option(bob, 'Tea 1 vote').getAttribute('aria-disabled'), 'true');
    await alice.press('Open poll again');
    await bob.page.getByText('2 votes · Choose one').waitFor();
  });

  test('that are not sent are kept, over a reload too', async () => {
    const { alice } = pair;
    const dialog = alice.page.getByRole('dialog', { name: 'Create a poll' });
    const field = (name: string): Locator => dialog.getByRole('textbox', { name, exact: true });
    await alice.press('Create a poll');
    await field('Question').fill('Where to?');
    await field('Option 2').fill('To the sea');
    await dialog.getByRole('checkbox').check();
    await alice.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await alice.page.reload();

    await alice.press('Create a poll');
    assert.equal(await field('Question').inputValue(), 'Where to?');
    assert.equal(await field('Option 2').inputValue(), 'To the sea');
    assert.equal(await dialog.getByRole('checkbox').isChecked(), true);
    await field('Option 1').fill('To the hills');
    await alice.press('Create poll', dialog);
    await dialog.waitFor({ state: 'detached' });
    await alice.press('Create a poll');
    assert.equal(await field('Question').inputValue(), '');
    await alice.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });

  test('several choices are counted', async () => {
    const { alice, bob } = pair;
    await create(bob, 'Which days?', true);
    await alice.page.getByText('Which days?').waitFor();
    await option(alice, 'Tea 0 votes').click();
    await option(alice, 'Coffee 0 votes').click();
    await option(bob, 'Coffee 1 vote').waitFor();
    await option(bob, 'Tea 1 vote').waitFor();
    await option(alice, 'Tea 1 vote').click();
    await option(bob, 'Tea 0 votes').waitFor();
    await option(bob, 'Coffee 1 vote').waitFor();
  });

  test('one in a thread is also in the room once: for the next reply it is chosen again', async () => {
    const { alice } = pair;
    await alice.say('about the trip');
    await alice.sees('about the trip');
    await pressInHovered(alice.messageWith('about the trip'), 'Reply');
    const thread = alice.page.getByRole('region', { name: 'Thread' });
    const also = thread.getByRole('checkbox', { name: 'Also to the room' });
    await also.check();
    await create(alice, 'Where to?', false, thread);
    await thread.getByText('Where to?').waitFor();
    await also.and(alice.page.getByRole('checkbox', { checked: false })).waitFor();
  });
});
