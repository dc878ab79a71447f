/** Messages that are sent later: from the message box, listed, changed, sent now, and what could not be sent. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { pngOf } from '../../packages/server/test/support/png.ts';
import { browserSkip } from '../support/browser.ts';
import { expectAccessible, expectAccessibleAgain } from './accessible.ts';
import { choose, fileOf, filesReady, tray } from './file-steps.ts';
import { Pair } from './pair.ts';

describe('scheduled messages', { skip: browserSkip() }, () => {
  let pair: Pair;
  before(async () => {
    pair = await Pair.openIn('lobby');
  });
  after(() => pair?.close());

  test('are scheduled beside Send, counted, changed, and sent now', async () => {
    const { alice, bob } = pair;
    const { page } = bob;
    const box = page.getByRole('textbox', { name: 'Message', exact: true });
    await box.fill('good morning');
    await bob.press('Choose a time');
    await expectAccessibleAgain(page);
    await page.getByRole('menuitem', { name: 'Tomorrow at 9:00' }).click();
    await page.getByRole('link', { name: '1 scheduled message here' }).waitFor();
    assert.equal(await box.inputValue(), '');

    await box.fill('see you');
    await bob.press('Choose a time');
    await page.getByRole('menuitem', { name: 'At another time…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Schedule message' });
    await expectAccessible(page);
    await bob.press('Schedule', dialog);
    await dialog.waitFor({ state: 'detached' });
    assert.equal(await box.inputValue(), '');
    await page.getByRole('link', { name: '2 scheduled messages here' }).click();

    const rows = page.getByRole('list', { name: 'Scheduled' }).getByRole('listitem');
    const morning = rows.filter({ hasText: 'good morning' });
    await expectAccessible(page);
    await bob.press(/^Change the message/, morning);
    const change = page.getByRole('dialog', { name: 'Change the scheduled message' });
    await change.getByRole('textbox', { name: 'Message' }).fill('good evening');
    await bob.press('Save', change);
    await change.waitFor({ state: 'detached' });
    await bob.press(/^Send the message/, rows.filter({ hasText: 'good evening' }));
    await alice.sees('good evening');
    await bob.press(/^Cancel the message/, rows.filter({ hasText: 'see you' }));
    await page.getByText('Messages that you send later are listed here').waitFor();
    await page.getByRole('link', { name: 'lobby' }).first().click();
  });

  test('have files, which a change keeps or removes', async () => {
    const { alice, bob } = pair;
    const { page } = bob;
    await filesReady(bob);
    const picture = fileOf('cat.png', pngOf(300, 200));
    await choose(bob, picture, fileOf('notes.txt', 'milk'), fileOf('wrong.txt', 'not this'));
    await page.getByRole('textbox', { name: 'Description of cat.png' }).fill('A grey cat');
    await page.locator('[aria-label="Choose a time"]:not([aria-disabled="true"])').waitFor();
    await bob.press('Choose a time');
    await page.getByRole('menuitem', { name: 'Tomorrow at 9:00' }).click();
    await tray(bob).waitFor({ state: 'detached' });
    await page.getByRole('link', { name: '1 scheduled message here' }).click();

    const row = page.getByRole('list', { name: 'Scheduled' }).getByRole('listitem');
    for (const name of ['cat.png', 'notes.txt', 'wrong.txt']) await row.getByText(name).waitFor();
    await row.locator('img').evaluate((picture) => (picture as HTMLImageElement).decode());
    await expectAccessibleAgain(page);
    await bob.press(/^Change the message/, row);
    const change = page.getByRole('dialog', { name: 'Change the scheduled message' });
    await bob.press('Remove wrong.txt', change);
    await change.getByText('wrong.txt').waitFor({ state: 'detached' });
    await expectAccessibleAgain(page);
    await bob.press('Save', change);
    await change.waitFor({ state: 'detached' });
    await row.getByText('wrong.txt').waitFor({ state: 'detached' });
    await bob.press(/^Send the message/, row);
    await alice.messages.getByRole('img', { name: 'A grey cat' }).waitFor();
    await alice.messages.getByText('milk').waitFor();
    assert.equal(await alice.messages.filter({ hasText: 'wrong.txt' }).count(), 0);
    await page.getByRole('link', { name: 'lobby' }).first().click();
  });

  test('that could not be sent are shown until they are discarded', async () => {
    const { bob } = pair;
    const { page } = bob;
    // The page offers no time as near as this.
    await page.evaluate(async () => {
      const call = async (method: string, path: string, body?: object) => {
        const headers = { 'content-type': 'application/json' };
        const init = body === undefined ? {} : { headers, body: JSON.stringify(body) };
        const answer = await fetch(path, { method, ...init });
        return (await answer.json()) as { rooms?: { id: string; name: string }[] };
      };
      const { rooms = [] } = await call('GET', '/api/rooms?own=true');
      const roomId = rooms.find(({ name }) => name === 'lobby')?.id;
      const sendAt = new Date(Date.now() + 1500).toISOString();
      await call('POST', '/api/scheduled', { roomId, content: 'too late', sendAt });
      await call('DELETE', `/api/rooms/${roomId}/members/me`);
    });
    const notice = page.getByRole('status').filter({ hasText: /Not sent.*too late/ });
    await notice.waitFor();
    await page.reload();
    await notice.waitFor();
    await bob.press('Discard', notice);
    await notice.waitFor({ state: 'detached' });
  });
});
