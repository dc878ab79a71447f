/** A new server in a browser: its owner is led through three steps, and it gets a name, a logo and people of a domain. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Mailbox } from '../../packages/server/test/support/mailbox.ts';
import { pngOf } from '../../packages/server/test/support/png.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { PageServer } from '../support/page-server.ts';
import { findFreePort } from '../support/parley-process.ts';
import { MOUSE, Person } from './person.ts';
import { expectFits, expectFitsAgain, PHONE } from './sizes.ts';

describe('a new server in a browser', { skip: browserSkip() }, () => {
  let mailbox: Mailbox;
  let server: PageServer;
  let profiles: Profile[];
  let olivia: Person;
  let nina: Person;

  before(async () => {
    mailbox = await Mailbox.open();
    const PORT = await findFreePort();
    server = await PageServer.start({
      ...{ PORT, PUBLIC_URL: `http://localhost:${PORT}` },
      ...{ SMTP_URL: mailbox.url, MAIL_FROM: 'chat@example.org', FIRST_ROOM: 'general' },
      ...{ FIRST_ACCOUNT: 'owner', REGISTRATION_EMAIL_DOMAINS: 'example.org' },
    });
    profiles = [await openProfile(PHONE), await openProfile()];
    const [first, second] = profiles;
    assert(first !== undefined && second !== undefined);
    olivia = new Person(first.page, 'olivia', MOUSE);
    nina = new Person(second.page, 'nina', MOUSE);
  });
  after(async () => {
    for (const profile of profiles ?? []) await profile.close();
    await server?.stop();
    await mailbox?.close();
  });

  const steps = () => olivia.page.getByRole('region', { name: 'First steps' });

  test('shows its owner three steps, which cover nothing on a phone', async () => {
    await olivia.page.goto(server.url);
    await olivia.press('Create account');
    await olivia.page.getByRole('textbox', { name: 'Username' }).fill('olivia');
    await olivia.page.getByRole('textbox', { name: 'Password' }).fill('correct horse');
    await olivia.press('Create account');
    await steps().waitFor();
    assert.equal(await steps().getByRole('link').count(), 3);

    const [box, tabs] = [
      await steps().boundingBox(),
      await olivia.page.getByRole('navigation').last().boundingBox(),
    ];
    assert(box !== null && tabs !== null);
    assert.ok(box.x >= 0 && box.x + box.width <= 390);
    assert.ok(box.y >= tabs.y + tabs.height || box.y + box.height <= tabs.y);
    await expectFits(olivia.page);
  });

  test('gets a name and a logo, which people see before they log in', async () => {
    await steps().getByRole('link', { name: 'Name your server' }).click();
    const { page } = olivia;
    await page.getByRole('textbox', { name: 'Name of the server' }).fill('Design Team');
    await olivia.press('Save name');
    await page.waitForFunction(() => document.title.endsWith('Design Team'));
    const logo = join(temporaryDirectory(), 'logo.png');
    writeFileSync(logo, pngOf(600, 300));
    await page.locator('input[type="file"]').setInputFiles(logo);
    await olivia.press(
      'Use this picture',
      page.getByRole('dialog', { name: 'Logo of the server' }),
    );
    await page.getByText('The logo is shown.').waitFor();
    await expectFits(page);

    await nina.page.goto(server.url);
    await nina.page.getByRole('heading', { name: 'Log in to Design Team' }).waitFor();
    await nina.page.locator('img[src^="/api/server/logo/"]').waitFor();
    assert.equal(await nina.page.title(), 'Design Team');
  });

  test('lets in people whose address of the domain is confirmed', async () => {
    const { page } = nina;
    await nina.press('Create account');
    await page.getByRole('textbox', { name: 'Username' }).fill('nina');
    await page.getByRole('textbox', { name: 'Password' }).fill('correct horse');
    const address = page.getByRole('textbox', { name: 'E-mail address' });
    await address.fill('nina@example.net');
    await nina.press('Create account');
    await page.getByText('use one of example.org').waitFor();
    await address.fill('nani@example.org');
    await nina.press('Create account');
    await page.getByRole('heading', { name: 'Confirm your e-mail address' }).waitFor();
    await expectFitsAgain(page);

    await mailbox.linkTo('nani@example.org', '/app/email/');
    await page.getByRole('textbox', { name: 'Another e-mail address' }).fill('nina@example.org');
    await nina.press('Send the link again');
    await page.getByText('The link is on its way.').waitFor();
    const other = await page.context().newPage();
    await other.goto(await mailbox.linkTo('nina@example.org', '/app/email/'));
    await other.getByRole('button', { name: 'Confirm' }).click();
    await other.getByText('Your e-mail address is confirmed.').waitFor();
    await nina.press('I have opened the link');
    await page.getByRole('navigation', { name: 'Rooms' }).waitFor();
    await page.getByRole('heading', { name: 'Design Team' }).waitFor();
  });

  test('has no more steps when they are done', async () => {
    await steps().getByRole('link', { name: 'Write the first message' }).click();
    await olivia.composer.fill('hello');
    await olivia.press('Send');
    await steps().waitFor({ state: 'detached' });
    await olivia.page.reload();
    await olivia.sees('hello');
    assert.equal(await steps().count(), 0);
  });
});
