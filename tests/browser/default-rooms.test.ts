/** The first hour of a server: its first room, and rooms that everybody joins. */
import { after, before, describe, test } from 'node:test';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { PageServer } from '../support/page-server.ts';
import { MOUSE, Person } from './person.ts';
import { expectFits } from './sizes.ts';

describe('rooms that everybody joins', { skip: browserSkip() }, () => {
  let server: PageServer;
  let profiles: readonly [Profile, Profile];
  before(async () => {
    server = await PageServer.start({
      ...{ FIRST_ACCOUNT: 'owner', FIRST_ROOM: 'general' },
    });
    profiles = [await openProfile(), await openProfile()];
  });
  after(async () => {
    for (const profile of profiles ?? []) await profile.close();
    await server?.stop();
  });

  test('are there for the owner at once, and for those who come later', async () => {
    const [olga, nils] = [
      new Person(profiles[0].page, 'olga', MOUSE),
      new Person(profiles[1].page, 'nils', MOUSE),
    ];
    await olga.register(server.url);
    await olga.listed('Rooms', 'general').waitFor();
    await olga.browse();
    await olga.press('New room');
    const creation = olga.page.getByRole('dialog', { name: 'New room' });
    await creation.getByRole('textbox', { name: 'Name' }).fill('news');
    await creation.getByRole('checkbox', { name: 'Everybody joins this room' }).check();
    await olga.press('Create room', creation);
    await olga.logOf('news').waitFor();
    await olga.choose('Room details');
    const details = olga.page.getByRole('dialog', { name: 'Room details' });
    const everybody = details.getByRole('checkbox', { name: /^Everybody joins this room/ });
    await everybody.and(olga.page.locator(':checked')).waitFor();
    await expectFits(olga.page, details);
    await olga.page.keyboard.press('Escape');

    await nils.register(server.url);

    for (const name of ['general', 'news']) await nils.listed('Rooms', name).waitFor();
    await nils.listed('Rooms', 'general').click();
    await nils.composer.waitFor();
    await nils.say('Hello!');
    await nils.sees('Hello!');
  });
});
