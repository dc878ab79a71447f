/** Sign-in that the operator requires, in a browser: a second factor is set up, and a provider is used. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Account, PASSWORD } from '../../packages/server/test/support/account.ts';
import { IdentityProvider } from '../../packages/server/test/support/identity-provider.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { totpCode } from '../../packages/server/test/support/totp.ts';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { PageServer } from '../support/page-server.ts';
import { findFreePort } from '../support/parley-process.ts';
import { expectFits, expectFitsAgain, PHONE } from './sizes.ts';

const STEP_MS = 30_000;
/** The answer says how users sign in. */
const SESSION = '**/api/auth/session';

describe('required sign-in in a browser', { skip: browserSkip() }, () => {
  let company: IdentityProvider;
  let settings: Record<string, string>;
  let server: PageServer;
  let profile: Profile;
  let address: string;

  before(async () => {
    const PORT = await findFreePort();
    const DATA_DIR = temporaryDirectory();
    address = `http://localhost:${PORT}`;
    company = await IdentityProvider.start(`${address}/api/auth/oidc/company/callback`);
    const OIDC_PROVIDERS_FILE = join(DATA_DIR, 'oidc.json');
    const provider = { ...company.settings, label: 'Example Company' };
    writeFileSync(OIDC_PROVIDERS_FILE, JSON.stringify({ company: provider }));
    settings = {
      ...{ PORT, DATA_DIR, PUBLIC_URL: address, OIDC_PROVIDERS_FILE },
      FIRST_ACCOUNT: 'owner',
    };
    server = await PageServer.start({ ...settings, REQUIRED_SIGN_IN: 'two-step' });
    for (const username of ['olivia', 'alice', 'paula']) await Account.signUp(server.url, username);
    profile = await openProfile(PHONE);
  });
  after(async () => {
    await profile?.close();
    await server?.stop();
    await company?.close();
  });

  const restart = async (required: string): Promise<void> => {
    await server.stop();
    server = await PageServer.start({ ...settings, REQUIRED_SIGN_IN: required });
  };
  const rooms = () => profile.page.getByRole('navigation', { name: 'Rooms' }).first();
  const press = (name: string) => profile.page.getByRole('button', { name, exact: true }).click();
  /** On the server too: the answer to a running request of the page may renew a cookie that was cleared. */
  const endSession = async (): Promise<void> => {
    const answer = await profile.page.request.post(`${address}/logout`, { data: {} });
    assert.equal(answer.status(), 200);
  };
  const openLoggedOut = async (): Promise<void> => {
    await endSession();
    await profile.page.goto(`${address}/app/`);
  };
  const logIn = async (username: string): Promise<void> => {
    const { page } = profile;
    await page.getByRole('textbox', { name: 'Username' }).fill(username);
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await press('Log in');
  };
  let secret = '';

  test('a user without a second factor is asked for it, sets it up, and is in the chat', async () => {
    const { page } = profile;
    await page.goto(`${address}/app/`);
    await logIn('alice');

    const title = page.getByRole('heading', { name: 'Your server asks for a second factor' });
    await title.waitFor();
    await page.getByText('Set up two-step sign-in to continue as alice.').waitFor();
    await page.getByRole('link', { name: 'Continue with Example Company' }).waitFor();
    await expectFits(page);
    await page.reload();
    await title.waitFor();
    await press('Turn on');
    const key = (await page.getByText('Key:').textContent()) ?? '';
    secret = key.replace(/^Key:|\s/g, '');
    await page.getByRole('textbox', { name: 'Code of the app' }).fill(totpCode(secret, Date.now()));
    await press('Confirm');
    await page.getByRole('list', { name: 'Recovery codes' }).waitFor();
    await expectFitsAgain(page);
    await press('I have saved them');

    await rooms().waitFor();
    await page.reload();
    await rooms().waitFor();
  });

  test('a page that is open when a provider becomes required asks for it', async () => {
    const { page } = profile;
    // Without the user of the last visit, the page asks who is logged in, and how users sign in.
    await page.evaluate(() => localStorage.removeItem('parley.user'));
    await page.reload();
    await rooms().waitFor();
    await page.route(SESSION, (route) => route.fulfill({ status: 503, json: {} }));
    await restart('provider');

    await page.getByRole('heading', { name: 'Your server asks for another sign-in' }).waitFor();
    await expectFits(page);
    await press('Log out');
    await page.getByRole('textbox', { name: 'Username' }).waitFor();
    await page.unroute(SESSION);

    const link = page.getByRole('link', { name: 'Continue with Example Company' });
    await link.waitFor();
    await page.getByRole('button', { name: 'Use the password' }).waitFor();
    await expectFitsAgain(page);
    await page.getByRole('textbox').first().waitFor({ state: 'detached' });
    company.people.set('carla', { preferred_username: 'carla', name: 'Carla' });
    company.person = 'carla';
    await link.click();
    await page.getByRole('button', { name: 'Create account' }).click();
    await rooms().waitFor();
  });

  test('passwords sign in the owner only, as the page says after an overload too', async () => {
    const { page } = profile;
    await page.reload();
    await rooms().waitFor();
    await page.route(SESSION, (route) => route.fulfill({ status: 503, json: {} }));
    await endSession();
    await page.getByRole('textbox', { name: 'Username' }).waitFor();
    await page.unroute(SESSION);
    await press('Use the password');
    await logIn('alice');
    await page.getByText('This server signs in with a provider only.').waitFor();
    await expectFitsAgain(page);

    await logIn('olivia');

    await rooms().waitFor();
  });

  test('an account with a factor signs in with its code', async () => {
    const { page } = profile;
    await restart('two-step');
    await openLoggedOut();
    await logIn('alice');
    const code = page.getByRole('textbox', { name: 'Code', exact: true });
    await code.fill(totpCode(secret, Date.now() + STEP_MS));
    await press('Log in');

    await rooms().waitFor();
  });

  test('a passkey is added in place of codes, and used after the password', async () => {
    const { page } = profile;
    const devices = await page.context().newCDPSession(page);
    await devices.send('WebAuthn.enable');
    await devices.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true },
        ...{ hasUserVerification: true, isUserVerified: true },
      },
    });
    // It would answer at once, in place of a user who opens the list below the username.
    await page.addInitScript(() => {
      PublicKeyCredential.isConditionalMediationAvailable = async () => false;
    });
    await openLoggedOut();
    await logIn('paula');
    await page.getByText('Or add a passkey').waitFor();
    await expectFitsAgain(page);
    await press('Add a passkey');
    await rooms().waitFor();

    await openLoggedOut();
    await logIn('paula');
    const use = page.getByRole('button', { name: 'Use a passkey' });
    await use.waitFor();
    await expectFitsAgain(page);
    await page.getByRole('button', { name: 'Turn on' }).waitFor({ state: 'detached' });
    await use.click();
    await rooms().waitFor();
  });
});
