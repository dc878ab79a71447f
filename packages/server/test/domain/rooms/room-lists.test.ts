import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChatHarness } from '../../support/chat-harness.ts';
import { NOON_MS, ownedBy, room, user } from '../../support/records.ts';

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
      const { rooms: own } = await harness.chat.roomLists.listOwn(connection.user);
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

test('the welcome says that a user has more rooms, which follow by pages', async () => {
  const harness = new ChatHarness();
  const bob = await harness.userOf('bob');
  for (let index = 0; index < 203; index += 1) {
    const group = room(`Group ${index}`, { kind: 'group', visibility: 'private' });
    await harness.store.rooms.createRoom(group, ownedBy(bob), NOON_MS + (index >> 2));
  }
  const { roomLists } = harness.chat;

  const first = await roomLists.listOwn(bob);
  const rest = await roomLists.listOwn(bob, { after: first.next });
  const conversations = await roomLists.listConversations(bob);

  assert.deepEqual([first.rooms.length, first.hasMore], [200, true]);
  assert.deepEqual([rest.rooms.length, rest.hasMore, rest.next], [3, false, undefined]);
  const ids = [...first.rooms, ...rest.rooms].map((listed) => listed.room.id);
  assert.equal(new Set(ids).size, 203);
  assert.deepEqual([conversations.items.length, conversations.hasMore], [200, true]);
  assert.equal((await harness.connect('bob')).welcomedWith.length, 200);
  await assert.rejects(roomLists.listOwn(bob, { after: 'x' }), { code: 'VALIDATION_ERROR' });
});
