/** Chromium for tests: found or installed before they run, driven by playwright-core. */
import { rmSync } from 'node:fs';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A page that lost its server, or was rejected by a busy one, may wait half a minute to retry. */
const DEADLINE_MS = 45_000;

/** Why browser tests cannot run here; false if they can. With `CI` set they must. */
export function browserSkip(): string | false {
  if (process.env['PARLEY_TEST_CHROMIUM'] !== undefined) return false;
  if (process.env['CI'] !== undefined) return false;
  return process.env['PARLEY_TEST_CHROMIUM_MISSING'] ?? "run by 'npm test', which finds a Chromium";
}

export type ContextOptions = Parameters<typeof chromium.launchPersistentContext>[1];

/** A browser with a profile of its own: another user at another machine. */
export async function openProfile(options: ContextOptions = {}): Promise<Profile> {
  const executablePath = process.env['PARLEY_TEST_CHROMIUM'];
  if (executablePath === undefined) {
    throw new Error(process.env['PARLEY_TEST_CHROMIUM_MISSING'] ?? 'There is no Chromium');
  }
  const folder = temporaryDirectory();
  const context = await chromium.launchPersistentContext(folder, {
    executablePath,
    args: FLAGS,
    headless: true,
    chromiumSandbox: false,
    // Colours and positions change at once, without transitions.
    reducedMotion: 'reduce',
    ...options,
  });
  const [page = await context.newPage()] = context.pages();
  page.setDefaultTimeout(DEADLINE_MS);
  return {
    context,
    page,
    close: async () => {
      await context.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

export interface Profile {
  readonly context: BrowserContext;
  readonly page: Page;
  close(): Promise<void>;
}
