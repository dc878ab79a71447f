/** Messages saved for later: by key and menu, listed, with a reminder that comes. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { browserSkip } from '../support/browser.ts';
import { expectAccessible } from './accessible.ts';
import { Pair } from './pair.ts';

describe('messages saved for later', { skip: browserSkip() }, () => {
  let pair: Pair;
  before(async () => {
    pair = await Pair.openIn('lobby');
  });
  after(() => pair?.close());

  test('are saved by key, listed, opened and removed', async () => {
    const { alice, bob } = pair;
    const { page } = bob;
    await alice.say('read me later');
    await bob.sees('read me later');
    await bob.messageWith('read me later').focus();
    await page.keyboard.press('s');
    const dialog = page.getByRole('dialog', { name: 'Save for later' });
    await dialog.getByRole('radio', { name: 'Tomorrow at 9:00' }).check();
    await expectAccessible(page);
    await bob.press('Save', dialog);
    await dialog.waitFor({ state: 'detached' });

    await page.getByRole('link', { name: 'Saved', exact: true }).click();
    const row = page.getByRole('list', { name: 'Saved' }).getByRole('listitem');
    await row.filter({ hasText: /read me later.*Reminder/ }).waitFor();
    await expectAccessible(page);
    await row.getByRole('link').click();
    await bob.logOf('lobby').waitFor();
    await page.goBack();
    await bob.press(/^Done/, row);
    await row.waitFor({ state: 'detached' });
    await page.getByText('Messages that you save for later').waitFor();
    await page.getByRole('link', { name: 'lobby' }).first().click();
  });

  test('remind on the page, also after a reload, until they are done', async () => {
    const { alice, bob } = pair;
    const { page } = bob;
    await alice.say('call the printer');
    await bob.sees('call the printer');
    const messageId = await bob.messageWith('call the printer').getAttribute('data-message-id');
    // The page offers no time as near as this.
    const status = await page.evaluate(async (id) => {
      const remindAt = new Date(Date.now() + 1500).toISOString();
      const body = JSON.stringify({ remindAt });
      const headers = { 'content-type': 'application/json' };
      return (await fetch(`/api/saved/${id}`, { method: 'PUT', headers, body })).status;
    }, messageId);
    assert.equal(status, 200);
    const notice = page.getByRole('status').filter({ hasText: /Reminder.*call the printer/ });
    await notice.waitFor();
    await page.reload();
    await notice.waitFor();
    await bob.press('Done', notice);
    await notice.waitFor({ state: 'detached' });
    await page.reload();
    await bob.sees('call the printer');
    assert.equal(await notice.count(), 0);
  });
});
