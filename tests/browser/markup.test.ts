/** The page shows markup in every field that users can fill as text, and runs none of it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Account } from '../../packages/server/test/support/account.ts';
import { browserSkip } from '../support/browser.ts';
import { Pair } from './pair.ts';
import type { Person } from './person.ts';

const RUN = 'window.hacked=1';
const IMAGE = `<img src=x onerror=${RUN}>`;
const LINK = `[press](javascript:${RUN}) javascript:${RUN} data:text/html,<script>${RUN}</script>`;
const CLOSING = `"'></div></title></textarea><script>${RUN}</script><svg onload=${RUN}>`;

describe('markup in the page', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;

  before(async () => {
    pair = await Pair.open();
    alice = pair.alice;
    await alice.join('lobby');
  });
  after(() => pair?.close());

  test('of names, messages, attachments and statuses is text', async () => {
    const bob = await Account.signUp(pair.url, 'bob');
    const mallory = await Account.signUp(pair.url, 'mallory');
    const socket = await mallory.connect();
    const { roomId } = await socket.joinRoom({ roomName: 'lobby' });
    // Each may be rejected; accepted text must be shown unchanged.
    await socket.ask('set_presence', { status: 'away', statusText: IMAGE });
    const { user } = await alice.page.evaluate(async () => (await fetch('/api/auth/me')).json());
    await socket.ask('create_group', { userIds: [user.id, bob.userId], name: IMAGE });
    await socket.ask('direct_message', { recipientId: user.id, content: IMAGE });
    for (const content of [IMAGE, LINK, CLOSING]) {
      const attachments = [IMAGE, { name: IMAGE, url: `https://x.example/"onerror="${RUN}` }];
      await socket.sendMessage({ roomId, content, attachments });
    }
    const said = await socket.sendMessage({ roomId, content: 'and this' });
    await socket.ask('add_reaction', { roomId, messageId: said.id, emoji: '<svg/onload=x>' });
    await socket.ask('join_room', { roomName: `${IMAGE}` });

    await alice.sees('and this');
    await alice.page.reload();
    await alice.sees('and this');

    for (const content of [IMAGE, LINK, CLOSING]) await alice.sees(content);
    assert.equal(await alice.page.evaluate(() => Reflect.get(window, 'hacked')), undefined);
    const made = alice.page.locator(
      'img[src="x"], svg[onload], script:not([src]), [href^="javascript:" i]',
    );
    assert.equal(await made.count(), 0);
    socket.close();
  });
});
