/** Everything by keyboard: the palette, rooms, messages, regions and the list of keys. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { WITH_PRODUCT_PAGE } from '../support/page-server.ts';
import { expectAccessibleAgain } from './accessible.ts';
import { Pair } from './pair.ts';
import { MOUSE, Person } from './person.ts';

describe('the keyboard', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;

  before(async () => {
    pair = await Pair.open(MOUSE, {}, WITH_PRODUCT_PAGE);
    ({ alice, bob } = pair);
  });
  const profiles: Profile[] = [];
  after(async () => {
    await Promise.all(profiles.map((profile) => profile.close()));
    await pair?.close();
  });

  test('finds a room, and a person who was never written to, in the palette', async () => {
    await alice.join('first');
    await alice.join('second');
    const { page } = alice;
    await page.keyboard.press('ControlOrMeta+K');
    const palette = page.getByRole('dialog', { name: 'Jump to' });
    await palette.getByRole('combobox').fill('fir');
    await palette.getByRole('option', { name: 'first', selected: true }).waitFor();
    await expectAccessibleAgain(alice.page);
    await page.keyboard.press('Enter');
    await alice.logOf('first').waitFor();

    await page.keyboard.press('ControlOrMeta+K');
    await palette.getByRole('combobox').fill('BO');
    await palette.getByRole('option', { name: 'bob' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('This is the start of your conversation with bob').waitFor();
    await page.keyboard.press('ControlOrMeta+K');
    await page.keyboard.press('Escape');
    await palette.waitFor({ state: 'detached' });
  });

  test('does not offer people found for an earlier text', async () => {
    const { page } = alice;
    // The answer about the later text is never sent.
    await page.route('**/api/people?q=rob', () => {});
    await page.keyboard.press('ControlOrMeta+K');
    const palette = page.getByRole('dialog', { name: 'Jump to' });
    await palette.getByRole('combobox').fill('bo');
    await palette.getByRole('option', { name: 'bob' }).waitFor();
    await palette.getByRole('combobox').fill('rob');
    await palette.getByText('Nothing found.').waitFor();
    await page.keyboard.press('Escape');
    await page.unrouteAll();
  });

  test('says that people could not be searched, not that there is nobody', async () => {
    const { page } = alice;
    await page.route('**/api/people?q=zed', (route) => route.abort());
    await page.keyboard.press('ControlOrMeta+K');
    const palette = page.getByRole('dialog', { name: 'Jump to' });
    await palette.getByRole('combobox').fill('zed');
    await palette.getByRole('alert').filter({ hasText: 'search for people has failed' }).waitFor();
    assert.equal(await palette.getByText('Nothing found.').count(), 0);
    await palette.getByRole('combobox').fill('zedd');
    await palette.getByText('Nothing found.').waitFor();
    assert.equal(await palette.getByRole('alert').count(), 0);
    await page.keyboard.press('Escape');
    await page.unrouteAll();
  });

  test('opens the marked item although another moves before it', async () => {
    const { page } = alice;
    await alice.join('third');
    await bob.join('third');
    await alice.listed('Rooms', 'first').click();
    await alice.logOf('first').waitFor();
    await page.keyboard.press('ControlOrMeta+K');
    const palette = page.getByRole('dialog', { name: 'Jump to' });
    await palette.getByRole('option', { name: 'first', selected: true }).waitFor();
    await page.keyboard.press('ArrowDown');
    await palette.getByRole('option', { name: 'second', selected: true }).waitFor();
    await bob.say('news');
    await palette.getByRole('option').first().getByText('third').waitFor();
    await page.keyboard.press('Enter');

    await alice.logOf('second').waitFor();
    await alice.listed('Rooms', /^third 1 unread/).click();
    await alice.sees('news');
  });

  test('finds a room after the first 200 of the list', async () => {
    const page = await alice.page.context().newPage();
    const room = { kind: 'room', memberCount: 0, unreadCount: 0, mentionCount: 0, joined: true };
    const others = Array.from({ length: 200 }, (_, n) => ({
      ...room,
      id: `r-${n}`,
      name: `a${n}`,
    }));
    // In a tab with a socket of its own.
    await page.addInitScript(() => Object.defineProperty(navigator, 'locks', { value: undefined }));
    await page.routeWebSocket(/\/ws$/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((message) => {
        const frame = JSON.parse(String(message));
        if (frame.type === 'room_list') frame.payload.rooms.push(...others);
        socket.send(JSON.stringify(frame));
      });
    });
    await page.goto(`${pair.url}/app/activity`);
    await page.getByRole('link', { name: /^a199/ }).waitFor();
    await page.keyboard.press('ControlOrMeta+K');
    const palette = page.getByRole('dialog', { name: 'Jump to' });
    await palette.getByRole('combobox').fill('secon');
    await palette.getByRole('option', { name: 'second' }).waitFor();
    await page.close();
  });

  test('says why a logout in the palette failed', async () => {
    const { page } = alice;
    await page.route('**/logout', (route) => route.abort());
    await page.keyboard.press('ControlOrMeta+K');
    await page.getByRole('dialog', { name: 'Jump to' }).getByRole('combobox').fill('log out');
    await page.getByRole('option', { name: /^Log out/, selected: true }).waitFor();
    await page.keyboard.press('Enter');
    const question = page.getByRole('dialog', { name: 'Log out?' });
    await alice.press('Log out', question);
    await question.getByRole('alert').filter({ hasText: 'You are still logged in' }).waitFor();
    await alice.press('Cancel', question);
    await question.waitFor({ state: 'detached' });
    await page.unrouteAll();
  });

  test('moves between rooms with Alt and the arrow keys', async () => {
    const { page } = alice;
    await alice.listed('Rooms', 'first').click();
    await alice.logOf('first').waitFor();
    await page.keyboard.press('Alt+ArrowDown');
    await alice.logOf('second').waitFor();
    await page.keyboard.press('Alt+ArrowUp');
    await alice.logOf('first').waitFor();

    await bob.join('second');
    await bob.say('over here');
    await alice.listed('Rooms', /^second 1 unread/).waitFor();
    await page.keyboard.press('Alt+Shift+ArrowDown');
    await alice.logOf('second').waitFor();
    await alice.sees('over here');

    // Without a room: back to the last one.
    await page.goto(`${pair.url}/app/browse`);
    const last = page.locator('nav li a').last();
    const path = await last.getAttribute('href');
    // The box takes the focus when it appears; it has arrow keys of its own.
    await alice.roomName.and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Alt+ArrowUp');
    await page.waitForURL(`**${path}`);
  });

  test('moves between rooms although the message box offers names', async () => {
    const { page } = alice;
    await alice.listed('Rooms', 'second').click();
    await alice.logOf('second').waitFor();
    await alice.hands.fill(alice.composer, '@bo');
    await page.getByRole('option', { name: /bob/ }).waitFor();
    await page.keyboard.press('Alt+ArrowUp');
    await alice.logOf('first').waitFor();
    await page.keyboard.press('Alt+ArrowDown');
    await alice.logOf('second').waitFor();
    await alice.hands.fill(alice.composer, '');
  });

  test('answers, edits, pins and deletes the focused message', async () => {
    const { page } = alice;
    await alice.listed('Rooms', 'second').click();
    await alice.say('my message');
    await alice.sees('my message');
    const message = alice.messages.filter({ hasText: 'my message' });
    await alice.logOf('second').focus();
    await page.keyboard.press('ArrowUp');
    await message.getByRole('toolbar').waitFor();
    await page.keyboard.press('p');
    await message.getByText('Pinned').waitFor();
    await page.keyboard.press('e');
    await page.getByRole('textbox', { name: 'Edit message' }).waitFor();
    await page.keyboard.press('Escape');
    await message.and(page.locator(':focus')).waitFor();
    await page.keyboard.press('r');
    const reply = page.getByRole('textbox', { name: 'Reply in thread' });
    await reply.and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Escape');
    await message.and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Delete');
    await alice.press('Undo');
    await message.waitFor();
  });

  test('moves between the regions with F6, and lists its keys', async () => {
    const { page } = alice;
    await alice.composer.focus();
    await page.keyboard.press('F6');
    await page.getByRole('navigation').locator(':focus').waitFor();
    await page.keyboard.press('?');
    const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await sheet.getByText('Jump to a room, a person or a command').waitFor();
    await expectAccessibleAgain(alice.page);
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
  });

  test('typed before the palette is loaded does not reach the message box', async () => {
    const gate = Promise.withResolvers<void>();
    const visitor = await openVisitor('carol', async (page) => {
      await page.route('**/assets/command-palette*', async (route) => {
        await gate.promise;
        await route.continue();
      });
    });
    const { page } = visitor;
    await page.keyboard.press('ControlOrMeta+K');
    await page.keyboard.type('hello');
    await page.keyboard.press('Enter');
    gate.resolve();
    await page.getByRole('dialog', { name: 'Jump to' }).getByRole('combobox').waitFor();
    await page.keyboard.press('Escape');

    assert.equal(await visitor.composer.inputValue(), '');
    assert.equal(await visitor.messageWith('hello').count(), 0);
  });

  test('of a part that cannot be loaded show a note, and the page stays', async () => {
    const visitor = await openVisitor('dora', (page) =>
      page.route('**/assets/command-palette*', (route) => route.abort()),
    );
    const { page } = visitor;
    await page.keyboard.press('ControlOrMeta+K');
    const note = page.getByRole('dialog').getByText('This part of the page could not be loaded');
    await note.waitFor();
    await page.keyboard.press('Escape');
    await note.waitFor({ state: 'detached' });

    await visitor.say('still here');
    await visitor.sees('still here');
  });

  /** A user in a browser that has loaded nothing yet, in a room. */
  async function openVisitor(
    name: string,
    prepare: (page: Person['page']) => Promise<unknown>,
  ): Promise<Person> {
    const profile = await openProfile();
    profiles.push(profile);
    await prepare(profile.page);
    const visitor = new Person(profile.page, name, MOUSE);
    await visitor.register(pair.url);
    await visitor.join('second');
    await visitor.composer.focus();
    return visitor;
  }
});
