/** A private room from its creation to the removal of a member, at a desk and on a phone. */
import { after, before, describe, test } from 'node:test';
import { browserSkip, type ContextOptions } from '../support/browser.ts';
import { expectAccessible } from './accessible.ts';
import { Pair } from './pair.ts';
import { MOUSE } from './person.ts';

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const SCREENS: Readonly<Record<string, ContextOptions>> = { desk: {}, phone: PHONE };

for (const [screen, options] of Object.entries(SCREENS)) {
  describe(`a private room on a ${screen}`, { skip: browserSkip(), timeout: 240_000 }, () => {
    let pair: Pair;
    before(async () => {
      pair = await Pair.open(MOUSE, options);
    });
    after(() => pair?.close());

    test('is created, and opens to those who are added, until they are removed', async () => {
      const { alice, bob } = pair;
      await alice.browse();
      await alice.press('New room');
      const creation = alice.page.getByRole('dialog', { name: 'New room' });
      await expectAccessible(alice.page);
      await creation.getByRole('textbox', { name: 'Name' }).fill('Board');
      await creation.getByRole('radio', { name: /^Private/ }).check();
      await creation.getByRole('textbox', { name: 'Topic' }).fill('Every Monday');
      await alice.press('Create room', creation);
      await alice.logOf('Board').waitFor();
      await alice.composer.fill('Only for members');
      await alice.press('Send');
      await alice.sees('Only for members');

      await alice.choose('Add people');
      const adding = alice.page.getByRole('dialog', { name: 'Add people' });
      await adding.getByRole('searchbox', { name: 'Find people' }).fill('bo');
      const found = adding.getByRole('list', { name: 'People found' });
      await found.getByRole('button', { name: /bob/ }).click();
      await adding.getByRole('button', { name: 'Add', exact: true }).click();
      await adding.waitFor({ state: 'detached' });

      // It appears without a reload.
      await bob.listed('Rooms', 'Board').click();
      await bob.logOf('Board').waitFor();
      await bob.sees('Only for members');
      await expectAccessible(bob.page);

      await alice.page.goto(`${bob.page.url()}/profile/bob`);
      await alice.press('Remove from room');
      await alice.page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
      await bob.page.getByText('You are no longer a member of this room.').waitFor();
    });
  });
}
