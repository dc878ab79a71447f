/** A private room, and a private channel, from its creation to the removal of a member, at a desk and on a phone. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Account } from '../../packages/server/test/support/account.ts';
import { browserSkip, type ContextOptions } from '../support/browser.ts';
import { Pair } from './pair.ts';
import { MOUSE } from './person.ts';
import { expectFits, expectFitsAgain, PHONE } from './sizes.ts';

const SCREENS: Readonly<Record<string, ContextOptions>> = { desk: {}, phone: PHONE };

for (const [screen, options] of Object.entries(SCREENS)) {
  describe(`a private room on a ${screen}`, { skip: browserSkip() }, () => {
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
      await expectFits(alice.page);
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
      await expectFits(bob.page);

      await alice.page.goto(`${bob.page.url()}/profile/bob`);
      await alice.press('Remove from room');
      await alice.page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
      await bob.page.getByText('You are no longer a member of this room.').waitFor();
    });
  });

  describe(`a private channel on a ${screen}`, { skip: browserSkip() }, () => {
    let pair: Pair;
    let carol: Account;
    let path: string;
    before(async () => {
      pair = await Pair.open(MOUSE, options);
      const alice = await Account.logIn(pair.url, 'alice');
      carol = await Account.signUp(pair.url, 'carol');
      const { workspace } = await alice.must<{ workspace: { id: string } }>(
        ...(['POST', '/api/workspaces', { name: 'Halden' }] as const),
      );
      path = `/api/workspaces/${workspace.id}`;
      for (const username of ['bob', 'carol']) {
        await alice.must('POST', `${path}/members`, { username });
      }
      for (const { page } of [pair.alice, pair.bob]) await page.reload();
    });
    after(() => pair?.close());

    const seenByCarol = async (): Promise<readonly string[]> => {
      const list = await carol.must<{ channels: { name: string }[] }>('GET', `${path}/channels`);
      return list.channels.map(({ name }) => name);
    };

    test('is known to those who are let in, and to the whole workspace when it is public', async () => {
      const { alice, bob } = pair;
      await alice.press('New channel in Halden');
      const creation = alice.page.getByRole('dialog', { name: 'New channel in Halden' });
      await creation.getByRole('textbox', { name: 'Channel name' }).fill('budget');
      await creation.getByRole('radio', { name: /^Private/ }).check();
      await expectFitsAgain(alice.page);
      await alice.press('Create channel', creation);
      await alice.logOf('budget').waitFor();
      await alice.composer.fill('Asking @bob');
      await alice.press('Send');
      await alice.page.getByText('bob is not in this room.').waitFor();
      assert.deepEqual(await seenByCarol(), []);

      await alice.page.getByRole('button', { name: 'Invite', exact: true }).click();
      await bob.page
        .getByRole('list', { name: /^(?:Halden|Unread)$/ })
        .getByRole('link', { name: /budget.*Private/ })
        .click();
      await bob.sees('Asking @bob');
      await expectFitsAgain(bob.page);
      await alice.choose('Add people');
      const adding = alice.page.getByRole('dialog', { name: 'Add people' });
      await adding.getByText(/members of the workspace first/).waitFor();
      await alice.press('Cancel', adding);

      await alice.choose('Room details');
      await alice.press('Make public', alice.page.getByRole('dialog', { name: 'Room details' }));
      const asking = alice.page.getByRole('dialog', { name: /^Make budget public/ });
      await asking.getByText(/^Everyone in the workspace/).waitFor();
      await alice.press('Make public', asking);
      await asking.waitFor({ state: 'detached' });
      assert.deepEqual(await seenByCarol(), ['budget']);
    });
  });
}
