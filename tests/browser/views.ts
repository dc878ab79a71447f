/** Every view of the page, and how a user opens it from a room by keyboard alone. */
import type { Locator } from 'playwright-core';
import { KEYBOARD, type Person, tabTo } from './person.ts';

interface View {
  readonly name: string;
  /** Opens it; returns what is visible as soon as it is complete. */
  readonly open: (person: Person) => Promise<Locator>;
  /** In a page that has just been loaded, where no message has had the focus. */
  readonly isFresh?: true;
}

export const QUESTION = 'a question';

/** Opens the view with Enter on a control of the room. */
function pressed(button: string | RegExp, shown: (person: Person) => Locator): View['open'] {
  return async (person) => {
    await person.press(button);
    return shown(person);
  };
}

const region =
  (name: string | RegExp) =>
  ({ page }: Person): Locator =>
    page.getByRole('region', { name }).getByRole('heading').first();

const dialog =
  (name: string | RegExp) =>
  ({ page }: Person): Locator =>
    page.getByRole('dialog', { name });

const menu = ({ page }: Person): Locator => page.getByRole('menu');

async function runCommand({ page }: Person, name: string): Promise<void> {
  await page.keyboard.press('ControlOrMeta+K');
  const palette = page.getByRole('dialog', { name: 'Jump to' });
  await palette.getByRole('combobox').waitFor();
  await page.keyboard.insertText(name);
  await palette.getByRole('option', { name, selected: true }).waitFor();
  await page.keyboard.press('Enter');
}

const command =
  (name: string, shown: (person: Person) => Locator): View['open'] =>
  async (person) => {
    await runCommand(person, name);
    return shown(person);
  };

/** Selects an action of the conversation in its menu. */
const chosen =
  (action: string, shown: (person: Person) => Locator): View['open'] =>
  async (person) => {
    await person.choose(action);
    return shown(person);
  };

/** Focuses the question with the arrow keys. */
async function focusQuestion(person: Person): Promise<void> {
  const { page } = person;
  const message = person.messageWith(QUESTION);
  await tabTo(person.logOf('lobby'));
  await page.keyboard.press('ArrowUp');
  // The actions appear as soon as the page is connected.
  await message.and(page.locator(':focus')).getByRole('toolbar').waitFor();
}

const onQuestion =
  (key: string, shown: (person: Person) => Locator): View['open'] =>
  async (person) => {
    await focusQuestion(person);
    await person.page.keyboard.press(key);
    return shown(person);
  };

const SETTINGS = ['Profile', 'Appearance', 'Notifications', 'Privacy', 'Account'];

const settings = (tab: string): View => ({
  name: `the settings, ${tab}`,
  open: async (person) => {
    await person.press('Settings');
    const opened = dialog('Settings')(person);
    await opened.waitFor();
    await tabTo(opened.getByRole('tab', { selected: true }));
    for (let steps = 0; steps < SETTINGS.indexOf(tab); steps += 1) {
      await person.page.keyboard.press('ArrowDown');
    }
    // A page of its own on a phone.
    const title = opened.getByRole('heading', { name: tab, exact: true, level: 1 });
    return opened.getByRole('tabpanel', { name: tab }).or(title);
  },
});

export const VIEWS: readonly View[] = [
  { name: 'a conversation', open: async (person) => person.messageWith(QUESTION) },
  { name: 'members', open: pressed(/^Members/, region('Members')) },
  { name: 'pinned messages', open: pressed('Pinned messages', region('Pinned messages')) },
  { name: 'files', open: chosen('Files', region('Files')) },
  {
    name: 'a profile',
    open: async (person) => {
      await person.press(/^Members/);
      const members = person.page.getByRole('list', { name: 'Members' });
      await KEYBOARD.press(members.getByRole('link', { name: 'bob' }));
      return person.page.getByRole('button', { name: 'Block bob' });
    },
  },
  {
    name: 'a thread',
    isFresh: true,
    open: onQuestion('r', ({ page }) => page.getByRole('log', { name: 'Replies' })),
  },
  {
    name: 'a message that is edited',
    isFresh: true,
    open: onQuestion('e', ({ page }) => page.getByRole('textbox', { name: 'Edit message' })),
  },
  {
    name: 'the actions of a message',
    isFresh: true,
    open: async (person) => {
      const { page } = person;
      await focusQuestion(person);
      const actions = person.messageWith(QUESTION).getByRole('toolbar');
      await tabTo(actions.getByRole('button').first());
      await page.keyboard.press('ArrowLeft');
      await page.keyboard.press('Enter');
      return menu(person);
    },
  },
  {
    name: 'the emoji picker',
    isFresh: true,
    open: async (person) => {
      await focusQuestion(person);
      await person.page.keyboard.press('+');
      const picker = dialog('Emoji')(person);
      await picker.waitFor();
      // With all emoji, the checks would take most of the time of this test.
      await KEYBOARD.fill(picker.getByRole('searchbox'), 'rocket');
      const found = picker.getByRole('button', { name: 'rocket' });
      await found.waitFor();
      return found;
    },
  },
  {
    name: 'the completion of a name',
    open: async (person) => {
      await KEYBOARD.fill(person.composer, 'hello @b');
      return person.page.getByRole('option', { name: /bob/ });
    },
  },
  { name: 'the menu of a conversation', open: pressed('More about this conversation', menu) },
  { name: 'the choice of a date', open: chosen('Jump to date', dialog('Jump to date')) },
  { name: 'the room details', open: chosen('Room details', dialog('Room details')) },
  {
    name: 'the question before a logout',
    open: async (person) => {
      await KEYBOARD.fill(person.composer, 'for tomorrow');
      await person.press('Log out');
      return dialog(/^Log out and delete/)(person);
    },
  },
  { name: 'the question before leaving', open: chosen('Leave room', dialog('Leave lobby?')) },
  {
    name: 'the palette',
    open: async (person) => {
      await person.page.keyboard.press('ControlOrMeta+K');
      return person.page.getByRole('option').first();
    },
  },
  { name: 'the keyboard shortcuts', open: command('Keyboard', dialog('Keyboard shortcuts')) },
  ...SETTINGS.map(settings),
  {
    name: 'the browse page',
    open: async (person) => {
      await KEYBOARD.press(person.page.getByRole('link', { name: 'Find or create a room' }));
      return person.page.getByRole('heading', { name: 'Other rooms' });
    },
  },
  {
    name: 'the activity',
    open: command('Activity', ({ page }) => page.getByText('mentioned you')),
  },
  {
    name: 'the drafts',
    open: command('Drafts', ({ page }) => page.getByRole('heading', { name: 'Drafts' })),
  },
  { name: 'a new group', open: command('New group', dialog('New group')) },
  { name: 'a new workspace', open: command('New workspace', dialog('New workspace')) },
  {
    name: 'a new channel',
    open: pressed('New channel in Halden', dialog('New channel in Halden')),
  },
  {
    name: 'a workspace',
    open: pressed('People of Halden', ({ page }) =>
      page.getByRole('dialog', { name: 'People of Halden' }).getByText('owner'),
    ),
  },
  {
    name: 'a person to write to',
    open: async (person) => {
      await runCommand(person, 'carol');
      return person.page.getByText('This is the start of your conversation with carol');
    },
  },
];
