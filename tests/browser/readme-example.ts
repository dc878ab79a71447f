/** Runs an example of the SDK's README in a page without the web client. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { PASSWORD } from '../../packages/server/test/support/account.ts';
import { pageScript } from '../support/page-script.ts';

const README = join(import.meta.dirname, '../../packages/client/README.md');

/**
 * Logs alice in, and loads the first example with this word into an empty page with the element
 * `root`. The exports of `main`, which is prepended, become the global `example`.
 */
export async function openReadmeExample(
  page: Page,
  { url, word, main }: { readonly url: string; readonly word: string; readonly main: string },
): Promise<void> {
  await page.goto(`${url}/health`);
  await page.evaluate(
    async ([username, password]) => {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ username, password });
      await fetch('/login', { method: 'POST', headers, body });
      document.body.innerHTML = '<div id="root"></div>';
    },
    ['alice', PASSWORD],
  );
  const readme = await readFile(README, 'utf8');
  const blocks = [...readme.matchAll(/```tsx\n([\s\S]*?)```/g)].map(([, code = '']) => code);
  const example = blocks.find((code) => code.includes(word));
  assert(example !== undefined, `The README has no example with ${word}`);
  await page.evaluate(await pageScript(main + example, 'example'));
}
