/** The page of the SDK's README: hooks over `createParley` in React, against the real server. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestServer } from '../../packages/server/test/support/running-server.ts';
import type { TestSocket } from '../../packages/server/test/support/test-socket.ts';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { openReadmeExample } from './readme-example.ts';

const MAIN = `
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { useMessageActions } from '@parley/client/react';
let root;
function Actions({ roomId }) {
  const { pin, error } = useMessageActions(roomId);
  const onClick = () => pin('m-unknown').catch(() => {});
  return createElement('button', { onClick }, error === undefined ? 'Pin' : error.code);
}
export const showActions = (roomId) =>
  root.render(createElement(ParleyProvider, { parley }, createElement(Actions, { roomId })));
export const show = (roomId) => {
  root ??= createRoot(document.getElementById('root'));
  root.render(createElement(Page, { roomId }));
};
`;

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
    const { page } = profile;
    await openReadmeExample(page, { url: server.url, word: 'ParleyProvider', main: MAIN });
    await page.evaluate(`example.show(${JSON.stringify(roomId)})`);
  });
  after(async () => {
    bob?.close();
    await profile?.close();
    await server?.close();
  });

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

  test('keeps a text that is being written in its room', async () => {
    const { page } = profile;
    const other = await bob.joinRoom({ roomName: 'other' });
    const box = page.getByRole('textbox');
    await box.fill('for the lobby');
    await page.evaluate(`example.show(${JSON.stringify(other.roomId)})`);
    await page.getByRole('region', { name: 'other' }).waitFor();
    assert.equal(await box.inputValue(), '');

    await page.evaluate(`example.show(${JSON.stringify(roomId)})`);
    await page.getByRole('region', { name: 'lobby' }).waitFor();
    assert.equal(await box.inputValue(), 'for the lobby');
  });

  test('shows the error of an action in its room', async () => {
    const { page } = profile;
    const showActions = (id: string) => page.evaluate(`example.showActions(${JSON.stringify(id)})`);
    await showActions(roomId);
    await page.getByRole('button', { name: 'Pin' }).click();
    await page.getByRole('button', { name: 'NOT_FOUND' }).waitFor();
    await showActions('r-other');
    await page.getByRole('button', { name: 'Pin' }).waitFor();
  });
});
