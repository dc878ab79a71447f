/** Groups of users in the page: made by the owner, completed and mentioned, shown to their members on a desktop and a phone. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { PageServer } from '../support/page-server.ts';
import { expectAccessible } from './accessible.ts';
import { MOUSE, Person } from './person.ts';

describe('groups of users in a browser', { skip: browserSkip() }, () => {
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
    await bob.page.setViewportSize({ width: 390, height: 844 });
  });
  after(async () => {
    for (const profile of profiles ?? []) await profile.close();
    await server?.stop();
  });

  test('are made in the administration', async () => {
    const { page } = alice;
    await page.goto(`${server.url}/app/admin/groups`);
    await page.getByText('There are no user groups yet.').waitFor();
    await alice.press('Create a user group');
    const dialog = page.getByRole('dialog', { name: 'Create a user group' });
    const handle = dialog.getByRole('textbox', { name: 'Handle' });
    await handle.fill('bob');
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Design team');
    await dialog.getByRole('searchbox', { name: 'Find people' }).fill('bob');
    await dialog.getByRole('list', { name: 'People found' }).getByRole('button').click();
    await alice.press('Add yourself', dialog);
    await expectAccessible(page);
    await alice.press('Save group', dialog);
    await dialog.getByText('A person or another group has this handle').waitFor();
    await handle.fill('design');
    await alice.press('Save group', dialog);
    const row = page.getByRole('list', { name: 'User groups' }).getByRole('listitem');
    await row.filter({ hasText: '@design · 2 members' }).waitFor();
    await expectAccessible(page);
  });

  test('are completed, and their mention is shown to members as one of them', async () => {
    const { page } = alice;
    await page.goto(server.url);
    await alice.join('town');
    await alice.composer.pressSequentially('see this, @des');
    await page.getByRole('option', { name: /Design team @design.*2 members/ }).waitFor();
    await page.keyboard.press('Enter');
    assert.equal(await alice.composer.inputValue(), 'see this, @design ');
    await alice.composer.pressSequentially('today');
    await page.keyboard.press('Enter');
    await alice.sees('see this, @design today');

    // Bob has never opened the room, and learned of the group while connected.
    await bob.page.getByRole('link', { name: /^town\b/ }).click();
    const message = bob.messageWith('see this, @design today');
    await message.and(bob.page.locator('[data-mentioned="true"]')).waitFor();
    const mention = message.getByRole('button', { name: '@design' });
    await bob.page.waitForFunction(
      (element) => (element as HTMLElement).dataset['own'] === 'true',
      await mention.elementHandle(),
    );
    await mention.click();
    const dialog = bob.page.getByRole('dialog', { name: 'Design team' });
    await dialog.waitFor();
    const members = dialog.getByRole('list', { name: 'Members of @design' });
    await members.getByRole('link', { name: /alice/ }).waitFor();
    assert.equal(await members.getByRole('listitem').count(), 2);
    await expectAccessible(bob.page);
    await bob.press('Close', dialog);
    await bob.page.goto(`${server.url}/app/activity`);
    await bob.page.getByText('see this, @design today').first().waitFor();
  });

  test('are changed and deleted', async () => {
    const { page } = alice;
    await page.goto(`${server.url}/app/admin/groups`);
    await alice.press('Edit @design');
    const dialog = page.getByRole('dialog', { name: 'Edit @design' });
    await alice.press('Remove bob', dialog);
    await alice.press('Save group', dialog);
    await page.getByText('@design · 1 member', { exact: true }).waitFor();
    await alice.press('Delete @design');
    await alice.press('Delete', page.getByRole('dialog', { name: 'Delete @design' }));
    await page.getByText('There are no user groups yet.').waitFor();
  });
});
