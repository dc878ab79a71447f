/** `npm run screenshots`: takes pictures of the views of the page in both themes and three sizes. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { PASSWORD } from '../packages/server/test/support/account.ts';
import { temporaryDirectory } from '../packages/server/test/support/temporary-directory.ts';
import { type ContextOptions, openProfile } from '../tests/support/browser.ts';
import { ParleyProcess } from '../tests/support/parley-process.ts';
import { readArguments } from './arguments.ts';
import { type Seeded, seed, VIEWER } from './screenshots/seed.ts';
import { DRAFT, SIGNED_OUT, type View, views, WITH_KEYBOARD } from './screenshots/views.ts';
import { prepareForTests } from './setup/test-machine.ts';
import { root } from './steps.ts';

const SIZES: Readonly<Record<string, ContextOptions>> = {
  desktop: { viewport: { width: 1440, height: 900 } },
  tablet: { viewport: { width: 900, height: 1100 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
};

const { values } = readArguments({
  name: 'screenshots',
  about:
    'Takes pictures of all views of the page, in both themes and on desktop, tablet and phone.',
  options: {
    out: {
      type: 'string',
      value: 'FOLDER',
      about: 'Folder for the pictures; those in the documents are in docs/screenshots.',
      default: 'screenshots',
    },
    only: {
      type: 'string',
      value: 'TEXT',
      about: 'Takes only pictures whose name contains this text.',
    },
  },
});
const folder = resolve(root, values.out);
mkdirSync(folder, { recursive: true });
Object.assign(process.env, await prepareForTests());
const server = await ParleyProcess.start({
  PORT: '0',
  DATA_DIR: temporaryDirectory(),
  MESSAGE_RATE_MAX: '0',
});
try {
  const seeded = await seed(server.url);
  for (const [size, options] of Object.entries(SIZES)) {
    for (const theme of ['light', 'dark'] as const) await takeAll(seeded, size, theme, options);
  }
  seeded.close();
} finally {
  await server.stop();
}

async function takeAll(
  seeded: Seeded,
  size: string,
  theme: 'light' | 'dark',
  options: ContextOptions,
): Promise<void> {
  const nameOf = (view: string): string => `${view}-${size}-${theme}`;
  const isWanted = ([view]: View): boolean =>
    nameOf(view).includes(values.only ?? '') && !(options?.hasTouch && WITH_KEYBOARD.has(view));
  const signedOut = SIGNED_OUT.filter(isWanted);
  const signedIn = views(seeded).filter(isWanted);
  if (signedOut.length + signedIn.length === 0) return;
  const profile = await openProfile({ ...options, colorScheme: theme });
  const { page } = profile;
  const take = async ([view, path, prepare]: View): Promise<void> => {
    await page.goto(server.url + path);
    await prepare?.(page);
    // Pictures, fonts and transitions have no common event.
    await page.waitForTimeout(600);
    await page.screenshot({ path: join(folder, `${nameOf(view)}.png`) });
  };
  for (const view of signedOut) await take(view);
  await page.goto(server.url);
  await logIn(page);
  await writeDraft(page, seeded);
  for (const view of signedIn) await take(view);
  await profile.close();
}

async function logIn(page: Page): Promise<void> {
  await page.getByRole('textbox', { name: 'Username' }).fill(VIEWER);
  await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('navigation', { name: 'Rooms' }).waitFor();
}

async function writeDraft(page: Page, { rooms }: Seeded): Promise<void> {
  await page.goto(`${server.url}/app/rooms/${rooms.get('on-call') ?? ''}`);
  await page.getByRole('textbox', { name: 'Message' }).fill(DRAFT);
  await page.waitForTimeout(600);
}
