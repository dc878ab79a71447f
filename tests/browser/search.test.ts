/** The search of messages in a browser: from the palette to a message and back, by the keyboard alone. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { PageServer } from '../support/page-server.ts';
import { expectAccessible, expectAccessibleAgain } from './accessible.ts';
import { MOUSE, Person } from './person.ts';

describe('the search of messages in a browser', { skip: browserSkip() }, () => {
  let server: PageServer;
  let profile: Profile;
  let alice: Person;

  before(async () => {
    server = await PageServer.start();
    profile = await openProfile();
    alice = new Person(profile.page, 'alice', MOUSE);
    await alice.register(server.url);
    await alice.join('garden');
    await alice.say('The tulips are blooming https://example.org/tulips');
    await alice.say('Café at noon, 东京 later');
    await alice.join('kitchen');
    await alice.say('No flowers here');
  });
  after(async () => {
    await profile?.close();
    await server?.stop();
  });

  test('finds a message from the palette, and jumps to it', async () => {
    const { page } = alice;
    await page.keyboard.press('Control+k');
    await page.keyboard.type('tulips');
    const option = page.getByRole('option', { name: /alice: The tulips are blooming/ });
    await option.waitFor();
    await page.keyboard.press('Enter');

    await alice.logOf('garden').waitFor();
    assert.match(page.url(), /\/messages\/1$/);
    await alice.sees('The tulips are blooming');
  });

  test('lists all messages, and keeps the list while one of them is read', async () => {
    const { page } = alice;
    await page.keyboard.press('Control+k');
    await page.keyboard.type('tulips');
    await page.getByRole('option', { name: 'All messages with “tulips”' }).waitFor();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    const list = page.getByRole('list', { name: 'Messages found' });
    await list.getByRole('link').waitFor();

    assert.equal(await list.locator('mark').first().textContent(), 'tulips');
    await page.getByText('1 message found').waitFor();
    assert.match(page.url(), /\/app\/search\?q=tulips$/);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await alice.logOf('garden').waitFor();
    await page.goBack();
    await list.getByRole('link').waitFor();
    assert.equal(await page.getByRole('searchbox').inputValue(), 'tulips');
  });

  test('reads operators, scripts without spaces, and says what is wrong', async () => {
    const { page } = alice;
    await page.goto(`${server.url}/app/search`);
    const box = page.getByRole('searchbox', { name: 'Search messages' });
    const list = page.getByRole('list', { name: 'Messages found' });
    await box.fill('in:garden from:alice 京');
    await list.getByText('Café at noon').waitFor();
    await box.fill('flowers in:garden');
    await page.getByText('No messages found.').waitFor();
    await box.fill('has:link');
    await list.getByText('The tulips are blooming').waitFor();
    await page.getByRole('button', { name: 'Newest' }).click();
    await list.getByText('The tulips are blooming').waitFor();
    await expectAccessibleAgain(page);
    await box.fill('tulips before:soon');
    await page
      .getByRole('alert')
      .getByText(/ISO 8601/)
      .waitFor();
  });

  test('offers filters and the last searches, and searches the conversation with Ctrl F', async () => {
    const { page } = alice;
    const box = page.getByRole('searchbox', { name: 'Search messages' });
    const list = page.getByRole('list', { name: 'Messages found' });
    await page
      .getByRole('link', { name: /garden/ })
      .first()
      .click();
    await alice.logOf('garden').waitFor();
    await page.keyboard.press('Control+f');
    await box.waitFor();
    assert.equal(await box.inputValue(), 'in:garden ');
    await page.keyboard.type('tulips');
    await list.getByText('The tulips are blooming').waitFor();
    await page.getByRole('button', { name: 'Has a link' }).click();
    assert.equal(await box.inputValue(), 'in:garden tulips has:link ');
    await page.getByRole('button', { name: 'Remove in:garden' }).click();
    await page.getByRole('combobox', { name: 'In room' }).selectOption('kitchen');
    await page.getByText('No messages found.').waitFor();
    await page.getByRole('button', { name: 'Remove in:kitchen' }).click();
    assert.equal(await box.inputValue(), 'tulips has:link ');
    await expectAccessible(page);
    await list.getByRole('link').click();
    await alice.logOf('garden').waitFor();

    await page.goto(`${server.url}/app/search`);
    await page.getByRole('button', { name: 'tulips has:link' }).click();
    await list.getByText('The tulips are blooming').waitFor();
    await box.fill('');
    await page.getByRole('button', { name: 'Forget recent searches' }).click();
    await page.getByRole('button', { name: 'tulips has:link' }).waitFor({ state: 'detached' });
  });

  test('searches what is on the device while there is no connection, and says so', async () => {
    const { page } = alice;
    await page.goto(`${server.url}/app/search`);
    const box = page.getByRole('searchbox', { name: 'Search messages' });
    const list = page.getByRole('list', { name: 'Messages found' });
    const note = page.getByText('only the messages on this device are searched');
    await box.fill('tulips');
    await list.getByText('The tulips are blooming').waitFor();
    await profile.context.setOffline(true);
    await note.waitFor();
    await list.getByText('The tulips are blooming').waitFor();
    await box.fill('in:kitchen flowers');
    await list.getByText('No flowers here').waitFor();
    await box.fill('roses');
    await page.getByText('No messages found.').waitFor();
    await expectAccessible(page);

    await profile.context.setOffline(false);
    await note.waitFor({ state: 'detached' });
    await box.fill('noon');
    await list.getByText('Café at noon').waitFor();
  });

  test('reads the search from the address, also after Back, a reload and a login', async () => {
    const { page } = alice;
    await page.goto(`${server.url}/app/search?q=tulips+in%3Agarden&sort=newest`);
    const box = page.getByRole('searchbox', { name: 'Search messages' });
    const list = page.getByRole('list', { name: 'Messages found' });
    await list.getByText('The tulips are blooming').waitFor();
    assert.equal(await box.inputValue(), 'tulips in:garden');
    const newest = page.getByRole('button', { name: 'Newest', pressed: true });
    await newest.waitFor();

    await page.keyboard.press('Control+k');
    await page.keyboard.type('flowers');
    await page.getByRole('option', { name: 'All messages with “flowers”' }).waitFor();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await list.getByText('No flowers here').waitFor();
    await box.fill('noon');
    await page.waitForURL(/\?q=noon$/);
    await page.reload();
    await list.getByText('Café at noon').waitFor();
    await page.goBack();
    await list.getByText('The tulips are blooming').waitFor();
    await newest.waitFor();
    await page.goForward();
    await list.getByText('Café at noon').waitFor();

    await profile.context.clearCookies();
    await page.reload();
    await page.getByRole('textbox', { name: 'Username' }).waitFor();
    await alice.signIn('Log in');
    await list.getByText('Café at noon').waitFor();
    assert.equal(await box.inputValue(), 'noon');
  });
});
