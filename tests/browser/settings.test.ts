/** Settings of the user, marks as unread, and blocks. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Route } from 'playwright-core';
import { Account, PASSWORD } from '../../packages/server/test/support/account.ts';
import { browserSkip } from '../support/browser.ts';
import { expectAccessible, expectAccessibleAgain } from './accessible.ts';
import { focused } from './focused.ts';
import { pressInHovered } from './hover.ts';
import { Pair } from './pair.ts';
import type { Person } from './person.ts';

describe('settings', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;

  before(async () => {
    pair = await Pair.openIn('lobby');
    ({ alice, bob } = pair);
  });
  after(() => pair?.close());

  test('show a status text to others, and keep it until its end', async () => {
    await alice.press('Settings');
    const dialog = alice.page.getByRole('dialog', { name: 'Settings' });
    await dialog.getByRole('textbox', { name: 'Status text' }).fill('In a workshop');
    // Tomorrow may have passed this time in zones that are ahead of UTC by more than 12 hours.
    const inTwoDays = new Date(Date.now() + 48 * 60 * 60 * 1000).toISOString().slice(0, 10);
    await dialog.getByLabel('Until').fill(`${inTwoDays}T12:30`);
    await dialog.getByRole('radio', { name: 'busy' }).check();
    await dialog.getByRole('button', { name: 'Save status' }).click();
    await dialog.getByText('Saved.').waitFor();
    await expectAccessibleAgain(alice.page);
    await dialog.getByRole('button', { name: 'Close settings' }).click();

    await bob.press(/^Members/);
    const row = bob.page.getByRole('listitem').filter({ hasText: 'alice' });
    await row.getByText('In a workshop').waitFor();
    await row.getByText('busy').waitFor();

    await alice.page.reload();
    await alice.press('Settings');
    await dialog.getByText('Status text').waitFor();
    assert.deepEqual(
      [
        await dialog.getByRole('textbox', { name: 'Status text' }).inputValue(),
        await dialog.getByLabel('Until').inputValue(),
      ],
      ['In a workshop', `${inTwoDays}T12:30`],
    );
    await dialog.getByRole('button', { name: 'Close settings' }).click();
  });

  test('let a user appear offline, which only the user sees, also after a reload', async () => {
    const ofAlice = bob.page.getByRole('listitem').filter({ hasText: 'alice' });
    await ofAlice.getByText('busy').waitFor();
    await alice.press('Settings');
    const dialog = alice.page.getByRole('dialog', { name: 'Settings' });
    await dialog.getByRole('textbox', { name: 'Status text' }).fill('');
    await dialog.getByLabel('Until').fill('');
    await dialog.getByRole('radio', { name: 'invisible' }).check();
    await dialog.getByText('Others see you as offline').waitFor();
    await expectAccessibleAgain(alice.page);
    await dialog.getByRole('button', { name: 'Save status' }).click();
    await dialog.getByText('Saved.').waitFor();
    await dialog.getByRole('button', { name: 'Close settings' }).click();

    await ofAlice.getByText('offline').waitFor();
    await alice.page.reload();
    await alice.page.getByText('invisible').waitFor();
    await ofAlice.getByText('offline').waitFor();

    await alice.press('Settings');
    await dialog.getByRole('radio', { name: 'online' }).check();
    await dialog.getByRole('button', { name: 'Save status' }).click();
    await dialog.getByText('Saved.').waitFor();
    await dialog.getByRole('button', { name: 'Close settings' }).click();
    await ofAlice.getByText('online').waitFor();
  });

  test('set the name that others see in messages, lists and completions', async () => {
    await alice.say('who am I?');
    await bob.sees('who am I?');
    await alice.press('Settings');
    const dialog = alice.page.getByRole('dialog', { name: 'Settings' });
    const name = dialog.getByRole('textbox', { name: 'Name that others see' });
    const save = dialog.getByRole('button', { name: 'Save name' });
    await name.fill('Bob');
    await save.click();
    await dialog.getByText(/too similar/).waitFor();
    await name.fill('Alice Liddell');
    await save.click();
    await dialog.getByText('Saved.').waitFor();
    await dialog.getByRole('button', { name: 'Close settings' }).click();

    await bob.page
      .getByRole('article', { name: /^Alice Liddell/ })
      .first()
      .waitFor();
    const message = (person: Person) => person.messageWith('who am I?');
    await pressInHovered(message(alice), 'React with thumbs up');
    await message(bob).getByRole('button', { name: 'thumbs up, 1' }).hover();
    await bob.page.getByTitle('Alice Liddell reacted with thumbs up').waitFor();
    await alice.composer.pressSequentially('I am');
    await bob.page.getByText('Alice Liddell is typing').waitFor();
    await alice.composer.fill('');
    await bob.composer.pressSequentially('@lidd');
    await bob.page.getByRole('option', { name: /Alice Liddell/ }).click();
    assert.equal(await bob.composer.inputValue(), '@alice ');
    // The text keeps the username; both pages show the name.
    await bob.say('ask @alice about it');
    for (const { page } of [alice, bob]) {
      const mention = page.getByRole('article').getByTitle('@alice', { exact: true });
      await mention.getByText('@Alice Liddell', { exact: true }).waitFor();
    }
    await alice.page.getByRole('link', { name: 'Activity' }).click();
    await alice.page.getByText('ask @Alice Liddell about it').waitFor();
    await alice.page.goBack();
    await bob.page.getByRole('link', { name: 'Alice Liddell' }).first().click();
    const profile = bob.page.getByRole('heading', { name: 'Alice Liddell' });
    await profile.waitFor();
    await bob.page.getByText('@alice', { exact: true }).waitFor();
    // A page that has never seen her presence asks for her name.
    await alice.page.goto('about:blank');
    await bob.page.reload();
    await bob.page
      .getByRole('article', { name: /^Alice Liddell/ })
      .first()
      .waitFor();
    await alice.page.goBack();
    await alice.page
      .getByRole('navigation', { name: 'Rooms' })
      .getByText('Alice Liddell')
      .waitFor();
    await alice.press('Settings');
    await name.fill('');
    await save.click();
    await dialog.getByText('Saved.').waitFor();
    await dialog.getByRole('button', { name: 'Close settings' }).click();
    await bob.page
      .getByRole('article', { name: /^alice/ })
      .first()
      .waitFor();
    await bob.press('Close profile');
  });

  test('list the sessions of the user, and end another one', async () => {
    const other = await Account.logIn(pair.url, 'alice');
    const socket = await other.connect();
    await alice.press('Settings');
    const dialog = alice.page.getByRole('dialog', { name: 'Settings' });
    await dialog.getByRole('tab', { name: 'Account' }).click();
    const sessions = dialog.getByRole('list', { name: 'Sessions' }).getByRole('listitem');
    await sessions.filter({ hasText: 'This session' }).getByText('Chrome on Linux').waitFor();
    assert.equal(await sessions.count(), 2);
    const [first, second] = await sessions.evaluateAll((rows) =>
      rows.map((row) => row.getBoundingClientRect()),
    );
    assert((second?.top ?? 0) - (first?.bottom ?? 0) >= 8);
    const end = sessions.getByRole('button', { name: /^End the session node, logged in / });
    await end.click();
    await end.waitFor({ state: 'detached' });
    await focused(dialog.getByRole('heading', { name: 'Settings' }));

    assert.equal((await socket.closed).code, 4001);
    assert.equal((await other.call('GET', '/api/auth/me')).status, 401);
    assert.equal(await sessions.count(), 1);
    await dialog.getByRole('button', { name: 'Close settings' }).click();
  });

  test('leave the focus where the user moved it while a session is being ended', async () => {
    const { page } = alice;
    await Account.logIn(pair.url, 'alice');
    const requested = Promise.withResolvers<Route>();
    await page.route('**/api/sessions/*', (route) => requested.resolve(route));
    await alice.press('Settings');
    const dialog = page.getByRole('dialog', { name: 'Settings' });
    const tab = dialog.getByRole('tab', { name: 'Account' });
    await tab.click();
    const end = dialog.getByRole('button', { name: /^End the session node, logged in / });
    await end.click();
    const route = await requested.promise;
    await tab.focus();
    await route.continue();
    await end.waitFor({ state: 'detached' });
    await focused(tab);
    await page.unroute('**/api/sessions/*');
    await dialog.getByRole('button', { name: 'Close settings' }).click();
  });

  test('change the theme, the density and the password', async () => {
    await alice.say('with an avatar');
    await alice.sees('with an avatar');
    await alice.press('Settings');
    const dialog = alice.page.getByRole('dialog', { name: 'Settings' });
    await dialog.getByRole('tab', { name: 'Profile' }).press('ArrowDown');
    await dialog.getByRole('tab', { name: 'Appearance', selected: true }).waitFor();
    await dialog.getByRole('radio', { name: 'Dark' }).check();
    assert.equal(await alice.page.locator('html').getAttribute('data-theme'), 'dark');
    const avatar = alice.messages.first().locator('> :first-child');
    await dialog.getByRole('radio', { name: 'Compact' }).check();
    assert.equal(await avatar.isVisible(), false);
    await dialog.getByRole('radio', { name: 'Comfortable' }).check();
    assert.equal(await avatar.isVisible(), true);
    await dialog.getByRole('tab', { name: 'Account' }).click();
    await dialog.getByRole('textbox', { name: 'Current password' }).fill('not this one');
    await dialog.getByRole('textbox', { name: 'New password' }).fill('battery staple');
    await dialog.getByRole('button', { name: 'Change password' }).click();
    await dialog.getByText('The current password is wrong.').waitFor();
    await dialog.getByRole('textbox', { name: 'Current password' }).fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Change password' }).click();
    await dialog.getByText('Changed.').waitFor();
    await alice.page.keyboard.press('Escape');
  });

  test('mark a room as unread until it is opened again, and all rooms as read', async () => {
    await alice.join('other');
    await alice.listed('Rooms', 'lobby').click();
    await alice.logOf('lobby').waitFor();
    await alice.press('More about this conversation');
    await alice.page.getByRole('menuitem', { name: 'Mark as unread' }).click();
    const unread = alice.page.getByRole('list', { name: 'Unread' });
    await alice.listed('Rooms', 'other').click();
    await unread.getByRole('link', { name: /^lobby/ }).click();
    await alice.logOf('lobby').waitFor();
    await alice.listed('Rooms', 'other').click();
    await unread.waitFor({ state: 'detached' });

    await bob.say('read me');
    await unread.getByRole('link', { name: /^lobby 1 unread/ }).waitFor();
    await alice.press('Mark all as read');
    await unread.waitFor({ state: 'detached' });
    await focused(alice.page.getByRole('heading', { name: 'Parley' }));

    await alice.listed('Rooms', 'lobby').click();
    await alice.logOf('lobby').waitFor();
    await alice.choose('Mark as unread');
    await alice.openPerson('bob');
    await alice.say('hello');
    await alice.logWith('bob').waitFor();
    await alice.choose('Mark as unread');
    await alice.listed('Rooms', 'other').click();
    await unread.getByRole('link', { name: /^lobby/ }).waitFor();
    await unread.getByRole('link', { name: /^bob/ }).waitFor();
    await alice.press('Mark all as read');
    await unread.waitFor({ state: 'detached' });
  });

  test('stay open if a selection of text ends outside of them', async () => {
    const { page } = alice;
    await alice.press('Settings');
    const dialog = page.getByRole('dialog', { name: 'Settings' });
    const status = dialog.getByRole('textbox', { name: 'Status text' });
    await status.fill('Out for lunch');
    await status.hover();
    await page.mouse.down();
    await page.mouse.move(1, 1);
    await page.mouse.up();
    // A press outside closes them, after the one above was handled.
    assert.equal(await status.inputValue(), 'Out for lunch');
    await page.mouse.click(1, 1);
    await dialog.waitFor({ state: 'detached' });
  });

  test('unblock several people at once, also one who is not blocked any more', async () => {
    const account = await Account.logIn(pair.url, 'bob');
    const people = ['uma', 'vic', 'wes'];
    let last = '';
    for (const name of people) {
      ({ userId: last } = await Account.signUp(pair.url, name));
      await account.must('PUT', `/api/blocks/${last}`);
    }
    await bob.press('Settings');
    const dialog = bob.page.getByRole('dialog', { name: 'Settings' });
    await dialog.getByRole('tab', { name: 'Privacy' }).click();
    await dialog.getByRole('button', { name: 'Unblock wes' }).waitFor();
    await account.must('DELETE', `/api/blocks/${last}`);
    const gate = Promise.withResolvers<void>();
    await bob.page.route('**/api/blocks/*', async (route) => {
      await gate.promise;
      await route.continue();
    });
    for (const name of people) {
      await dialog.getByRole('button', { name: `Unblock ${name}` }).click();
    }
    gate.resolve();
    await dialog.getByText('You have not blocked anyone.').waitFor();
    await bob.page.unrouteAll();
    await bob.page.keyboard.press('Escape');
  });

  test('fold the messages of a blocked person in a shared room, until they are asked for', async () => {
    const { page } = alice;
    await bob.listed('Rooms', 'lobby').click();
    await bob.logOf('lobby').waitFor();
    await page.goto(bob.page.url());
    await bob.say('before the block');
    const text = page.getByText('before the block');
    await text.waitFor();
    const message = alice.messages.last();
    const wire = await (await Account.logIn(pair.url, 'bob')).connect();
    const until = new Date(Date.now() + 3_600_000).toISOString();
    await wire.ask('set_presence', { status: 'busy', until });
    wire.close(1000);
    await page.goto(new URL(`${new URL(bob.page.url()).pathname}/profile/bob`, pair.url).href);
    await page.getByText(/^Until .*\d:\d\d/).waitFor();
    await page.getByRole('button', { name: 'Block bob' }).click();
    const dialog = page.getByRole('dialog', { name: 'Block bob?' });
    await dialog.getByRole('button', { name: 'Block bob' }).click();
    await message.getByText('A message of a person whom you have blocked.').waitFor();
    assert.equal(await text.count(), 0);
    await expectAccessible(page);

    await page.reload();
    await message.getByRole('button', { name: 'Show' }).click();
    await text.waitFor();

    await alice.press('Settings');
    const settings = page.getByRole('dialog', { name: 'Settings' });
    await settings.getByRole('tab', { name: 'Privacy' }).click();
    await settings.getByRole('button', { name: 'Unblock bob' }).click();
    await settings.getByText('You have not blocked anyone.').waitFor();
    await page.keyboard.press('Escape');
    await page.reload();
    await text.waitFor();
  });

  test('block a person, who does not notice, and unblock them', async () => {
    await alice.openPerson('bob');
    await alice.say('hello bob');
    await alice.logWith('bob').waitFor();
    await alice.press('More about this conversation');
    await alice.page.getByRole('menuitem', { name: 'Block bob' }).click();
    const dialog = alice.page.getByRole('dialog', { name: 'Block bob?' });
    await dialog.getByRole('button', { name: 'Block bob' }).click();
    await dialog.waitFor({ state: 'detached' });
    await alice.listed('People', /^bob/).waitFor({ state: 'detached' });
    await bob.listed('People', /^alice/).click();
    await bob.say('can you hear me?');
    await bob.sees('can you hear me?');

    await alice.press('Settings');
    const settings = alice.page.getByRole('dialog', { name: 'Settings' });
    await settings.getByRole('tab', { name: 'Privacy' }).click();
    await settings.getByRole('button', { name: 'Unblock bob' }).click();
    await settings.getByText('You have not blocked anyone.').waitFor();
    await focused(settings.getByRole('heading', { name: 'Settings' }));
    await alice.page.keyboard.press('Escape');
    await alice.listed('People', /^bob/).click();
    await alice.sees('can you hear me?');
  });
});
