/** Pictures of workspaces in the page: chosen by owners, seen by members, and removed. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { Account } from '../../packages/server/test/support/account.ts';
import { pngOf } from '../../packages/server/test/support/png.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { browserSkip } from '../support/browser.ts';
import { expectAccessibleAgain } from './accessible.ts';
import { Pair } from './pair.ts';
import type { Person } from './person.ts';
import { expectFits, expectFitsAgain } from './sizes.ts';

describe('pictures of workspaces in the page', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;

  before(async () => {
    pair = await Pair.open();
    ({ alice, bob } = pair);
    const account = await Account.logIn(pair.url, 'alice');
    const { workspace } = await account.must<{ workspace: { id: string } }>(
      ...(['POST', '/api/workspaces', { name: 'Halden' }] as const),
    );
    const place = `/api/workspaces/${workspace.id}`;
    await account.must('POST', `${place}/members`, { username: 'bob' });
    await account.must('POST', `${place}/channels`, { name: 'design' });
    for (const { page } of [alice, bob]) {
      await page.reload();
      await page.getByRole('heading', { name: 'Halden' }).waitFor();
    }
  });
  after(() => pair?.close());

  const title = ({ page }: Person): Locator =>
    page.locator('section', { has: page.getByRole('heading', { name: 'Halden' }) });
  const picture = (person: Person): Locator => title(person).locator('img');

  test('are chosen in the dialog of the workspace, and seen by members at once', async () => {
    const { page } = alice;
    const path = join(temporaryDirectory(), 'workspace.png');
    writeFileSync(path, pngOf(600, 300));
    await title(bob).getByText('HA', { exact: true }).waitFor();
    await alice.press('People of Halden');
    await alice.press('Workspace picture');
    const dialog = page.getByRole('dialog', { name: 'Workspace picture' });
    await dialog.locator('input[type="file"]').setInputFiles(path);
    const crop = page.getByRole('dialog', { name: 'Picture of the workspace' });
    await expectFitsAgain(page, crop.getByRole('button', { name: 'Use this picture' }));
    await alice.press('Use this picture', crop);
    await dialog.getByText('The picture is shown.').waitFor();
    await expectFits(page, dialog.getByRole('button', { name: 'Remove the picture' }));
    await expectAccessibleAgain(page);

    await picture(bob).waitFor();
    const width = await picture(bob).evaluate(async (element: HTMLImageElement) => {
      await element.decode();
      return element.naturalWidth;
    });
    assert.equal(width, 96);
    await expectFitsAgain(bob.page, picture(bob));
  });

  test('give way to the letters of the name when they are removed', async () => {
    await alice.press('Remove the picture');
    await alice.page.getByText('The picture is removed.').waitFor();
    await picture(bob).waitFor({ state: 'detached' });
    await title(bob).getByText('HA', { exact: true }).waitFor();
  });

  test('are chosen by owners only', async () => {
    await bob.press('People of Halden');
    const dialog = bob.page.getByRole('dialog', { name: 'People of Halden' });
    await dialog.getByRole('button', { name: 'Leave workspace' }).waitFor();
    assert.equal(await dialog.getByRole('button', { name: 'Workspace picture' }).count(), 0);
  });
});
