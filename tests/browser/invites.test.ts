/** A link that lets people in, in a browser: from the menu of a room to the first message of a newcomer. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { PageServer } from '../support/page-server.ts';
import { MOUSE, Person } from './person.ts';
import { expectFits } from './sizes.ts';

describe('invitation links in a browser', { skip: browserSkip() }, () => {
  let server: PageServer;
  let profile: Profile;
  let other: Profile;

  before(async () => {
    server = await PageServer.start();
    [profile, other] = [await openProfile(), await openProfile()];
  });
  after(async () => {
    await other?.close();
    await profile?.close();
    await server?.stop();
  });

  test('let a newcomer sign up into the room, and a user join it', async () => {
    const alice = new Person(await profile.context.newPage(), 'alice', MOUSE);
    await alice.register(server.url);
    await alice.join('garden');
    await alice.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);

    await alice.press('More about this conversation');
    await alice.page.getByRole('menuitem', { name: 'Invite people by link' }).click();
    const dialog = alice.page.getByRole('dialog', { name: 'Invite people to' });
    await expectFits(alice.page, dialog);
    await alice.press('Copy link', dialog);
    await dialog.getByText('Copied', { exact: true }).waitFor();
    const link = await alice.page.evaluate(() => navigator.clipboard.readText());
    await alice.press('Close', dialog);

    assert.match(link, new RegExp(`^${server.url}/app/invite/[\\w-]{43}$`));
    const bob = new Person(await other.context.newPage(), 'bob', MOUSE);
    const referrers: (string | undefined)[] = [];
    bob.page.on('request', (request) => referrers.push(request.headers()['referer']));
    await bob.page.goto(link);
    await bob.page.getByRole('heading', { name: 'Create your account' }).waitFor();
    await expectFits(bob.page);
    await bob.signIn('Create account');
    await bob.logOf('garden').waitFor();
    assert.match(bob.page.url(), /\/app\/rooms\//);
    assert.deepEqual([...new Set(referrers)].filter(Boolean), []);
    await bob.say('Here I am');
    await alice.sees('Here I am');

    await alice.press('Settings');
    const settings = alice.page.getByRole('dialog', { name: 'Settings' });
    await settings.getByRole('tab', { name: 'Account' }).click();
    const links = settings.getByRole('list', { name: 'Your invitation links' });
    await links.getByText(/^1 room · used once · valid until/).waitFor();
    await links.getByRole('button', { name: /^Revoke the link made/ }).click();
    await settings.getByText('No link of yours lets people in.').waitFor();

    await bob.page.goto(link);
    await bob.page.getByText('The link has expired or was revoked.').waitFor();
  });
});
