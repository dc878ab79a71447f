/** Two-step sign-in: set up, used, lost and turned off. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PASSWORD } from '../../packages/server/test/support/account.ts';
import { totpCode } from '../../packages/server/test/support/totp.ts';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { PageServer } from '../support/page-server.ts';
import { focused } from './focused.ts';
import { MOUSE, Person } from './person.ts';
import { expectFits, expectFitsAgain, PHONE } from './sizes.ts';

const STEP_MS = 30_000;

describe('two-step sign-in in a browser', { skip: browserSkip() }, () => {
  let server: PageServer;
  let profile: Profile;
  let alice: Person;
  let secret = '';
  let recoveryCodes: readonly string[] = [];

  before(async () => {
    server = await PageServer.start({});
    profile = await openProfile(PHONE);
    alice = new Person(profile.page, 'alice', MOUSE);
    await alice.register(server.url);
  });
  after(async () => {
    await profile?.close();
    await server?.stop();
  });

  const section = () => alice.page.getByRole('region', { name: 'Two-step sign-in' });
  const openSection = async (): Promise<void> => {
    await alice.press('You');
    await alice.press('Account', alice.page.getByRole('dialog', { name: 'Settings' }));
    await section().getByRole('button').first().waitFor();
  };
  const codeField = () => alice.page.getByRole('textbox', { name: 'Code', exact: true });
  const logOut = async (): Promise<void> => {
    await alice.page.getByRole('region', { name: 'This browser' }).getByRole('button').click();
    await alice.press('Log out', alice.page.getByRole('dialog', { name: 'Log out?' }));
    await alice.page.getByRole('heading', { name: 'Log in to Parley' }).waitFor();
  };
  /** Up to the second step. */
  const enterPassword = async (): Promise<void> => {
    const { page } = alice;
    await page.getByRole('textbox', { name: 'Username' }).fill('alice');
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await alice.press('Log in');
    await page.getByRole('heading', { name: 'Enter your code' }).waitFor();
  };

  test('is set up with a QR code, and shows recovery codes once', async () => {
    await openSection();
    await alice.press('Turn on', section());
    const image = section().getByRole('img', { name: 'QR code for the authenticator app' });
    await image.waitFor();
    const code = section().getByRole('textbox', { name: 'Code of the app' });
    await focused(code);
    await expectFits(alice.page, image, code, section().getByRole('button', { name: 'Confirm' }));
    const key = (await section().getByText('Key:').textContent()) ?? '';
    secret = key.replace(/^Key:|\s/g, '');
    await code.fill('000000');
    await alice.press('Confirm', section());
    await section().getByText('This code is wrong, or was used. Try the next one.').waitFor();

    await code.fill(totpCode(secret, Date.now()));
    await alice.press('Confirm', section());

    const list = section().getByRole('list', { name: 'Recovery codes' });
    await list.waitFor();
    await expectFits(
      alice.page,
      list,
      section().getByRole('button', { name: 'I have saved them' }),
    );
    recoveryCodes = await list.getByRole('listitem').allTextContents();
    assert.equal(recoveryCodes.length, 10);
    const [download] = await Promise.all([
      alice.page.waitForEvent('download'),
      alice.press('Download', section()),
    ]);
    assert.equal(download.suggestedFilename(), 'parley-recovery-codes.txt');
    await alice.press('I have saved them', section());
    await section().getByText('10 recovery codes are left.').waitFor();
  });

  test('asks for the code in a second step, and takes it once', async () => {
    await logOut();
    await enterPassword();
    await focused(codeField());
    await expectFits(alice.page, codeField());
    await alice.press('Log in');
    await alice.page.getByText('Enter the code.').waitFor();
    await codeField().fill('000000');
    await alice.press('Log in');
    await alice.page.getByText('This code is wrong, or was used. Try the next one.').waitFor();
    await alice.press('Back');
    await alice.page.getByRole('heading', { name: 'Log in to Parley' }).waitFor();
    await enterPassword();

    await codeField().fill(totpCode(secret, Date.now() + STEP_MS));
    await alice.press('Log in');

    await alice.page.getByRole('navigation', { name: 'Rooms' }).waitFor();
  });

  test('takes a recovery code in place of the lost app, and is turned off', async () => {
    await openSection();
    await logOut();
    await enterPassword();
    await codeField().fill(recoveryCodes[0] ?? '');
    await alice.press('Log in');
    await alice.page.getByRole('navigation', { name: 'Rooms' }).waitFor();
    await openSection();
    await section().getByText('9 recovery codes are left.').waitFor();
    await alice.press('New recovery codes', section());
    const list = section().getByRole('list', { name: 'Recovery codes' });
    await list.waitFor();
    await expectFitsAgain(alice.page, list);
    const renewed = await list.getByRole('listitem').allTextContents();
    assert.equal(new Set([...recoveryCodes, ...renewed]).size, 20);
    await alice.press('I have saved them', section());
    await section().getByText('10 recovery codes are left.').waitFor();

    await alice.press('Turn off', section());
    const password = section().getByRole('textbox', { name: 'Password' });
    const code = section().getByRole('textbox', { name: 'Code of the app, or a recovery code' });
    await password.fill('wrong password');
    await code.fill(renewed[1] ?? '');
    await expectFitsAgain(alice.page, password, code);
    await alice.press('Turn off', section());
    await section().getByText('The password is wrong.').waitFor();
    await password.fill(PASSWORD);
    await alice.press('Turn off', section());

    await section().getByRole('button', { name: 'Turn on' }).waitFor();
    await logOut();
    await alice.signIn('Log in');
  });
});
