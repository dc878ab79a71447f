import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChatHarness } from '../../support/chat-harness.ts';
import { user } from '../../support/records.ts';

const FIRST_PAGE = { after: undefined, limit: undefined };

describe('a list of rooms', () => {
  test('says which rooms its reader may moderate', async () => {
    const harness = new ChatHarness();
    const admin = { ...user('admin'), role: 'admin' as const };
    await harness.store.accounts.insertUser(admin, '!');
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    const root = await harness.connectUser(admin);
    await alice.join('lobby'); // Its owner.
    await alice.join('ops');
    for (const client of [bob, root]) await client.join('lobby');
    await root.sendTo('alice', 'hello');

    const moderated = async ({ connection }: typeof alice) => {
      const { rooms } = await harness.chat.roomLists.listVisible(connection.user, FIRST_PAGE);
      const own = await harness.chat.roomLists.listOwn(connection.user);
      const names = (listed: typeof own) =>
        listed.flatMap(({ canModerate, title }) => (canModerate ? [title] : [])).sort();
      return { visible: names(rooms), own: names(own) };
    };

    assert.deepEqual(await moderated(alice), { visible: ['lobby', 'ops'], own: ['lobby', 'ops'] });
    assert.deepEqual(await moderated(bob), { visible: [], own: [] });
    // The server's admins moderate the rooms that they have joined.
    assert.deepEqual(await moderated(root), { visible: ['lobby'], own: ['lobby'] });
  });
});
