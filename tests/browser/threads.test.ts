/** Threads that a user follows: listed with what is unread, read in their pane, and not followed by choice. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { browserSkip } from '../support/browser.ts';
import { expectAccessible, expectAccessibleAgain } from './accessible.ts';
import { pressInHovered } from './hover.ts';
import { Pair } from './pair.ts';
import type { Person } from './person.ts';

describe('followed threads', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;
  before(async () => {
    pair = await Pair.openIn('lobby');
    ({ alice, bob } = pair);
  });
  after(() => pair?.close());

  const threadOf = ({ page }: Person) => page.getByRole('region', { name: 'Thread' });
  const answer = async (person: Person, text: string): Promise<void> => {
    const box = threadOf(person).getByRole('textbox', { name: 'Reply in thread' });
    await box.fill(text);
    await box.press('Enter');
  };
  const linkOf = ({ page }: Person) =>
    page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: /^Threads/ });

  test('are listed with their unread replies, and read in their pane', async () => {
    await alice.say('which day?');
    await bob.sees('which day?');
    assert.equal(await linkOf(alice).count(), 0);
    await alice.page.getByRole('link', { name: 'Saved', exact: true }).click();
    await pressInHovered(bob.messageWith('which day?'), 'Reply');
    await answer(bob, 'thursday');

    await linkOf(alice).filter({ hasText: '1' }).waitFor();
    await linkOf(alice).click();
    const list = alice.page.getByRole('list', { name: 'Threads' });
    const thread = list.getByRole('listitem').filter({ hasText: 'which day?' });
    await thread.filter({ hasText: /1 unread reply.*thursday/s }).waitFor();
    await expectAccessible(alice.page);
    await answer(bob, 'or friday');
    await thread.filter({ hasText: /2 unread replies.*or friday/s }).waitFor();

    await thread.getByRole('link').click();
    await threadOf(alice).getByText('or friday').waitFor();
    await linkOf(alice).filter({ hasNotText: /\d/ }).waitFor();
    await expectAccessibleAgain(alice.page);
  });

  test('have replies that are also in the room, from where they lead to the thread', async () => {
    await bob.page.getByRole('log', { name: 'Replies' }).getByText('or friday').waitFor();
    const also = threadOf(bob).getByRole('checkbox', { name: 'Also to the room' });
    await also.check();
    await expectAccessibleAgain(bob.page);
    await answer(bob, 'friday it is');
    await threadOf(bob).getByText('friday it is').waitFor();
    // For the next reply it is chosen again.
    await also.and(bob.page.getByRole('checkbox', { checked: false })).waitFor();

    await threadOf(alice).getByText('friday it is').waitFor();
    await alice.press('Close thread', threadOf(alice));
    await alice.sees('friday it is');
    const row = alice.messageWith('friday it is');
    await row.getByRole('button', { name: /^Reply to.*which day/s }).click();
    await threadOf(alice).getByText('friday it is').waitFor();
    assert.equal(await alice.messageWith('or friday').count(), 1);
  });

  test('are not followed by choice, and followed again', async () => {
    await alice.press('Unfollow', threadOf(alice));
    await threadOf(alice).getByRole('button', { name: 'Follow', exact: true }).waitFor();
    await linkOf(alice).click();
    await alice.page.getByText('Threads that you write in').waitFor();
    await alice.page.goBack();
    await alice.press('Follow', threadOf(alice));
    await threadOf(alice).getByRole('button', { name: 'Unfollow' }).waitFor();
    await linkOf(alice).click();

    await answer(bob, 'no, monday');
    const list = alice.page.getByRole('list', { name: 'Threads' });
    await list.getByText('1 unread reply').waitFor();
    await alice.press(/^Mark the thread/, list);
    await list.getByText('1 unread reply').waitFor({ state: 'detached' });
    await alice.press(/^Unfollow the thread/, list);
    await alice.page.getByText('Threads that you write in').waitFor();
  });
});
