/** Chromium for tests: found or installed before they run, driven by playwright-core. */
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { DEADLINE_MS } from '../../packages/server/test/support/wait.ts';
import { TESTS_ENDED } from '../../scripts/test/reporter.ts';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A microphone that beeps, and that pages may use.
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
];

/** Why browser tests cannot run here; false if they can. With `CI` set they must. */
export function browserSkip(): string | false {
  if (process.env['PARLEY_TEST_CHROMIUM'] !== undefined) return false;
  if (process.env['CI'] !== undefined) return false;
  return process.env['PARLEY_TEST_CHROMIUM_MISSING'] ?? "run by 'npm test', which finds a Chromium";
}

export type ContextOptions = Parameters<Browser['newContext']>[0];

export interface Profile {
  readonly context: BrowserContext;
  readonly page: Page;
  close(): Promise<void>;
}

/** Far more than passes between the last profile of a file and the first of the next one. */
const IDLE_MS = 3000;
/** The browser of this process, which its profiles share: starting one takes a second of CPU time. */
let browser: Promise<Browser> | undefined;
let profileCount = 0;
let idle: NodeJS.Timeout | undefined;

/** A profile that shares nothing with the others: another user at another machine. */
export async function openProfile(options: ContextOptions = {}): Promise<Profile> {
  clearTimeout(idle);
  browser ??= launch();
  profileCount += 1;
  const context = await (await browser).newContext({
    // Colours and positions change at once, without transitions.
    reducedMotion: 'reduce',
    // A fifth of the time of a page: it stores each file again, and has a process of its own.
    serviceWorkers: 'block',
    ...options,
  });
  context.setDefaultTimeout(DEADLINE_MS);
  const page = await context.newPage();
  return {
    context,
    page,
    close: async () => {
      await context.close();
      profileCount -= 1;
      if (profileCount === 0) idle = setTimeout(closeBrowser, IDLE_MS);
    },
  };
}

process.once(TESTS_ENDED, closeBrowser);

async function closeBrowser(): Promise<void> {
  const last = browser;
  browser = undefined;
  await (await last)?.close();
}

function launch(): Promise<Browser> {
  const executablePath = process.env['PARLEY_TEST_CHROMIUM'];
  if (executablePath === undefined) {
    throw new Error(process.env['PARLEY_TEST_CHROMIUM_MISSING'] ?? 'There is no Chromium');
  }
  return chromium.launch({ executablePath, args: FLAGS, headless: true, chromiumSandbox: false });
}
