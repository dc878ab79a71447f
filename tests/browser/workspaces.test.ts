/** Workspaces with channels, and group conversations. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Account } from '../../packages/server/test/support/account.ts';
import { browserSkip } from '../support/browser.ts';
import { expectAccessible, expectAccessibleAgain } from './accessible.ts';
import { focused } from './focused.ts';
import { Pair } from './pair.ts';
import type { Person } from './person.ts';

describe('workspaces and groups', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;

  before(async () => {
    pair = await Pair.open();
    ({ alice, bob } = pair);
  });
  after(() => pair?.close());

  async function command({ page }: Person, name: string): Promise<void> {
    await page.keyboard.press('ControlOrMeta+K');
    await page.getByRole('dialog', { name: 'Jump to' }).getByRole('combobox').fill(name);
    await page.getByRole('option', { name, selected: true }).waitFor();
    await page.keyboard.press('Enter');
  }

  const channel = ({ page }: Person, workspace: string, name: string) =>
    page.getByRole('list', { name: workspace }).getByRole('link', { name });

  test('a workspace is created with a channel, and its members read it', async () => {
    const { page } = alice;
    await command(alice, 'New workspace');
    const creation = page.getByRole('dialog', { name: 'New workspace' });
    await creation.getByRole('textbox', { name: 'Workspace name' }).fill('Halden');
    await creation.getByRole('button', { name: 'Create workspace' }).click();
    await creation.waitFor({ state: 'detached' });

    await alice.press('New channel in Halden');
    const naming = page.getByRole('dialog', { name: 'New channel in Halden' });
    await expectAccessibleAgain(alice.page);
    await naming.getByRole('textbox', { name: 'Channel name' }).fill('design');
    await page.keyboard.press('Enter');
    await alice.logOf('design').waitFor();
    await channel(alice, 'Halden', 'design').waitFor();
    await alice.say('only for members');

    await alice.press('People of Halden');
    const people = page.getByRole('dialog', { name: 'People of Halden' });
    const add = people.getByRole('button', { name: 'Add', exact: true });
    const choose = async (text: string): Promise<void> => {
      await people.getByRole('searchbox', { name: 'Find people' }).fill(text);
      const found = people.getByRole('list', { name: 'People found' });
      await found.getByRole('button', { name: /bob/ }).click();
      await people.getByRole('button', { name: 'Remove bob' }).waitFor();
    };
    await choose('bo');
    await expectAccessibleAgain(alice.page);
    await add.click();
    await people.getByText('bob was added.').waitFor();
    const members = people.getByRole('list', { name: 'Members of the workspace' });
    await members.getByRole('button', { name: 'Remove bob' }).click();
    await people.getByText('bob was removed.').waitFor();
    await focused(people.getByRole('heading', { name: 'Halden' }));
    await choose('bob');
    await add.click();
    await people.getByText('bob was added.').waitFor();
    await members.getByRole('button', { name: 'Remove bob' }).waitFor();
    await expectAccessibleAgain(alice.page);
    await people.getByRole('button', { name: 'Close workspace' }).click();

    await bob.page.reload();
    await channel(bob, 'Halden', 'design').click();
    await bob.sees('only for members');
    await expectAccessibleAgain(bob.page);
  });

  test('a workspace whose channels all have unread messages is not empty', async () => {
    await bob.browse();
    await alice.say('something new');
    await channel(bob, 'Unread', 'design').waitFor();
    assert.equal(await bob.page.getByText('No channels yet.').count(), 0);
    await channel(bob, 'Unread', 'design').click();
    await bob.sees('something new');

    const gates = {
      members: Promise.withResolvers<void>(),
      channels: Promise.withResolvers<void>(),
    };
    for (const [path, gate] of Object.entries(gates)) {
      await bob.page.route(`**/api/workspaces/*/${path}*`, async (route) => {
        await gate.promise;
        await route.continue();
      });
    }
    await bob.press('People of Halden');
    const dialog = bob.page.getByRole('dialog', { name: 'People of Halden' });
    const leave = dialog.getByRole('button', { name: 'Leave workspace' });
    const place = await leave.boundingBox();
    gates.members.resolve();
    await dialog.getByText('owner').waitFor();
    assert.equal(await dialog.getByText('No channels yet.').count(), 0);
    gates.channels.resolve();
    await dialog.getByRole('button', { name: 'design' }).waitFor();
    // A press that began before the answers came would be lost.
    assert.deepEqual(await leave.boundingBox(), place);
    await bob.page.unrouteAll();
    await bob.page.keyboard.press('Escape');
  });

  test('a workspace whose channels are not listed yet is not empty', async () => {
    const page = await bob.page.context().newPage();
    await page.addInitScript(() => {
      // A browser that was not here before, with a socket for this tab.
      localStorage.clear();
      Object.defineProperty(navigator, 'locks', { value: undefined });
    });
    await page.routeWebSocket(/\/ws$/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((message) => {
        if (!String(message).includes('"room_list"')) socket.send(message);
      });
    });
    await page.goto(`${pair.url}/app/activity`);
    await page.getByRole('heading', { name: 'Halden' }).waitFor();
    assert.equal(await page.getByText('No channels yet.').count(), 0);
    await page.close();
  });

  test('a user who is removed has neither the workspace nor its unread messages', async () => {
    const carol = await Account.signUp(pair.url, 'carol');
    const { workspace } = await carol.must<{ workspace: { id: string } }>(
      'POST',
      '/api/workspaces',
      { name: 'Corvo' },
    );
    const path = `/api/workspaces/${workspace.id}`;
    const created = await carol.must<{ channel: { id: string } }>('POST', `${path}/channels`, {
      name: 'secret',
    });
    await carol.must('POST', `${path}/members`, { username: 'bob' });
    await bob.page.reload();
    await channel(bob, 'Corvo', 'secret').click();
    await bob.logOf('secret').waitFor();
    await bob.page.goto(`${pair.url}/app/browse`);
    await channel(bob, 'Corvo', 'secret').waitFor();
    const socket = await carol.connect();
    await socket.joinRoom({ roomId: created.channel.id });
    await socket.sendMessage({ roomId: created.channel.id, content: 'look, @bob' });
    await bob.page.waitForFunction(() => document.title.startsWith('(1)'));
    await carol.must('DELETE', `${path}/members`, { username: 'bob' });

    await bob.page.waitForFunction(() => !document.title.startsWith('('));
    await bob.page.getByRole('heading', { name: 'Corvo' }).waitFor({ state: 'detached' });
    socket.close(1000);
    await bob.page.getByRole('link', { name: /^design/ }).click();
  });

  test('an owner renames, archives and unarchives a channel', async () => {
    const { page } = alice;
    await alice.press('People of Halden');
    const dialog = page.getByRole('dialog', { name: 'People of Halden' });
    const row = dialog.getByRole('list', { name: 'Channels' }).getByRole('listitem');
    await dialog.getByRole('button', { name: 'Rename design' }).click();
    const renaming = page.getByRole('dialog', { name: 'Rename design' });
    await renaming.getByRole('textbox', { name: 'Channel name' }).fill('drafts');
    await page.keyboard.press('Enter');
    await renaming.waitFor({ state: 'detached' });
    await row.filter({ hasText: 'drafts' }).getByRole('button', { name: 'Archive' }).click();
    await row.getByText('archived', { exact: true }).waitFor();
    await bob.page.getByText('This room is archived').waitFor();
    await row.getByRole('button', { name: 'Unarchive' }).click();
    await row.getByText('archived', { exact: true }).waitFor({ state: 'detached' });
    await dialog.getByRole('button', { name: 'Rename drafts' }).click();
    // Escape closes only the dialog on top.
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Rename drafts' }).waitFor({ state: 'detached' });
    await row.getByRole('button', { name: 'drafts', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await channel(alice, 'Halden', 'drafts').waitFor();
    // The channel has been open all the time.
    await alice.logOf('drafts').waitFor();
    await page.getByPlaceholder('Message #drafts').waitFor();
    await page.waitForFunction(() => document.title.startsWith('drafts'));
  });

  test('a topic is set in the room details, and shown in the header of all', async () => {
    const { page } = bob;
    const details = (person: Person) => person.page.getByRole('dialog', { name: 'Room details' });
    await channel(alice, 'Halden', 'drafts').click();
    await alice.choose('Room details');
    await details(alice).getByRole('textbox', { name: 'Topic' }).fill('Sketches, not decisions');
    await expectAccessibleAgain(alice.page);
    await details(alice).getByRole('textbox', { name: 'Name' }).fill('sketches');
    await alice.press('Save', details(alice));
    await details(alice).waitFor({ state: 'detached' });
    for (const person of [alice, bob]) {
      await person.page.getByTitle('Sketches, not decisions').waitFor();
      await person.page.getByRole('heading', { name: 'sketches', exact: true }).waitFor();
    }

    await bob.choose('Room details');
    await details(bob).getByText('Sketches, not decisions').waitFor();
    assert.equal(await details(bob).getByRole('textbox').count(), 0);
    await page.keyboard.press('Escape');
    await details(bob).waitFor({ state: 'detached' });
    await alice.choose('Room details');
    await details(alice).getByRole('textbox', { name: 'Topic' }).fill('');
    await details(alice).getByRole('textbox', { name: 'Name' }).fill('drafts');
    await alice.press('Save', details(alice));
    await bob.page.getByTitle('Sketches, not decisions').waitFor({ state: 'detached' });
  });

  test('the room details change only what the user changed', async () => {
    const { page } = alice;
    const details = page.getByRole('dialog', { name: 'Room details' });
    const channelId = new URL(page.url()).pathname.split('/')[3];
    const account = await Account.logIn(pair.url, 'alice');
    const rename = (name: string) => account.must('PATCH', `/api/channels/${channelId}`, { name });
    await alice.choose('Room details');
    await details.getByRole('textbox', { name: 'Topic' }).fill('Bolts and nuts');
    await rename('layout');
    await page.waitForFunction(() => document.title.startsWith('layout'));
    await details.getByRole('button', { name: 'Save' }).click();
    await details.waitFor({ state: 'detached' });
    await page.getByText('Bolts and nuts').waitFor();

    assert.match(await page.title(), /^layout/);
    await rename('drafts');
    await page.waitForFunction(() => document.title.startsWith('drafts'));
  });

  test('an announcement room and an archived one say why nothing can be written', async () => {
    const menu = (person: Person, item: string) =>
      person.page.getByRole('menuitem', { name: item });
    const box = (person: Person) => person.page.getByRole('textbox', { name: /^Message/ });
    const details = alice.page.getByRole('dialog', { name: 'Room details' });
    for (const person of [alice, bob]) await channel(person, 'Halden', 'drafts').click();
    await alice.choose('Room details');
    await details.getByRole('checkbox', { name: /^Only moderators write/ }).check();
    await alice.press('Save', details);
    await bob.page.getByText('Only the moderators of this room write here.').waitFor();
    await box(alice).waitFor();

    await alice.choose('Archive room');
    await alice.press('Archive room', alice.page.getByRole('dialog'));

    for (const person of [alice, bob]) {
      await person.page.getByText('This room is archived').waitFor();
      assert.equal(await box(person).count(), 0);
    }
    await expectAccessible(alice.page);
    await bob.press('More about this conversation');
    assert.equal(await menu(bob, 'Unarchive room').count(), 0);
    await bob.page.keyboard.press('Escape');
    await alice.choose('Unarchive room');
    await box(alice).waitFor();
    await alice.choose('Room details');
    await details.getByRole('checkbox', { name: /^Only moderators write/ }).uncheck();
    await alice.press('Save', details);
    await box(bob).waitFor();
  });

  test('the activity names a room that is renamed while it is shown', async () => {
    const { page } = alice;
    const rename = async (from: string, to: string): Promise<void> => {
      await alice.press('People of Halden');
      await alice.press(`Rename ${from}`);
      const renaming = page.getByRole('dialog', { name: `Rename ${from}` });
      await renaming.getByRole('textbox', { name: 'Channel name' }).fill(to);
      await page.keyboard.press('Enter');
      await renaming.waitFor({ state: 'detached' });
      await alice.press('Close workspace');
    };
    await bob.say('@alice see this');
    await page.getByRole('link', { name: 'Activity' }).click();
    const entry = page.getByRole('list', { name: 'Activity' }).getByRole('listitem');
    await entry.filter({ hasText: 'drafts' }).getByText('see this').waitFor();
    await rename('drafts', 'plans');
    await entry.filter({ hasText: 'plans' }).getByText('see this').waitFor();
    await rename('plans', 'drafts');
    await entry.filter({ hasText: 'drafts' }).getByText('see this').waitFor();
  });

  test('a member manages a channel that the member created', async () => {
    await bob.press('New channel in Halden');
    const naming = bob.page.getByRole('dialog', { name: 'New channel in Halden' });
    await naming.getByRole('textbox', { name: 'Channel name' }).fill('bicycles');
    await bob.page.keyboard.press('Enter');
    await bob.logOf('bicycles').waitFor();
    await bob.press('People of Halden');
    const people = bob.page.getByRole('dialog', { name: 'People of Halden' });
    await people.getByRole('button', { name: 'Rename bicycles' }).click();
    const renaming = bob.page.getByRole('dialog', { name: 'Rename bicycles' });
    await renaming.getByRole('textbox', { name: 'Channel name' }).fill('trains');
    await bob.page.keyboard.press('Enter');
    await renaming.waitFor({ state: 'detached' });
    await people.getByRole('button', { name: 'Archive trains' }).click();
    await people.getByRole('button', { name: 'Unarchive trains' }).waitFor();
    await bob.press('Close workspace');
    await bob.logOf('trains').waitFor();
  });

  test('an owner renames the workspace', async () => {
    const { page } = alice;
    const rename = async (from: string, to: string): Promise<void> => {
      await alice.press(`People of ${from}`);
      await alice.press('Rename workspace');
      const renaming = page.getByRole('dialog', { name: `Rename ${from}` });
      await renaming.getByRole('textbox', { name: 'Workspace name' }).fill(to);
      await page.keyboard.press('Enter');
      await renaming.waitFor({ state: 'detached' });
      await page.getByRole('dialog', { name: `People of ${to}` }).waitFor();
      await alice.press('Close workspace');
      await page.getByRole('heading', { name: to, exact: true }).waitFor();
    };
    await rename('Halden', 'Halden North');
    await bob.page.reload();
    await bob.page.getByRole('heading', { name: 'Halden North' }).waitFor();
    await rename('Halden North', 'Halden');
    await bob.page.reload();
    await bob.page.getByRole('heading', { name: 'Halden', exact: true }).waitFor();
  });

  test('members see only what their role allows, and leave', async () => {
    await bob.press('People of Halden');
    const people = bob.page.getByRole('dialog', { name: 'People of Halden' });
    await people.getByRole('listitem').filter({ hasText: 'alice' }).getByText('owner').waitFor();
    await people.getByRole('button', { name: 'drafts' }).waitFor();
    // Except for the channel that bob created.
    const changes = people.getByRole('button', {
      name: /^(Add|Remove|Rename|Archive)(?!.*trains)/,
    });
    assert.equal(await changes.count(), 0);
    const question = bob.page.getByRole('dialog', { name: 'Leave Halden?' });
    await bob.press('Leave workspace', people);
    await bob.press('Cancel', question);
    await question.waitFor({ state: 'detached' });
    await bob.press('Leave workspace', people);
    await bob.press('Leave workspace', question);
    await people.waitFor({ state: 'detached' });
    await channel(bob, 'Halden', 'drafts').waitFor({ state: 'detached' });
  });

  test('what is being created cannot be canceled', async () => {
    const { page } = alice;
    const gate = Promise.withResolvers<void>();
    await page.route('**/api/workspaces', async (route) => {
      if (route.request().method() === 'POST') await gate.promise;
      await route.continue();
    });
    await command(alice, 'New workspace');
    const dialog = page.getByRole('dialog', { name: 'New workspace' });
    await dialog.getByRole('textbox', { name: 'Workspace name' }).fill('Slow');
    await dialog.getByRole('button', { name: 'Create workspace' }).click();
    await dialog.getByRole('button', { name: 'Cancel', disabled: true }).waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor();
    gate.resolve();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: 'Slow' }).waitFor();
    await page.unrouteAll();
  });

  test('a group is created with several people, who read it and leave', async () => {
    const carol = await (await Account.logIn(pair.url, 'carol')).connect();
    await carol.ask('set_display_name', { displayName: 'Carol Sánchez' });
    carol.close(1000);
    const { page } = alice;
    // Alice has no conversations yet.
    await alice.press('New group');
    const dialog = page.getByRole('dialog', { name: 'New group' });
    const search = dialog.getByRole('searchbox', { name: 'Find people' });
    for (const [query, name] of [
      ['bob', 'bob'],
      ['carol', 'Carol Sánchez @carol'],
    ] as const) {
      await search.fill(query);
      await dialog.getByRole('button', { name: new RegExp(`^Add ${name}`) }).click();
      await focused(search);
    }
    const carolChosen = dialog.getByRole('button', { name: 'Remove Carol Sánchez' });
    await carolChosen.click();
    await carolChosen.waitFor({ state: 'detached' });
    await focused(search);
    // Enter chooses a person; it must not create the group without them.
    await search.fill('carol');
    await dialog.getByRole('button', { name: 'Add Carol Sánchez @carol' }).waitFor();
    await search.press('Enter');
    await carolChosen.waitFor();
    await expectAccessibleAgain(alice.page);
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Launch crew');
    await dialog.getByRole('button', { name: 'Create group' }).click();
    await alice.logOf('Launch crew').waitFor();
    await alice.say('we launch on thursday');

    await bob.listed('People', /^Launch crew/).click();
    await bob.sees('we launch on thursday');
    const dan = await Account.signUp(pair.url, 'dan');
    const toDan = await dan.connect();
    await bob.choose('Add people');
    const adding = bob.page.getByRole('dialog', { name: 'Add people' });
    await adding.getByRole('searchbox', { name: 'Find people' }).fill('dan');
    const addDan = adding.getByRole('button', { name: 'Add dan' });
    await addDan.waitFor();
    await adding.getByRole('button', { name: 'Add', exact: true }).click();
    await adding.getByRole('alert').filter({ hasText: 'Choose at least one person.' }).waitFor();
    await addDan.click();
    await adding.getByRole('button', { name: 'Add', exact: true }).click();
    await adding.waitFor({ state: 'detached' });
    await alice.say('hello dan');
    assert.equal((await toDan.next('chat_message')).content, 'hello dan');
    await bob.choose('Leave group');
    const leaving = bob.page.getByRole('dialog', { name: /^Leave / });
    await leaving.getByRole('button', { name: 'Leave group' }).click();
    await bob.listed('People', /^Launch crew/).waitFor({ state: 'detached' });
  });

  test('invitations are accepted and declined in the activity', async () => {
    const { page } = bob;
    const erin = await Account.signUp(pair.url, 'erin');
    const own = await Account.logIn(pair.url, 'bob');
    await own.must('PUT', '/api/privacy', { askBeforeStrangers: true });
    for (const name of ['Aurora', 'Borealis']) {
      const { workspace } = await erin.must<{ workspace: { id: string } }>(
        'POST',
        '/api/workspaces',
        { name },
      );
      await erin.must('POST', `/api/workspaces/${workspace.id}/members`, { username: 'bob' });
    }
    await page.getByRole('link', { name: 'Activity' }).click();
    await page.getByText('invites you to').first().waitFor();
    await expectAccessible(bob.page);
    await bob.press('Accept the invitation to Aurora');
    await bob.page.getByRole('heading', { name: 'Aurora' }).waitFor();
    await focused(page.getByRole('heading', { name: 'Activity', level: 1 }));
    await bob.press('Decline the invitation to Borealis');
    await page.getByText('invites you to').first().waitFor({ state: 'detached' });
    assert.equal(await page.getByRole('heading', { name: 'Borealis' }).count(), 0);
  });

  test('all invitations are listed, also those that do not fit into one page', async () => {
    const { page } = bob;
    const count = 24;
    // One author has a fifth of the requests to a user in a day.
    for (const name of ['frank', 'gina', 'gustav']) {
      const inviter = await Account.signUp(pair.url, name);
      for (let index = 0; index < count / 3; index += 1) {
        const body = { name: `${name} ${index}` };
        const answer = inviter.must<{ workspace: { id: string } }>('POST', '/api/workspaces', body);
        const { id } = (await answer).workspace;
        await inviter.must('POST', `/api/workspaces/${id}/members`, { username: 'bob' });
      }
    }
    await page.reload();
    const entries = page.getByRole('list', { name: 'Activity' }).getByRole('listitem');
    const invitations = entries.filter({ hasText: 'invites you to' });
    const toTheEnd = () =>
      page.getByRole('list', { name: 'Activity' }).evaluate((list) => list.scrollTo(0, 1e6));

    await invitations.first().waitFor();
    await toTheEnd();
    await invitations.nth(count - 1).waitFor();
    assert.equal(await invitations.count(), count);

    await bob.press('Decline the invitation to frank 0');
    await invitations.filter({ hasText: 'frank 0' }).waitFor({ state: 'detached' });
    await toTheEnd();
    await invitations.nth(count - 2).waitFor();
  });
});
