/** Passkeys with Chromium's own authenticator: added, used, renamed, removed and recovered. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import type { CDPSession } from 'playwright-core';
import { PASSWORD } from '../../packages/server/test/support/account.ts';
import { run } from '../../packages/server/test/support/parley-command.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { PageServer } from '../support/page-server.ts';
import { findFreePort } from '../support/parley-process.ts';
import { MOUSE, Person } from './person.ts';
import { expectFits, expectFitsAgain, PHONE } from './sizes.ts';

const TEN_MINUTES_MS = 10 * 60 * 1000;

describe('passkeys in a browser', { skip: browserSkip() }, () => {
  const DATA_DIR = temporaryDirectory();
  let server: PageServer;
  let profile: Profile;
  let alice: Person;
  let devices: CDPSession;
  let authenticatorId: string;
  /** The authenticator answers at once, in place of a user who opens the list below the username. */
  let showsList = false;

  before(async () => {
    const PORT = await findFreePort();
    server = await PageServer.start({ PORT, DATA_DIR });
    profile = await openProfile(PHONE);
    await profile.page.exposeFunction('showsList', () => showsList);
    await profile.page.addInitScript(() => {
      const { showsList: available } = globalThis as unknown as {
        showsList: () => Promise<boolean>;
      };
      PublicKeyCredential.isConditionalMediationAvailable = available;
    });
    devices = await profile.page.context().newCDPSession(profile.page);
    await devices.send('WebAuthn.enable');
    ({ authenticatorId } = await devices.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true },
        ...{ hasUserVerification: true, isUserVerified: true },
      },
    }));
    alice = new Person(profile.page, 'alice', MOUSE);
    await alice.register(`http://localhost:${PORT}`);
  });
  after(async () => {
    await profile?.close();
    await server?.stop();
  });

  const section = () => alice.page.getByRole('region', { name: 'Passkeys' });
  const openSection = async (): Promise<void> => {
    await alice.press('You');
    await alice.press('Account', alice.page.getByRole('dialog', { name: 'Settings' }));
    await section().getByRole('button', { name: 'Add a passkey' }).waitFor();
  };
  const pressLogOut = async (): Promise<void> => {
    await alice.page.getByRole('region', { name: 'This browser' }).getByRole('button').click();
    await alice.press('Log out', alice.page.getByRole('dialog', { name: 'Log out?' }));
  };
  const logOut = async (): Promise<void> => {
    await pressLogOut();
    await alice.page.getByRole('heading', { name: 'Log in to Parley' }).waitFor();
  };
  const signIn = () => alice.press('Sign in with a passkey');
  const isIn = () => alice.page.getByRole('navigation', { name: 'Rooms' }).waitFor();
  const setVerified = (isUserVerified: boolean) =>
    devices.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
  const ageSessions = (): void => {
    const database = new DatabaseSync(join(DATA_DIR, 'parley.db'), { timeout: 10_000 });
    database.exec(
      `UPDATE sessions SET created_at = created_at - ${TEN_MINUTES_MS}, proved_at = NULL`,
    );
    database.close();
  };

  test('one is added, and has a name', async () => {
    await openSection();
    await section().getByText('You have no passkey.').waitFor();
    await expectFits(alice.page);
    await section().getByRole('textbox', { name: 'Name of the new passkey' }).fill('Phone');

    await alice.press('Add a passkey', section());

    const list = section().getByRole('list', { name: 'Passkeys' });
    await list.getByText('Phone').waitFor();
    await list.getByText('Not used yet').waitFor();
    const { credentials } = await devices.send('WebAuthn.getCredentials', { authenticatorId });
    assert.deepEqual(
      credentials.map(({ isResidentCredential, rpId }) => [isResidentCredential, rpId]),
      [[true, 'localhost']],
    );
    await alice.press('Rename Phone', section());
    const dialog = alice.page.getByRole('dialog', { name: 'Rename the passkey' });
    await expectFitsAgain(alice.page);
    await dialog.getByRole('textbox', { name: 'Name' }).fill('My phone');
    await alice.press('Save', dialog);
    await list.getByText('My phone').waitFor();
    await expectFitsAgain(alice.page, list.getByText('My phone'));

    await alice.press('Add a passkey', section());
    await section().getByText('This device already has a passkey of your account.').waitFor();
  });

  test('it signs in without a username, once the device knows its user', async () => {
    await logOut();
    await expectFitsAgain(alice.page);
    await setVerified(false);
    await signIn();
    await alice.page.getByText('No passkey was used.').waitFor();
    await setVerified(true);

    await signIn();

    await isIn();
    await openSection();
    await section().getByText('Last used').waitFor();
  });

  test('the browser lists it below the username', async () => {
    showsList = true;
    const offered = alice.page.waitForRequest(/\/passkeys\/login\/begin$/);
    await pressLogOut(); // The page of the login may be gone at once.
    await offered;

    await isIn();

    showsList = false;
    await openSection();
  });

  test('it confirms a dangerous act, and signs in no more when it is removed', async () => {
    ageSessions();
    await alice.press('Remove My phone', section());
    const dialog = alice.page.getByRole('dialog', { name: 'Confirm that it is you' });
    await dialog.getByRole('button', { name: 'Use a passkey' }).waitFor();
    await expectFits(alice.page);

    await alice.press('Use a passkey', dialog);

    await section().getByText('You have no passkey.').waitFor();
    await logOut();
    await signIn();
    await alice.page.getByText('This passkey was not accepted.').waitFor();
    await alice.signIn('Log in');
  });

  test('lost ones are removed by the operator, and the user adds another', async () => {
    await openSection();
    await alice.press('Add a passkey', section());
    await section().getByText('Not used yet').waitFor();

    const input = Readable.from([PASSWORD]);
    const args = ['users', 'reset', 'alice', '--password-stdin'];
    const reset = await run(args, { DATA_DIR }, input);

    assert.equal(reset.code, 0, reset.stderr);
    await alice.page.getByRole('heading', { name: 'Log in to Parley' }).waitFor();
    await signIn();
    await alice.page.getByText('This passkey was not accepted.').waitFor();
    await devices.send('WebAuthn.clearCredentials', { authenticatorId });
    await alice.signIn('Log in');
    await openSection();
    await section().getByText('You have no passkey.').waitFor();
    await alice.press('Add a passkey', section());
    await section().getByText('Not used yet').waitFor();
    await logOut();
    await signIn();
    await isIn();
  });
});
