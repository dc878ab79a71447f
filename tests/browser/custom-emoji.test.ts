/** Custom emoji in the page: added by the owner, written, completed, chosen, and deleted again. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { gifOf } from '../../packages/server/test/support/gif.ts';
import { pngOf } from '../../packages/server/test/support/png.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { PageServer } from '../support/page-server.ts';
import { pressInHovered } from './hover.ts';
import { MOUSE, Person } from './person.ts';
import { expectFits, expectFitsAgain } from './sizes.ts';

describe('custom emoji in a browser', { skip: browserSkip() }, () => {
  const folder = temporaryDirectory();
  let server: PageServer;
  let profiles: Profile[];
  let alice: Person;
  let bob: Person;
  before(async () => {
    server = await PageServer.start({ FIRST_ACCOUNT: 'owner' });
    profiles = [await openProfile(), await openProfile()];
    const [one, other] = profiles;
    assert(one !== undefined && other !== undefined);
    alice = new Person(await one.context.newPage(), 'alice', MOUSE);
    bob = new Person(await other.context.newPage(), 'bob', MOUSE);
    await alice.register(server.url);
    await bob.register(server.url);
    await alice.join('town');
    await bob.join('town');
  });
  after(async () => {
    for (const profile of profiles ?? []) await profile.close();
    await server?.stop();
  });

  const fileOf = (name: string, content: Buffer | string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const picture = (within: Locator, name = 'party-parrot'): Locator =>
    within.getByRole('img', { name: `:${name}:` });
  /** The picture is there, and was decoded. */
  const isDrawn = async (image: Locator): Promise<void> => {
    await image.waitFor();
    const width = await image.evaluate(async (element: HTMLImageElement) => {
      await element.decode();
      return element.naturalWidth;
    });
    assert.ok(width > 0);
  };
  const add = async (path: string, name?: string): Promise<void> => {
    const { page } = alice;
    await alice.press('Add an emoji');
    const dialog = page.getByRole('dialog', { name: 'Add an emoji' });
    await dialog.locator('input[type="file"]').setInputFiles(path);
    const field = dialog.getByRole('textbox', { name: 'Name' });
    if (name !== undefined) await field.fill(name);
    await expectFits(page, dialog.getByRole('button', { name: 'Add emoji' }));
    await alice.press('Add emoji', dialog);
  };

  test('are added in the administration, with a preview', async () => {
    const { page } = alice;
    await page.goto(`${server.url}/app/admin/emoji`);
    await page.getByText('There are no custom emoji yet.').waitFor();

    await add(fileOf('tada.png', pngOf(64, 64)));
    const dialog = page.getByRole('dialog', { name: 'Add an emoji' });
    await isDrawn(dialog.getByRole('img', { name: 'Preview' }));
    await dialog.getByText('A standard emoji has this name').waitFor();
    await dialog.getByRole('textbox', { name: 'Name' }).fill('our_logo');
    await alice.press('Add emoji', dialog);
    const row = page.getByRole('list', { name: 'Custom emoji' }).getByRole('listitem');
    await row.filter({ hasText: ':our_logo:' }).waitFor();

    await add(fileOf('Party Parrot.gif', gifOf(4)));
    await row.filter({ hasText: ':party-parrot:' }).waitFor();

    await add(fileOf('none.png', 'hello'), 'nothing');
    await dialog.getByText('This is not a picture that can be used').waitFor();
    await alice.press('Cancel', dialog);
    await expectFitsAgain(page, page.getByRole('button', { name: 'Delete :our_logo:' }));
  });

  test('are completed and written, and seen by others as pictures with their names', async () => {
    const { page } = bob;
    await bob.composer.pressSequentially('nice :parr');
    await isDrawn(page.getByRole('option', { name: ':party-parrot:' }).locator('img'));
    await page.keyboard.press('Enter');
    assert.equal(await bob.composer.inputValue(), 'nice :party-parrot: ');
    await bob.composer.pressSequentially(':unknown: `:our_logo:`');
    await page.keyboard.press('Enter');

    await alice.page.goto(server.url);
    await alice.join('town');
    const message = alice.messages.filter({ hasText: 'nice' });
    await isDrawn(picture(message));
    assert.equal(await message.locator('[dir="auto"] p img').count(), 1);
    assert.equal(await message.locator('[dir="auto"] p').innerText(), 'nice  :unknown: :our_logo:');
    await expectFitsAgain(alice.page, picture(message));
  });

  test('are chosen in the picker, as a text and as a reaction', async () => {
    const { page } = alice;
    await page.getByRole('button', { name: 'Insert emoji' }).click();
    const picker = page.getByRole('dialog', { name: 'Emoji' });
    const own = picker.getByRole('region', { name: 'This server' });
    await isDrawn(own.getByRole('button', { name: ':our_logo:' }).locator('img'));
    await picker.getByRole('searchbox').fill('parrot');
    await picker.getByRole('button', { name: ':party-parrot:' }).waitFor();
    await picker.getByRole('searchbox').fill('our logo');
    await page.keyboard.press('Enter');
    assert.equal(await alice.composer.inputValue(), ':our_logo:');
    await page.keyboard.press('Enter');
    const lone = bob.messages.filter({ has: picture(bob.page.locator('p'), 'our_logo') });
    await isDrawn(picture(lone, 'our_logo'));
    assert.equal((await picture(lone, 'our_logo').boundingBox())?.height, 36);

    // The emoji that was chosen last is the first.
    await pressInHovered(alice.messages.filter({ hasText: 'nice' }), 'React with :our_logo:');
    const pill = bob.messages
      .filter({ hasText: 'nice' })
      .getByRole('button', { name: ':our_logo:, 1' });
    await isDrawn(pill.locator('img'));
    await pill.click();
    await alice.messages
      .filter({ hasText: 'nice' })
      .getByRole('button', { name: ':our_logo:, 2' })
      .waitFor();
  });

  test('are shown by their names after they were deleted', async () => {
    const { page } = alice;
    await page.goto(`${server.url}/app/admin/emoji`);
    await alice.press('Delete :our_logo:');
    const dialog = page.getByRole('dialog', { name: 'Delete :our_logo:' });
    await alice.press('Delete', dialog);
    await page.getByRole('button', { name: 'Delete :our_logo:' }).waitFor({ state: 'detached' });

    const pill = bob.messages
      .filter({ hasText: 'nice' })
      .getByRole('button', { name: ':our_logo:, 2' });
    await pill.getByText(':our_logo:').waitFor();
    await pill.click();
    await bob.messages
      .filter({ hasText: 'nice' })
      .getByRole('button', { name: ':our_logo:, 1' })
      .waitFor();
  });
});
