/** Sign-ins by other devices, as the page tells of them. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { PageServer } from '../support/page-server.ts';
import { expectAccessible, expectAccessibleAgain } from './accessible.ts';
import { KEYBOARD, MOUSE, Person } from './person.ts';

const PHONE = {
  viewport: { width: 390, height: 844 },
  userAgent: 'Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0',
};

describe('notices of sign-ins in a browser', { skip: browserSkip() }, () => {
  let server: PageServer;
  let profiles: Profile[];
  let desk: Person;
  let phone: Person;

  before(async () => {
    server = await PageServer.start({});
    const [first, second] = [await openProfile(), await openProfile(PHONE)];
    profiles = [first, second];
    desk = new Person(first.page, 'alice', MOUSE);
    phone = new Person(second.page, 'alice', MOUSE);
    await desk.register(server.url);
    await desk.join('lobby');
  });
  after(async () => {
    for (const profile of profiles ?? []) await profile.close();
    await server?.stop();
  });

  const noticeOn = ({ page }: Person) =>
    page.getByRole('alert', { name: 'Security' }).filter({ hasText: 'New sign-in' });

  test('end the session of a stranger, who is logged out', async () => {
    await phone.logIn(server.url);

    const notice = noticeOn(desk);
    await notice
      .getByText(/^New sign-in: Firefox on Android, 127\.0\.0\.1, \d\d:\d\d\.$/)
      .waitFor();
    await notice.getByText('Was it you?').waitFor();
    await expectAccessible(desk.page);
    assert.equal(await noticeOn(phone).count(), 0);
    await new Person(desk.page, 'alice', KEYBOARD).press('End that session', notice);
    await notice.waitFor({ state: 'detached' });
    await phone.page.getByRole('heading', { name: /^Log in to/ }).waitFor();
    await desk.page.reload();
    await desk.composer.waitFor();
    assert.equal(await noticeOn(desk).count(), 0);
  });

  test('stay over a reload until they are dismissed', async () => {
    await phone.page.goto(server.url);
    await phone.logIn(server.url);
    await noticeOn(desk).waitFor();
    await desk.page.reload();
    await desk.press('Dismiss', noticeOn(desk));
    await noticeOn(desk).waitFor({ state: 'detached' });
    const listed = desk.page.waitForResponse(/\/api\/auth\/notices$/);
    await desk.page.reload();
    assert.deepEqual(await (await listed).json(), { notices: [] });
    await desk.composer.waitFor();
    assert.equal(await noticeOn(desk).count(), 0);
  });

  test('have a place in the list of sessions, with address and times', async () => {
    await desk.press('Settings');
    const dialog = desk.page.getByRole('dialog', { name: 'Settings' });
    await dialog.getByRole('tab', { name: 'Account' }).click();
    const sessions = dialog.getByRole('list', { name: 'Sessions' }).getByRole('listitem');
    const row = sessions.filter({ hasText: 'Firefox on Android' });
    await row.getByText(/From 127\.0\.0\.1 · Logged in .* · Last seen/).waitFor();
    assert.equal(await sessions.count(), 2);
    await expectAccessibleAgain(desk.page);
  });
});
