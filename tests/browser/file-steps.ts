/** Steps of tests in which people send files. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import type { Person } from './person.ts';

let folder: string | undefined;

/** Writes a file of this machine; returns its path. */
export function fileOf(name: string, content: Buffer | string): string {
  folder ??= temporaryDirectory();
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** The part that handles files is loaded after the page. */
export function filesReady({ page }: Person): Promise<void> {
  return page.locator('[role="status"][data-kind]').nth(1).waitFor({ state: 'attached' });
}

export function tray({ page }: Person): Locator {
  return page.getByRole('list', { name: 'Files of this message' });
}

export function choose({ page }: Person, ...paths: string[]): Promise<void> {
  return page.locator('form[data-files] input[type="file"]').setInputFiles(paths);
}

/** A button that is there for those who use the keyboard, too. */
export function sendButton({ page }: Person): Locator {
  return page.getByRole('button', { name: 'Send' });
}

/** Waits for the uploads, and sends them. */
export async function send(person: Person): Promise<void> {
  await person.page.locator('[aria-label="Send"]:not([aria-disabled="true"])').waitFor();
  await sendButton(person).click();
  await tray(person).waitFor({ state: 'detached' });
}
