/** A room in slow mode, as its owner sets it and a member sees it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { browserSkip } from '../support/browser.ts';
import { Pair } from './pair.ts';

describe('slow mode', { skip: browserSkip() }, () => {
  let pair: Pair;
  before(async () => {
    // The user who creates a room owns it.
    pair = await Pair.openIn('lobby');
  });
  after(() => pair?.close());

  test('is set in the room details, and keeps the text of a member who must wait', async () => {
    const { alice, bob } = pair;
    await alice.choose('Room details');
    const details = alice.page.getByRole('dialog', { name: 'Room details' });
    await details.getByRole('combobox', { name: /^Slow mode/ }).selectOption('10 s');
    await alice.press('Save', details);
    await bob.page.getByText('Slow mode: one message every 10 s.').waitFor();
    assert.equal(await alice.page.getByText(/^Slow mode: /).count(), 0);

    await bob.say('first');
    await bob.page.getByText(/^Slow mode: you can write again in \d+ s\.$/).waitFor();
    await bob.say('second');

    await bob.page.getByText(/^This room is in slow mode\. Your text is kept here/).waitFor();
    assert.equal(await bob.composer.inputValue(), 'second');
    await bob.page.getByText('Slow mode: one message every 10 s.').waitFor();
    await bob.composer.press('Enter');
    await alice.sees('second');
    assert.equal(await bob.composer.inputValue(), '');
    for (const text of ['one', 'two']) await alice.say(text);
    await bob.sees('two');
  });
});
