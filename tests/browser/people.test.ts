/**
 * Direct conversations: listed with unread count and presence, shown as a person, started
 * by a click.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Account } from '../../packages/server/test/support/account.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { browserSkip } from '../support/browser.ts';
import { expectAccessibleAgain } from './accessible.ts';
import { pressInHovered } from './hover.ts';
import { Pair } from './pair.ts';
import { MOUSE, type Person } from './person.ts';

describe('people', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;

  before(async () => {
    pair = await Pair.open(MOUSE, { viewport: { width: 1280, height: 800 } });
    ({ alice, bob } = pair);
    await alice.join('lobby');
    await bob.join('lobby');
    await bob.say('hello all');
    await alice.sees('hello all');
  });
  after(() => pair?.close());

  test('receive a message after a click on an author, which appears on their page at once', async () => {
    const author = alice.messages.filter({ hasText: 'hello all' });
    await author.getByRole('link', { name: 'bob' }).click();
    const profile = alice.page.getByRole('region', { name: 'Profile' });
    await profile.getByText('online').waitFor();
    await expectAccessibleAgain(alice.page);
    await profile.getByRole('button', { name: 'Message bob' }).click();
    await alice.page.getByText('This is the start of your conversation with bob').waitFor();
    assert.equal(await alice.page.getByRole('heading', { name: 'bob' }).count(), 1);

    await alice.say('psst');
    await alice.logWith('bob').waitFor();
    await alice.sees('psst');
    await bob.listed('People', 'alice').waitFor();
    await bob.listed('People', /^alice 1 unread, online$/).waitFor();
    await expectAccessibleAgain(bob.page);
  });

  test('who share no room have their display name before the first message, too', async () => {
    const erin = await (await Account.signUp(pair.url, 'erin')).connect();
    await erin.ask('set_display_name', { displayName: 'Erin Sørensen' });
    erin.close(1000);
    const page = await alice.page.context().newPage();
    await page.goto(`${pair.url}/app/people/erin`);

    await page.getByRole('heading', { name: 'Erin Sørensen' }).waitFor();
    await page.getByText('This is the start of your conversation with Erin Sørensen').waitFor();
    await page.close();
  });

  test('who show the same name have their usernames beside it', async () => {
    const ana = 'Ana Silva';
    const accounts = [
      await Account.signUp(pair.url, 'ana_one'),
      await Account.signUp(pair.url, 'ana_two'),
    ];
    const page = await alice.page.context().newPage();
    await page.goto(`${pair.url}/app/rooms/lobby/members`);
    const messages = page.getByRole('article');
    await messages.first().waitFor();
    for (const [index, account] of accounts.entries()) {
      const wire = await account.connect();
      await wire.ask('set_display_name', { displayName: index === 0 ? ana : ana.toUpperCase() });
      const { roomId } = await wire.joinRoom({ roomName: 'lobby' });
      await wire.sendMessage({ roomId, content: `from ${index}` });
      if (index === 1) {
        wire.send('user_typing', { roomId, isTyping: true });
        await page.getByText('ANA SILVA (@ana_two) is typing').waitFor();
      }
    }

    for (const name of ['Ana Silva (@ana_one)', 'ANA SILVA (@ana_two)']) {
      const author = messages.getByRole('link', { name, exact: true }).first();
      await author.waitFor();
      const members = page.getByRole('list', { name: 'Members' });
      await members.getByText(name, { exact: true }).waitFor();
    }
    const avatar = messages.filter({ hasText: 'from 0' }).locator('[data-tone]').first();
    assert.equal(await avatar.textContent(), 'AS');
    await page.close();
  });

  test('whose names are written from right to left stand where the others do', async () => {
    const noura = await (await Account.signUp(pair.url, 'noura')).connect();
    await noura.ask('set_display_name', { displayName: 'نورة' });
    noura.close(1000);
    const { page } = alice;
    await page.keyboard.press('ControlOrMeta+K');
    const palette = page.getByRole('dialog', { name: 'Jump to' });
    await palette.getByRole('combobox').fill('no');
    const option = palette.getByRole('option', { name: 'نورة' });
    await option.waitFor();

    const gap = await option.evaluate((row) => {
      const name = row.querySelector('bdi');
      const icon = row.querySelector('svg');
      if (name === null || icon === null) throw new Error('There is no name');
      const text = document.createRange();
      text.selectNodeContents(name);
      return text.getBoundingClientRect().left - icon.getBoundingClientRect().right;
    });
    assert(gap < 16, `${gap} px`);
    await page.keyboard.press('Escape');
  });

  test('have a conversation with the name of the user, not of a room', async () => {
    await bob.listed('People', 'alice').click();
    await bob.logWith('alice').waitFor();
    await bob.sees('psst');

    const conversation = bob.page.getByRole('region', { name: 'Conversation' });
    await conversation.getByRole('heading', { name: 'alice' }).waitFor();
    await conversation.getByText('online', { exact: true }).waitFor();
    assert.equal(await bob.page.getByRole('button', { name: /^Leave/ }).count(), 0);
    assert.equal(await bob.page.getByRole('button', { name: /^Members/ }).count(), 0);
    await bob.listed('People', /^alice online$/).waitFor();
    await bob.say('yes?');
    await alice.sees('yes?');

    // Also when opened by address.
    await bob.page.reload();
    await bob.logWith('alice').waitFor();
    await conversation.getByText('online', { exact: true }).waitFor();
    assert.equal(await bob.page.getByRole('button', { name: /^Leave/ }).count(), 0);
  });

  test('receive a message after a click in the list of members', async () => {
    // The list contains members who have the room open.
    await bob.listed('Rooms', 'lobby').click();
    await bob.logOf('lobby').waitFor();
    await alice.listed('Rooms', 'lobby').click();
    await alice.press(/^Members/);
    await alice.page
      .getByRole('list', { name: 'Members' })
      .getByRole('link', { name: 'bob' })
      .click();
    await alice.press('Message bob');

    await alice.logWith('bob').waitFor();
    await alice.sees('yes?');
  });

  test('are listed with unread count and presence while another room is shown', async () => {
    await alice.listed('Rooms', 'lobby').click();
    await alice.logOf('lobby').waitFor();
    await bob.listed('People', 'alice').click();
    await bob.logWith('alice').waitFor();
    await bob.say('one');
    await bob.say('two, @alice');
    await alice.listed('People', /^bob 1 mention, 2 unread, online$/).waitFor();

    await alice.page.reload();
    await alice.listed('People', /^bob 1 mention, 2 unread, online$/).waitFor();
    await bob.page.goto('about:blank');
    await alice.listed('People', /^bob .*offline$/).waitFor();
    await bob.page.goBack();
    await alice.listed('People', /^bob .*online$/).waitFor();
  });

  test('see whether their last message was read', async () => {
    await alice.listed('People', 'bob').click();
    await alice.logWith('bob').waitFor();
    await bob.listed('Rooms', 'lobby').click();
    await alice.say('read this');
    await alice.sees('read this');
    assert.equal(await alice.page.getByText('Seen', { exact: true }).count(), 0);
    await bob.listed('People', 'alice').click();
    await bob.sees('read this');
    await alice.page.getByText('Seen', { exact: true }).waitFor();
  });

  test('appear in the list with their first message, and after a reload', async () => {
    const socket = await (await Account.signUp(pair.url, 'tobias')).connect();
    await socket.ask('direct_message', { recipient: 'alice', content: 'hi' }, 'message_ack');

    await alice.listed('People', /^tobias 1 unread, online$/).waitFor();
    await socket.ask('direct_message', { recipient: 'alice', content: 'there?' }, 'message_ack');
    await alice.listed('People', /^tobias 2 unread, online$/).waitFor();
    await alice.listed('People', 'tobias').click();
    await alice.logWith('tobias').waitFor();
    await alice.listed('People', /^tobias online$/).waitFor();

    socket.close(1000);
    await socket.closed;
    await alice.listed('People', /^tobias offline$/).waitFor();
  });

  test('show groups by their name', async () => {
    const socket = await (await Account.signUp(pair.url, 'jun')).connect();
    const { userId } = await Account.logIn(pair.url, 'alice');
    const group = { userIds: [userId], name: 'Launch crew' };
    const { roomId } = await socket.ask('create_group', group, 'group_created');
    await socket.sendMessage({ roomId, content: 'welcome' });

    await alice.listed('People', /^Launch crew 1 unread/).click();
    await alice.logOf('Launch crew').waitFor();
    await alice.press('More about this conversation');
    await alice.page.getByRole('menuitem', { name: 'Leave group' }).waitFor();
    await alice.page.keyboard.press('Escape');
    socket.close(1000);
    await socket.closed;
  });

  test('without an account cause an error that keeps the text', async () => {
    await alice.openPerson('nobody-here');
    await alice.say('hello?');

    const alert = alice.page.getByRole('alert').filter({ hasText: 'no user called “nobody-here”' });
    await alert.waitFor();
    assert.equal(await alice.composer.inputValue(), 'hello?');
    await alice.page.goto(`${pair.url}/app/people/alice`);
    await alice.page.getByText('You cannot message yourself.').waitFor();
  });

  test('are listed beside the rooms under the address of the tab of a phone', async () => {
    await alice.page.goto(new URL('/app/people', alice.page.url()).href);
    await alice.listed('People', 'bob').waitFor();
    await alice.listed('Rooms', 'lobby').waitFor();
  });

  test('are members of a room whether or not they are there, offline ones at the end', async () => {
    const { page } = alice;
    const [carol, zoe] = await Promise.all(
      ['carol', 'zoe'].map(async (name) => (await Account.signUp(pair.url, name)).connect()),
    );
    assert(carol && zoe);
    await carol.joinRoom({ roomName: 'hall' });
    await alice.join('hall');
    const members = (count: number) =>
      page.getByRole('button', { name: `Members, ${count}`, exact: true });
    await members(2).click();
    const rows = page.getByRole('list', { name: 'Members' }).getByRole('listitem');
    const row = (name: string, status: string) =>
      rows.and(page.locator(`[data-status=${status}]`)).filter({ hasText: name });
    await row('carol', 'online').waitFor();

    // She stays a member.
    carol.close(1000);
    await row('carol', 'offline').waitFor();
    const { roomId } = await zoe.joinRoom({ roomName: 'hall' });
    await members(3).waitFor();
    await row('zoe', 'online').waitFor();
    await rows.last().filter({ hasText: 'carol' }).waitFor();
    await expectAccessibleAgain(page);
    await zoe.ask('leave_room', { roomId, membership: true }, 'room_left');
    await members(2).waitFor();
    await row('zoe', 'online').waitFor({ state: 'detached' });

    await page.getByRole('heading', { name: 'Members 2' }).waitFor();
    await alice.browse();
    await page.getByRole('link', { name: /^hall 2 members Joined$/ }).waitFor();
    zoe.close(1000);
  });

  test('whose presence changes while the list of members is loaded are shown with the later one', async () => {
    const { page } = alice;
    const account = await Account.signUp(pair.url, 'dora');
    const dora = await account.connect();
    const { roomId } = await dora.joinRoom({ roomName: 'attic' });
    await alice.join('attic');
    const isOnline = async (): Promise<boolean> => {
      const headers = { authorization: `Bearer ${account.token}` };
      const answer = await fetch(`${pair.url}/api/rooms/${roomId}/members`, { headers });
      const { members } = (await answer.json()) as {
        members: { username: string; isOnline: boolean }[];
      };
      return members.some((member) => member.username === 'dora' && member.isOnline);
    };
    await page.route(/\/api\/rooms\/[^/]+\/members(\?|$)/, async (route) => {
      const response = await route.fetch();
      dora.close(1000);
      await until(async () => !(await isOnline()), 'dora to be offline');
      await route.fulfill({ response });
    });

    await alice.press(/^Members/);

    await page
      .getByRole('list', { name: 'Members' })
      .getByRole('listitem')
      .and(page.locator('[data-status=offline]'))
      .filter({ hasText: 'dora' })
      .waitFor();
    await page.unrouteAll();
    await alice.browse();
  });

  test('of a large room are loaded page by page, and found by name', async () => {
    const { page } = alice;
    const names = Array.from({ length: 450 }, (_, index) => `person-${1000 + index}`);
    await page.route(/\/api\/rooms\/[^/]+\/members(\?|$)/, (route) => {
      const { searchParams } = new URL(route.request().url());
      const [q, after] = [searchParams.get('q') ?? '', searchParams.get('after') ?? ''];
      const rest = names.filter((name) => name.startsWith(q) && name > after);
      const members = rest.slice(0, 200).map((name) => ({
        ...{ userId: name, username: name, displayName: name, role: 'member' },
        ...{ status: 'offline', isOnline: false, lastSeen: null },
      }));
      const next = rest.length > 200 ? { next: members.at(-1)?.username } : {};
      const hasMore = rest.length > 200;
      return route.fulfill({ json: { members, memberTotal: names.length, hasMore, ...next } });
    });
    await alice.listed('Rooms', 'lobby').click();
    await alice.press(/^Members/);
    const list = page.getByRole('list', { name: 'Members' });
    const last = list.getByText('person-1449', { exact: true });
    await until(async () => {
      await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
      return (await last.count()) === 1;
    }, 'the last page');

    await page.getByRole('searchbox', { name: 'Find members' }).fill('person-123');

    await until(
      async () => (await list.getByRole('listitem').count()) === 10,
      'those who are found',
    );
    await page.getByRole('searchbox', { name: 'Find members' }).fill('nobody');
    await page.getByText('No member has this name.').waitFor();
    await page.unrouteAll();
  });

  test('whose profile cannot be loaded are not said to be unknown', async () => {
    const { page } = alice;
    await alice.listed('Rooms', 'lobby').click();
    await alice.logOf('lobby').waitFor();
    const room = await page.evaluate(() => location.pathname.split('/').slice(0, 4).join('/'));
    await Account.signUp(pair.url, 'otto');
    await page.route(/\/api\/(people|users)\?/, (route) => route.abort());
    await page.goto(`${pair.url}${room}/profile/otto`);
    const profile = page.getByRole('region', { name: 'Profile' });
    await profile.getByText('The server cannot be reached.').waitFor();
    await page.unrouteAll();
    await page.reload();
    await profile.getByRole('button', { name: 'Message otto' }).waitFor();
    await page.goto(`${pair.url}${room}/profile/nobody-here`);
    await profile.getByText('There is no user called “nobody-here”.').waitFor();
  });

  test('who are answered are still answered after another room, and a reload', async () => {
    const { page } = alice;
    const rosa = await (await Account.signUp(pair.url, 'rosa')).connect();
    await rosa.ask('direct_message', { recipient: 'alice', content: 'tea?' }, 'message_ack');
    await alice.listed('People', 'rosa').click();
    await alice.logWith('rosa').waitFor();
    await pressInHovered(alice.messageWith('tea?'), 'Reply');
    const strip = page.getByText('Replying to rosa');
    await strip.waitFor();
    await alice.listed('Rooms', 'lobby').click();
    await alice.logOf('lobby').waitFor();
    assert.equal(await strip.count(), 0);
    await alice.listed('People', 'rosa').click();
    await strip.waitFor();
    await page.reload();
    await strip.waitFor();
    await alice.say('with milk');

    await strip.waitFor({ state: 'detached' });
    await alice.sees('with milk');
    await alice
      .messageWith('with milk')
      .getByRole('button', { name: /rosa.*tea\?/ })
      .waitFor();
    rosa.close(1000);
    await rosa.closed;
  });

  test('who wrote first have two drafts: one from before, which is not lost', async () => {
    const { page } = alice;
    const petra = await (await Account.signUp(pair.url, 'petra')).connect();
    await page.goto(`${pair.url}/app/people/petra`);
    await alice.hands.fill(alice.composer, 'about the contract');
    await alice.listed('Rooms', 'lobby').click();
    await alice.logOf('lobby').waitFor();
    await petra.ask('direct_message', { recipient: 'alice', content: 'hi' }, 'message_ack');
    await alice.listed('People', 'petra').click();
    await alice.logWith('petra').waitFor();
    await alice.hands.fill(alice.composer, 'one moment');
    await page.getByRole('link', { name: /^Drafts/ }).click();
    await page.getByRole('list', { name: 'Drafts' }).getByText('about the contract').click();
    await alice.logWith('petra').waitFor();

    assert.equal(await alice.composer.inputValue(), 'one moment\nabout the contract');
    await alice.hands.fill(alice.composer, '');
    petra.close(1000);
    await petra.closed;
  });
});
