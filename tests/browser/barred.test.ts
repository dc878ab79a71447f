/** A suspended user who returns with a new account of the same invitation, in a browser. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Account, PASSWORD, post } from '../../packages/server/test/support/account.ts';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { PageServer } from '../support/page-server.ts';
import { MOUSE, Person } from './person.ts';
import { expectFits, PHONE } from './sizes.ts';

const HOUR_MS = 60 * 60_000;

interface Invited {
  readonly invite: { readonly url: string; readonly token: string };
}

describe('a suspended user', { skip: browserSkip() }, () => {
  let server: PageServer;
  let profile: Profile;
  let owner: Account;

  before(async () => {
    server = await PageServer.start({
      ...{ FIRST_ACCOUNT: 'owner', REGISTRATION: 'invited' },
    });
    profile = await openProfile(PHONE);
    owner = await Account.signUp(server.url, 'olivia');
  });
  after(async () => {
    await profile?.close();
    await server?.stop();
  });

  test('does not return by a new account of the same invitation, and is told why', async () => {
    const { invite } = await owner.must<Invited>('POST', '/api/invites', { uses: 5 });
    const { page } = profile;
    const mallory = new Person(page, 'mallory', MOUSE);
    await page.goto(invite.url);
    await mallory.signIn('Create account');
    const { users } = await owner.must<{ users: { id: string }[] }>(
      ...(['GET', '/api/admin/users?q=mallory'] as const),
    );
    const until = new Date(Date.now() + HOUR_MS).toISOString();
    const suspension = { until, reason: 'Spam' };
    await owner.must('POST', `/api/admin/users/${users[0]?.id}/disable`, suspension);

    await page.getByRole('heading', { name: /^Log in/ }).waitFor();
    await page.goto(invite.url);
    const username = page.getByRole('textbox', { name: 'Username' });
    await page.getByRole('heading', { name: 'Create your account' }).waitFor();
    await username.fill('innocent');
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Create account', exact: true }).click();

    await page.getByText('An account from your network, or of this invitation').waitFor();
    await expectFits(page);
    // Others of the same network are not taken for the user: loopback names no network.
    const { invite: other } = await owner.must<Invited>('POST', '/api/invites', {});
    const about = { username: 'newcomer', password: PASSWORD, invite: other.token };
    assert.equal((await post(`${server.url}/register`, about)).status, 201);
  });
});
