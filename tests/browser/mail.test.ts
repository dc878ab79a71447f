/** Mail in a browser: an invitation, the own address, and a forgotten password. */
import { after, before, describe, test } from 'node:test';
import { Mailbox } from '../../packages/server/test/support/mailbox.ts';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { PageServer } from '../support/page-server.ts';
import { findFreePort } from '../support/parley-process.ts';
import { MOUSE, Person } from './person.ts';
import { expectFits, expectFitsAgain } from './sizes.ts';

describe('mail in a browser', { skip: browserSkip() }, () => {
  let mailbox: Mailbox;
  let server: PageServer;
  let profiles: Profile[];
  let alice: Person;
  let nina: Person;

  before(async () => {
    mailbox = await Mailbox.open();
    const PORT = await findFreePort();
    server = await PageServer.start({
      ...{ PORT, PUBLIC_URL: `http://localhost:${PORT}` },
      ...{ SMTP_URL: mailbox.url, MAIL_FROM: 'chat@example.org' },
    });
    profiles = [await openProfile(), await openProfile()];
    const [first, second] = profiles;
    if (first === undefined || second === undefined) throw new Error('No profile');
    alice = new Person(first.page, 'alice', MOUSE);
    nina = new Person(second.page, 'nina', MOUSE);
  });
  after(async () => {
    for (const profile of profiles ?? []) await profile.close();
    await server?.stop();
    await mailbox?.close();
  });

  test('lets the people of several addresses in, and names an address that is none', async () => {
    await alice.register(server.url);
    await alice.join('garden');
    await alice.press('More about this conversation');
    await alice.page.getByRole('menuitem', { name: 'Invite people by link' }).click();
    const dialog = alice.page.getByRole('dialog', { name: 'Invite people to' });
    const addresses = dialog.getByRole('textbox', { name: 'Invite by e-mail' });

    await addresses.fill('nina@example.org, broken, otto@example.org');
    await alice.press('Send', dialog);

    await dialog.getByText('broken is not an e-mail address.').waitFor();
    await dialog.getByText('Invitation sent').waitFor();
    await addresses.fill('otto@example.org');
    await alice.press('Send', dialog);
    await mailbox.linkTo('otto@example.org', '/app/invite/');
    await alice.press('Close', dialog);

    await nina.page.goto(await mailbox.linkTo('nina@example.org', '/app/invite/'));
    await nina.page.getByRole('heading', { name: 'Create your account' }).waitFor();
    await nina.signIn('Create account');
    await nina.logOf('garden').waitFor();
  });

  test('confirms an address, to which the link for a new password is sent', async () => {
    const { page } = nina;
    await nina.press('Settings');
    await page.getByRole('tab', { name: 'Account' }).click();
    const address = page.getByRole('textbox', { name: 'E-mail address' });
    await address.fill('nina@example.org');
    await expectFitsAgain(page, address);
    await nina.press('Save e-mail address');
    await page.goto(await mailbox.linkTo('nina@example.org', '/app/email/'));
    await expectFits(page, page.getByRole('button', { name: 'Confirm' }));
    await nina.press('Confirm');
    await page.getByText('Your e-mail address is confirmed.').waitFor();
    await page.goto(server.url);
    await nina.logOut();

    await page.getByRole('link', { name: 'Forgot your password?' }).click();
    await page.getByRole('textbox', { name: 'Username or e-mail' }).fill('nina@example.org');
    await expectFits(page, page.getByRole('button', { name: 'Send link' }));
    await nina.press('Send link');
    await page.getByText('the link is on its way').waitFor();
    await expectFitsAgain(page);
    await page.goto(await mailbox.linkTo('nina@example.org', '/app/reset/'));
    for (const name of ['New password', 'New password again']) {
      await page.getByRole('textbox', { name, exact: true }).fill('a newer horse battery');
    }
    await expectFits(page, page.getByRole('button', { name: 'Save password' }));
    await page.keyboard.press('Enter');
    await page.getByRole('navigation', { name: 'Rooms' }).waitFor();
  });
});
