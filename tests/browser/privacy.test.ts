/** The writers whom a user accepts, in the settings and for others. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Account } from '../../packages/server/test/support/account.ts';
import { browserSkip } from '../support/browser.ts';
import { expectAccessible, expectAccessibleAgain } from './accessible.ts';
import { Pair } from './pair.ts';

describe('privacy', { skip: browserSkip() }, () => {
  let pair: Pair;
  before(async () => {
    pair = await Pair.openIn('lobby');
  });
  after(() => pair?.close());

  test('choose who may write: others are told, and keep what they wrote', async () => {
    const { alice, bob } = pair;
    await alice.press('Settings');
    const dialog = alice.page.getByRole('dialog', { name: 'Settings' });
    await dialog.getByRole('tab', { name: 'Privacy' }).click();
    await dialog.getByLabel('People who may write to me').selectOption('People I know');
    await dialog.getByLabel('Others see when I was last here').uncheck();
    await expectAccessibleAgain(alice.page);
    await dialog.getByRole('button', { name: 'Save privacy' }).click();
    await dialog.getByText('Saved.').waitFor();
    await dialog.getByRole('button', { name: 'Close settings' }).click();
    const account = await Account.logIn(pair.url, 'alice');
    assert.deepEqual(await account.must('GET', '/api/privacy'), {
      ...{ askBeforeStrangers: false, showLastSeen: 'nobody', acceptMessagesFrom: 'contacts' },
    });

    await bob.openPerson('alice');
    const box = bob.page.getByRole('textbox', { name: /Message/ });
    await box.fill('may I?');
    await box.press('Enter');
    await bob.page.getByText('This person does not accept messages from you').waitFor();
    assert.equal(await box.inputValue(), 'may I?');
    await expectAccessible(bob.page);

    await account.must('PUT', '/api/privacy', { acceptMessagesFrom: 'shared-rooms' });
    await box.press('Enter');
    await bob.logWith('alice').getByText('may I?').waitFor();
  });
});
