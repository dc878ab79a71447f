/** Sign-in with a real OpenID provider in a browser: a new account, and the next time. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { IdentityProvider } from '../../packages/server/test/support/identity-provider.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { PageServer } from '../support/page-server.ts';
import { findFreePort } from '../support/parley-process.ts';
import { expectFits, expectFitsAgain, PHONE } from './sizes.ts';

describe('sign-in with a provider in a browser', { skip: browserSkip() }, () => {
  let company: IdentityProvider;
  let server: PageServer;
  let profile: Profile;

  before(async () => {
    const PORT = await findFreePort();
    const PUBLIC_URL = `http://localhost:${PORT}`;
    company = await IdentityProvider.start(`${PUBLIC_URL}/api/auth/oidc/company/callback`);
    company.people.set('alice', { preferred_username: 'alice', name: 'Alice Example' });
    const OIDC_PROVIDERS_FILE = join(temporaryDirectory(), 'oidc.json');
    const settings = { ...company.settings, label: 'Example Company' };
    writeFileSync(OIDC_PROVIDERS_FILE, JSON.stringify({ company: settings }));
    server = await PageServer.start({ PORT, PUBLIC_URL, OIDC_PROVIDERS_FILE });
    profile = await openProfile(PHONE);
  });
  after(async () => {
    await profile?.close();
    await server?.stop();
    await company?.close();
  });

  const openPage = async (): Promise<void> => {
    const { port } = new URL(server.url);
    await profile.page.goto(`http://localhost:${port}/app/browse`);
    await profile.page.getByRole('heading', { name: 'Log in to Parley' }).waitFor();
  };
  const signIn = () =>
    profile.page.getByRole('link', { name: 'Continue with Example Company' }).click();

  test('creates an account when the user agrees', async () => {
    const { page } = profile;
    await openPage();
    await expectFits(page);

    await signIn();

    await page.getByRole('heading', { name: 'Create your account' }).waitFor();
    await page.getByText('Example Company has confirmed who you are.').waitFor();
    await expectFitsAgain(page);
    const username = page.getByRole('textbox', { name: 'Username' });
    assert.equal(await username.inputValue(), 'alice');
    await username.fill('a');
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByText('A username has 3 to 20 letters').waitFor();
    await username.fill('alice');
    await page.getByRole('button', { name: 'Create account' }).click();

    await page.waitForURL((url) => url.pathname === '/app/browse');
    await page.goto(new URL('/app/', page.url()).href);
    await page.getByRole('navigation', { name: 'Rooms' }).first().waitFor();
  });

  test('signs in the next time without a question, and says if the user declines', async () => {
    const { page } = profile;
    // Ends the session: the answer to a running request of the page may still renew the cookie.
    const answer = await page.request.post(new URL('/logout', page.url()).href, { data: {} });
    assert.equal(answer.status(), 200);
    // At the provider, too.
    await page.context().clearCookies();
    company.person = undefined;
    await openPage();
    await signIn();
    await page.getByRole('heading', { name: 'You are not signed in' }).waitFor();
    await expectFits(page);
    company.person = 'alice';
    await page.getByRole('link', { name: 'Back to the login page' }).click();

    await signIn();

    await page.getByRole('navigation', { name: 'Rooms' }).first().waitFor();
  });

  test('shows the connected provider in the settings, and keeps the only way in', async () => {
    const { page } = profile;
    await page.getByRole('button', { name: 'You' }).click();
    const dialog = page.getByRole('dialog', { name: 'Settings' });
    await dialog.getByRole('button', { name: 'Account' }).click();
    const section = page.getByRole('region', { name: 'Sign-in with a provider' });

    await section.getByRole('button', { name: 'Disconnect Example Company' }).click();

    await section.getByText('This is the only way into your account').waitFor();
    await expectFits(page);
  });
});
