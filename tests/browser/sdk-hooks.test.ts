/** The page of the SDK's README: hooks over `createParley` in React, against the real server. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { PASSWORD } from '../../packages/server/test/support/account.ts';
import { TestServer } from '../../packages/server/test/support/running-server.ts';
import type { TestSocket } from '../../packages/server/test/support/test-socket.ts';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { pageScript } from '../support/page-script.ts';

const README = join(import.meta.dirname, '../../packages/client/README.md');

describe('the page of the README', { skip: browserSkip() }, () => {
  let server: TestServer;
  let profile: Profile;
  let bob: TestSocket;
  let roomId: string;
  before(async () => {
    server = await TestServer.start();
    await server.register('alice');
    bob = await server.connect('bob');
    ({ roomId } = await bob.joinRoom({ roomName: 'lobby' }));
    for (let n = 1; n <= 60; n += 1) await bob.sendMessage({ roomId, content: `text ${n}` });
    profile = await openProfile();
    await openPage();
  });
  after(async () => {
    bob?.close();
    await profile?.close();
    await server?.close();
  });

  async function openPage(): Promise<void> {
    const { page } = profile;
    await page.goto(`${server.url}/health`);
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
    const example = blocks.find((code) => code.includes('ParleyProvider'));
    assert(example !== undefined, 'The README has no page');
    const main = `
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
export const show = (roomId) =>
  createRoot(document.getElementById('root')).render(createElement(Page, { roomId }));
`;
    const script = await pageScript(main + example, 'example');
    await page.evaluate(`${script} example.show(${JSON.stringify(roomId)});`);
  }

  test('shows messages, loads older ones, and sends', async () => {
    const { page } = profile;
    const row = (text: string | RegExp) => page.getByRole('listitem').filter({ hasText: text });
    await row('bob: text 60').waitFor();
    assert.equal(await row('bob: text 60').count(), 1);
    await page.getByRole('button', { name: 'Older messages' }).click();
    await row(/bob: text 1$/).waitFor();

    await page.getByRole('textbox').fill('from the hooks');
    await page.getByRole('button', { name: 'Send' }).click();
    await row('alice: from the hooks').and(page.locator('[data-delivery="sent"]')).waitFor();
    assert.equal(await page.getByRole('textbox').inputValue(), '');
    await bob.next('chat_message');

    // An empty text is not sent.
    await page.locator('button[aria-disabled="true"]', { hasText: 'Send' }).waitFor();
    await page.getByRole('textbox').press('Enter');
    await page.getByRole('textbox').fill('with the Enter key');
    await page.getByRole('textbox').press('Enter');
    await row('alice: with the Enter key').waitFor();
    assert.equal((await bob.next('chat_message')).content, 'with the Enter key');
    await bob.sendMessage({ roomId, content: 'live' });
    await row('bob: live').waitFor();
  });
});
