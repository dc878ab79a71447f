/** The views of the page that `npm run screenshots` shows. */
import type { Page } from 'playwright-core';
import type { Seeded } from './seed.ts';

/** A view: its name, its address, and what is done there before the picture. */
export type View = readonly [name: string, path: string, prepare?: (page: Page) => Promise<void>];

/** The views before a login. */
export const SIGNED_OUT: readonly View[] = [
  ['sign-in', '/app/', (page) => page.getByRole('textbox', { name: 'Username' }).waitFor()],
  [
    'sign-up',
    '/app/',
    (page) => page.getByRole('button', { name: 'Create account' }).first().click(),
  ],
];

export function views({ rooms, threadId }: Seeded): readonly View[] {
  const general = `/app/rooms/${rooms.get('general') ?? ''}`;
  return [
    ['home', '/app/'],
    ['room', general, open],
    ['start', `${general}/messages/6`, open],
    [
      'members',
      `${general}/members`,
      (page) => page.getByRole('list', { name: 'Members' }).waitFor(),
    ],
    [
      'pins',
      `${general}/pins`,
      (page) => page.getByRole('list', { name: 'Pinned messages' }).waitFor(),
    ],
    ['thread', `${general}/thread/${threadId}`, open],
    ['emoji', general, (page) => press(page, 'Insert emoji')],
    ['menu', general, (page) => press(page, MENU)],
    ['details', general, (page) => choose(page, 'Room details')],
    ['leave', general, (page) => choose(page, 'Leave room')],
    ['person', '/app/people/amara'],
    ['profile', `${general}/profile/priya`, (page) => page.getByText('In a workshop').waitFor()],
    ['people', '/app/people'],
    [
      'new-group',
      '/app/people',
      (page) => page.getByRole('button', { name: 'New group' }).first().click(),
    ],
    ['browse', '/app/browse', (page) => page.getByRole('combobox').waitFor()],
    ['activity', '/app/activity', (page) => page.getByText('invoice template').last().waitFor()],
    ['drafts', '/app/drafts', (page) => page.getByText(DRAFT).waitFor()],
    ['palette', general, openPalette],
    ['shortcuts', general, (page) => runCommand(page, 'Keyboard shortcuts')],
    ['new-workspace', general, (page) => runCommand(page, 'New workspace')],
    [
      'settings',
      '/app/',
      // On a phone a tab opens them.
      (page) => page.getByRole('button', { name: /^(Settings|You)$/ }).click(),
    ],
  ];
}

/** The page offers them only to a keyboard. */
export const WITH_KEYBOARD: ReadonlySet<string> = new Set(['shortcuts']);

/** The text of the draft in the view of drafts. */
export const DRAFT = 'Here is the template, with the new address';

const MENU = 'More about this conversation';

async function open(page: Page): Promise<void> {
  await page.getByRole('article').first().waitFor();
}

async function press(page: Page, name: string): Promise<void> {
  await open(page);
  await page.getByRole('button', { name, exact: true }).first().click();
}

async function choose(page: Page, action: string): Promise<void> {
  await press(page, MENU);
  await page.getByRole('menuitem', { name: action }).click();
}

async function openPalette(page: Page): Promise<void> {
  await open(page);
  await page.keyboard.press('ControlOrMeta+K');
  await page.getByRole('dialog', { name: 'Jump to' }).getByRole('combobox').waitFor();
}

async function runCommand(page: Page, name: string): Promise<void> {
  await openPalette(page);
  await page.keyboard.insertText(name);
  await page.getByRole('option', { name, selected: true }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name }).waitFor();
}
