/** Reports to the moderators of a server in a browser, and what those do about them. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Account, PASSWORD } from '../../packages/server/test/support/account.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { PageServer } from '../support/page-server.ts';
import { pressInHovered } from './hover.ts';
import { KEYBOARD, MOUSE, Person } from './person.ts';
import { expectFits, expectFitsAgain } from './sizes.ts';

/** Below the limit of a minute. */
const SPAM = 90;

describe('reports in a browser', { skip: browserSkip() }, () => {
  let server: PageServer;
  let profiles: Profile[];
  let owner: Person;
  let bob: Person;
  let carol: Person;

  before(async () => {
    const words = join(temporaryDirectory(), 'words.txt');
    writeFileSync(words, 'tulips\n');
    server = await PageServer.start({
      ...{ BLOCKED_WORDS_FILE: words, BLOCKED_WORDS_ACTION: 'report' },
      ...{ FIRST_ACCOUNT: 'owner', FLOOD_RULES: 'off' },
    });
    profiles = [await openProfile(), await openProfile(), await openProfile()];
    const people = ['alice', 'bob', 'carol'].map((name, index) => {
      const profile = profiles[index];
      assert(profile !== undefined);
      return new Person(profile.page, name, MOUSE);
    });
    [owner, bob, carol] = people as [Person, Person, Person];
    for (const person of people) {
      await person.register(server.url);
      await person.join('lobby');
    }
    await bob.say('Buy gold');
    await bob.say('Buy silver');
    await carol.sees('Buy silver');
  });
  after(async () => {
    for (const profile of profiles ?? []) await profile.close();
    await server?.stop();
  });

  async function report(text: string, reason: string): Promise<void> {
    await pressInHovered(carol.messages.filter({ hasText: text }), 'More actions');
    await carol.page.getByRole('menuitem', { name: 'Report…' }).click();
    const dialog = carol.page.getByRole('dialog', { name: 'Report this message of bob?' });
    await dialog.getByRole('textbox', { name: 'Reason' }).fill(reason);
    await expectFits(carol.page);
    await carol.press('Report', dialog);
    await dialog.waitFor({ state: 'detached' });
  }

  const queue = () => owner.page.getByRole('list', { name: 'Open reports' });

  test('reach the queue, where a moderator warns the author by keyboard', async () => {
    await report('Buy gold', 'Advertising');
    await owner.page.getByRole('link', { name: '1 open report' }).click();
    const row = queue().getByRole('listitem').filter({ hasText: 'Advertising' });
    await row.getByText('Buy gold').waitFor();
    await expectFits(owner.page);
    await new Person(owner.page, 'alice', KEYBOARD).press('Warn: bob', row);
    const dialog = owner.page.getByRole('dialog', { name: 'Warn bob?' });
    await dialog.getByRole('textbox', { name: 'Your text to them' }).fill('No advertising here');
    await owner.page.keyboard.press('Enter');
    await owner.page.getByText('The report about bob is closed.').waitFor();
    await owner.page.getByText('There is no open report.').waitFor();

    const warning = bob.page.getByRole('alert').filter({ hasText: 'No advertising here' });
    await warning.getByText('Your message: Buy gold').waitFor();
    await expectFits(bob.page);
    await bob.page.reload();
    await bob.press('Understood', warning);
    await warning.waitFor({ state: 'detached' });
  });

  test('lead to the deletion of a message', async () => {
    await report('Buy silver', 'Again');
    await owner.page.reload();
    const row = queue().getByRole('listitem').filter({ hasText: 'Again' });
    await owner.press('Delete message: bob', row);
    await owner.press('Delete message', owner.page.getByRole('dialog'));
    await owner.page.getByText('The report about bob is closed.').waitFor();

    await carol.page.getByText('This message was deleted.').waitFor();
  });

  test('of the word list are automatic', async () => {
    await bob.say('Free tulips');
    await carol.sees('Free tulips');
    await owner.page.reload();
    const row = queue().getByRole('listitem').filter({ hasText: 'Word list of the server' });
    await row.getByText(/^Automatic, /).waitFor();
    await expectFitsAgain(owner.page);
    await owner.press('Dismiss: bob', row);
    await owner.press('Dismiss', owner.page.getByRole('dialog'));
    await owner.page.getByText('The report about bob is closed.').waitFor();
  });

  test('a spammer loses all messages, live on all pages, while others write', async () => {
    const { page } = owner;
    const reports = page.url();
    await page.goto(bob.page.url());
    await owner.messages.getByRole('link', { name: 'bob' }).first().click();
    const spammer = await (await Account.logIn(server.url, 'bob')).connect();
    const roomId = new URL(bob.page.url()).pathname.split('/').at(-1);
    await spammer.joinRoom({ roomId });
    for (let sent = 1; sent <= SPAM; sent += 1) {
      await spammer.sendMessage({ roomId, content: `spam ${sent}` });
    }
    spammer.terminate();
    const people = [owner, bob, carol];
    for (const person of people) await person.sees(`spam ${SPAM}`);

    await owner.press('Delete all messages');
    const dialog = page.getByRole('dialog', { name: 'Delete all messages of bob?' });
    await expectFits(page, dialog.getByRole('button', { name: 'Delete messages' }));
    await owner.press('Delete messages', dialog);
    const told = page.getByText('The messages of bob are being deleted.');
    await told.waitFor();
    const written: string[] = [];
    while (written.length === 0 || (await carol.messageWith('spam').count()) > 0) {
      written.push(`I write ${written.length}`);
      await carol.say(written.at(-1) ?? '');
      await carol.sees(written.at(-1) ?? '');
    }
    await expectFitsAgain(page, told);
    await owner.press('Close profile');

    for (const person of people) {
      await person.sees(written.at(-1) ?? '');
      await person.messageWith('spam').first().waitFor({ state: 'detached' });
      const texts = (await person.shown()).map(({ text }) => text);
      const others = texts.filter((text) => text.startsWith('I write'));
      assert.ok(others.length > 0);
      assert.deepEqual(others, written.slice(-others.length));
    }
    // The account stays.
    await bob.say('It was a joke');
    await carol.sees('It was a joke');
    await page.goto(reports);
  });

  test('lead to a suspension, which ends the sessions and says until when', async () => {
    await carol.messages.getByRole('link', { name: 'bob' }).first().click();
    await carol.press('Report bob');
    const dialog = carol.page.getByRole('dialog', { name: 'Report bob?' });
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('Does not stop');
    await carol.press('Report', dialog);
    await dialog.waitFor({ state: 'detached' });
    await owner.page.reload();
    const row = queue().getByRole('listitem').filter({ hasText: 'Does not stop' });
    await owner.press('Suspend: bob', row);
    const asked = owner.page.getByRole('dialog', { name: 'Suspend bob?' });
    await asked.getByRole('radio', { name: '1 day' }).check();
    await asked.getByRole('textbox', { name: 'Your text to them' }).fill('Take a break');
    await expectFitsAgain(owner.page);
    await owner.press('Suspend', asked);
    await owner.page.getByText('The report about bob is closed.').waitFor();

    await bob.page.getByRole('heading', { name: /^Log in to/ }).waitFor();
    await bob.page.getByRole('textbox', { name: 'Username' }).fill('bob');
    await bob.page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await bob.press('Log in');
    await bob.page.getByText(/^This account is disabled until .*: Take a break$/).waitFor();
  });
});
