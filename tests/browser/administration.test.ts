/** The administration of a server in a browser: its owner, a member, and their page. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PASSWORD } from '../../packages/server/test/support/account.ts';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { PageServer } from '../support/page-server.ts';
import { expectAccessible, expectAccessibleAgain } from './accessible.ts';
import { KEYBOARD, MOUSE, Person, tabTo } from './person.ts';
import { expectFits, expectFitsAgain } from './sizes.ts';

describe('the administration in a browser', { skip: browserSkip() }, () => {
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
  });
  after(async () => {
    for (const profile of profiles ?? []) await profile.close();
    await server?.stop();
  });

  const rowOf = (name: string) =>
    alice.page.getByRole('listitem').filter({ has: alice.page.getByText(`@${name}`) });

  test('is reached by the owner from the settings, by keyboard', async () => {
    const owner = new Person(alice.page, 'alice', KEYBOARD);
    await owner.press('Settings');
    const link = alice.page.getByRole('dialog', { name: 'Settings' }).getByRole('link');
    await tabTo(link);
    assert.equal(await link.textContent(), 'Administration');
    await alice.page.keyboard.press('Enter');

    await alice.page.getByRole('heading', { name: 'Administration' }).waitFor();
    await rowOf('bob').waitFor();
    await rowOf('alice').getByText('Owner').waitFor();
    assert.equal(await rowOf('alice').getByRole('button').count(), 0);
    await expectFits(alice.page);
  });

  test('finds people, and gives and takes roles', async () => {
    const search = alice.page.getByRole('searchbox', { name: 'Search people' });
    await search.fill('bo');
    await rowOf('alice').waitFor({ state: 'detached' });
    const role = rowOf('bob').getByRole('combobox', { name: 'Role of bob' });
    await role.selectOption('Admin');
    await rowOf('bob').getByText('bob is now: Admin.').waitFor();
    await role.selectOption('Member');
    await rowOf('bob').getByText('bob is now: Member.').waitFor();
    await search.fill('zzz');
    await alice.page.getByText('No account has this name.').waitFor();
    await search.fill('');
    await rowOf('alice').waitFor();
  });

  test('disables an account after a question, and enables it again', async () => {
    await alice.press('Manage bob');
    await alice.page.getByRole('menuitem', { name: 'Disable the account' }).click();
    const dialog = alice.page.getByRole('dialog', { name: /^Disable the account/ });
    await expectFitsAgain(alice.page);
    await alice.press('Disable', dialog);
    await rowOf('bob').getByText('The account of bob is disabled.').waitFor();
    await rowOf('bob').getByText('Disabled', { exact: false }).first().waitFor();

    await bob.page.goto(server.url);
    await bob.page.getByRole('textbox', { name: 'Username' }).fill('bob');
    await bob.page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await bob.press('Log in');
    await bob.page.getByText('This account is disabled.').waitFor();

    await alice.press('Manage bob');
    await alice.page.getByRole('menuitem', { name: 'Enable the account' }).click();
    await rowOf('bob').getByText('The account of bob is enabled.').waitFor();
    await bob.logIn(server.url);
  });

  test('lets the conversation with a person say that the account is disabled, or deleted', async () => {
    const { page } = alice;
    const headers = { origin: server.url, 'content-type': 'application/json' };
    const body = JSON.stringify({ username: 'dora', password: PASSWORD });
    const answer = await fetch(`${server.url}/register`, { method: 'POST', headers, body });
    const { user } = (await answer.json()) as { user: { id: string } };
    const account = `${server.url}/api/admin/users/${user.id}`;
    await alice.openPerson('dora');
    await alice.say('Hello dora');
    await alice.sees('Hello dora');
    const until = '2099-01-01T00:00:00Z';
    await page.request.post(`${account}/disable`, { headers, data: { reason: 'Spam', until } });
    await page.reload();
    await page.getByText(/^cannot read this now \(until .*2099/).waitFor();
    assert.equal(await alice.composer.isEnabled(), true);

    await page.request.delete(account, { headers, data: { messages: 'keep' } });
    await page.reload();

    await page.getByText('This account was deleted. You can read the conversation').waitFor();
    await page.getByText('deleted', { exact: true }).waitFor();
    assert.equal(await alice.composer.count(), 0);
    await page.goto(`${server.url}/app/admin`);
    await rowOf('bob').waitFor();
  });

  test('deletes all messages of a person after a question', async () => {
    await alice.press('Manage bob');
    await alice.page.getByRole('menuitem', { name: 'Delete all messages' }).click();
    const dialog = alice.page.getByRole('dialog', { name: 'Delete all messages of bob?' });
    await expectAccessibleAgain(alice.page);
    await alice.press('Delete messages', dialog);
    await rowOf('bob').getByText('The messages of bob are being deleted.').waitFor();
  });

  test('deletes an account after its name was typed, by keyboard', async () => {
    const { page } = alice;
    const account = { username: 'carol', password: PASSWORD };
    const answer = await fetch(`${server.url}/register`, {
      ...{ method: 'POST', body: JSON.stringify(account) },
      headers: { 'content-type': 'application/json' },
    });
    assert.equal(answer.status, 201);
    await page.reload();
    await rowOf('carol').waitFor();

    await new Person(page, 'alice', KEYBOARD).press('Manage carol');
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Delete the account of carol?' });
    await dialog.getByRole('radio', { name: 'Delete its messages' }).check();
    const field = dialog.getByRole('textbox', { name: 'Type carol to confirm' });
    await field.fill('caro');
    assert.equal(
      await dialog.getByRole('button', { name: 'Delete account' }).getAttribute('aria-disabled'),
      'true',
    );
    await field.fill('carol');
    await expectAccessible(page);
    await page.keyboard.press('Enter');

    await page.getByText('The account of carol is deleted.').waitFor();
    await rowOf('carol').waitFor({ state: 'detached' });
  });

  test('hands out a link with which a person sets a new password', async () => {
    await alice.press('Manage bob');
    await alice.page.getByRole('menuitem', { name: 'Create a reset link' }).click();
    const dialog = alice.page.getByRole('dialog', { name: 'Reset link for bob' });
    const field = dialog.getByRole('textbox', { name: 'Reset link' });
    await alice.page.waitForFunction(
      (input) => (input as HTMLInputElement).value !== '',
      await field.elementHandle(),
    );
    await expectAccessibleAgain(alice.page);
    const url = await field.inputValue();
    await alice.press('Close', dialog);

    await bob.page.goto(url);
    await bob.page.getByRole('heading', { name: 'Choose a new password' }).waitFor();
    await expectAccessibleAgain(bob.page);
    const first = bob.page.getByRole('textbox', { name: 'New password', exact: true });
    const second = bob.page.getByRole('textbox', { name: 'New password again' });
    await first.fill('short');
    await bob.press('Save password');
    await bob.page.getByText('Use 8 to 128 characters.').waitFor();
    await first.fill(PASSWORD);
    await second.fill(`${PASSWORD}?`);
    await bob.press('Save password');
    await bob.page.getByText('The two passwords are different.').waitFor();
    await second.fill(PASSWORD);
    await bob.press('Save password');
    await bob.page.getByRole('navigation', { name: 'Rooms' }).waitFor();
    assert.equal(new URL(bob.page.url()).pathname, '/app/');

    await bob.page.goto(url);
    await first.fill(PASSWORD);
    await second.fill(PASSWORD);
    await bob.press('Save password');
    await bob.page.getByText('This link has expired, or was used or replaced.').waitFor();
    await bob.page.goto(server.url);
    await bob.page.getByRole('navigation', { name: 'Rooms' }).waitFor();
  });

  test('makes, shows and revokes links', async () => {
    const sections = alice.page.getByRole('navigation', { name: 'Sections of the administration' });
    await sections.getByRole('link', { name: 'Invitations' }).click();
    await alice.page.getByText('There is no link yet.').waitFor();
    const uses = alice.page.getByRole('textbox', { name: 'Number of people' });
    await uses.fill('none');
    await alice.press('Create a link');
    await alice.page.getByText('Use a whole number from 1 to 1,000,000.').waitFor();
    await uses.fill('3');
    await alice.press('Create a link');
    const link = alice.page.getByRole('textbox', { name: 'New link' });
    await link.waitFor();
    assert.match(await link.inputValue(), new RegExp(`^${server.url}/app/invite/[\\w-]{43}$`));
    await alice.page.getByText('Used by 0 of 3').waitFor();
    await expectFitsAgain(alice.page);
    await alice.press(/^Revoke the link/);
    await alice.page.getByText('There is no link yet.').waitFor();
  });

  test('and its invitations are links of the first column, for those who may', async () => {
    const columnOf = ({ page }: Person) => page.getByRole('navigation', { name: 'Rooms' });
    const column = columnOf(alice);
    await column.getByRole('link', { name: 'Invite people' }).click();
    await alice.page.getByRole('region', { name: 'Invitations' }).waitFor();
    await column.getByRole('link', { name: 'Administration' }).click();
    await rowOf('bob').waitFor();

    await bob.join('garden');
    await bob.press('Invite people', columnOf(bob));
    const dialog = bob.page.getByRole('dialog', { name: 'Invite people to garden' });
    await bob.press('Close', dialog);
    assert.equal(await columnOf(bob).getByRole('link', { name: 'Administration' }).count(), 0);
  });

  test('shows the audit log, filtered by actor and action, in pages', async () => {
    const { page } = alice;
    const sections = page.getByRole('navigation', { name: 'Sections of the administration' });
    await sections.getByRole('link', { name: 'Audit log' }).click();
    const entries = page.getByRole('list', { name: 'Audit log' }).getByRole('listitem');
    await entries.filter({ hasText: 'alice: Disabled an account · bob' }).waitFor();
    await entries.filter({ hasText: 'alice: Changed a role · bob · admin' }).waitFor();
    await expectFitsAgain(page);
    await page.getByRole('combobox', { name: 'Action' }).selectOption('Logged in');
    await entries.filter({ hasText: 'Disabled' }).first().waitFor({ state: 'detached' });
    const actor = page.getByRole('searchbox', { name: 'Done by' });
    await actor.fill('@bob');
    await page.keyboard.press('Enter');
    await entries.filter({ hasText: 'alice' }).first().waitFor({ state: 'detached' });
    await entries.filter({ hasText: 'bob: Logged in' }).first().waitFor();
    await actor.fill('zzz');
    await page.keyboard.press('Enter');
    await page.getByText('No account has this name.').waitFor();
    await actor.fill('');
    await page.getByRole('combobox', { name: 'Action' }).selectOption('All actions');
    await tabTo(page.getByRole('button', { name: 'Show' }));
    await page.keyboard.press('Enter');
    await entries.filter({ hasText: 'alice: Disabled an account · bob' }).waitFor();
  });

  test('is not for members', async () => {
    await bob.press('Settings');
    const dialog = bob.page.getByRole('dialog', { name: 'Settings' });
    await dialog.getByRole('textbox', { name: 'Status text' }).waitFor();
    assert.equal(await dialog.getByRole('link').count(), 0);
    await bob.page.goto(`${server.url}/app/admin`);
    await bob.page.getByText('This page is not for you').waitFor();
    assert.equal(await bob.page.getByRole('searchbox').count(), 0);
  });

  test('a person deletes the own account in the settings, with the password', async () => {
    await bob.page.goto(server.url);
    await bob.press('Settings');
    const settings = bob.page.getByRole('dialog', { name: 'Settings' });
    await settings.getByRole('tab', { name: 'Account' }).click();
    await bob.press('Delete account…', settings);
    const dialog = bob.page.getByRole('dialog', { name: 'Delete your account?' });
    const password = dialog.getByLabel('Current password');
    await password.fill('another password');
    await bob.press('Delete account', dialog);
    await dialog.getByText('Not deleted. The password is wrong.').waitFor();
    await expectAccessible(bob.page);
    await password.fill(PASSWORD);
    await bob.press('Delete account', dialog);

    // The settings have a field of this name, too.
    await bob.page.getByRole('heading', { name: /^Log in to/ }).waitFor();
    await bob.page.getByRole('textbox', { name: 'Username' }).fill('bob');
    await bob.page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await bob.press('Log in');
    await bob.page.getByText(/wrong/i).first().waitFor();
  });
});
