/** The page of the engine's complete example. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';

const PROGRAM = join(import.meta.dirname, '../../packages/websocket/examples/chat-room.mjs');

describe('the page of the chat-room example', { skip: browserSkip() }, () => {
  let child: ChildProcess;
  let url: string;
  const profiles: Profile[] = [];

  before(async () => {
    child = spawn(process.execPath, [PROGRAM, '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    assert(child.stdout !== null);
    const [line] = await once(child.stdout, 'data');
    url = JSON.parse(String(line)).url;
    for (const _ of ['alice', 'bob']) profiles.push(await openProfile());
  });
  after(async () => {
    for (const profile of profiles) await profile.close();
    child.kill('SIGKILL');
  });

  test('two pages talk, markup stays text, and a page that leaves is told', async () => {
    const [alice, bob] = profiles;
    assert(alice !== undefined && bob !== undefined);
    for (const { page } of [alice, bob]) {
      await page.goto(`${url}?room=lobby`);
      await page.getByText('connected', { exact: true }).waitFor();
    }

    await alice.page.getByLabel('Message').fill('<b>hello</b>');
    await alice.page.getByRole('button', { name: 'Send' }).click();
    await bob.page.getByText('<b>hello</b>').waitFor();
    await alice.page.getByText('you: <b>hello</b>').waitFor();
    await alice.page.goto('about:blank');

    await bob.page.getByText('a user left').waitFor();
  });
});
