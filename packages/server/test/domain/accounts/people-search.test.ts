import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RoomId } from '@parley/protocol';
import { ChatHarness } from '../../support/chat-harness.ts';
import { blockUser } from '../../support/records.ts';

async function open() {
  const harness = new ChatHarness();
  const asker = await harness.connect('asker');
  const { room } = await asker.join('lobby');
  const people: readonly (readonly [string, string, boolean])[] = [
    ['jn', 'José Ñandú', true],
    ['josefine', 'josefine', false],
    ['wang', '王小明', false],
    ['zoe-k', 'Zoë Kaplan', true],
  ];
  for (const [username, displayName, isMember] of people) {
    const client = await harness.connect(username);
    if (isMember) await client.join('lobby');
    const { user } = client.connection;
    if (displayName !== username) await harness.chat.profiles.setDisplayName(user, displayName);
  }
  const find = async (text: string, roomId?: RoomId) => {
    const found = await harness.chat.people.find(asker.connection.user, { text, roomId });
    return found.items.map(
      ({ user, isMember }) => `${user.username}${isMember ? ' (member)' : ''}`,
    );
  };
  return { harness, asker, room, find };
}

describe('a search for people', () => {
  test('folds accents on both sides, at the beginnings of all words', async () => {
    const { find } = await open();

    for (const [text, expected] of [
      ['jose', ['jn', 'josefine']],
      ['José', ['jn', 'josefine']],
      ['Ñandú', ['jn']],
      ['nandu jose', ['jn']],
      ['@jn', ['jn']],
      ['@josé', ['jn', 'josefine']],
      ['小', ['wang']],
      ['kap', ['zoe-k']],
      ['K', ['zoe-k']],
      ['zoe-k', ['zoe-k']],
      ['zoe', ['zoe-k']],
      ['nobody', []],
      ['asker', []],
      ['@', []],
    ] as const) {
      assert.deepEqual(await find(text), expected, text);
    }
  });

  test('lists the members of a room first, and without a text only them', async () => {
    const { harness, asker, room, find } = await open();

    assert.deepEqual(await find('jo', room.id), ['jn (member)', 'josefine']);
    assert.deepEqual(await find('', room.id), ['jn (member)', 'zoe-k (member)']);
    const search = { text: '', roomId: room.id, limit: 1 };
    const first = await harness.chat.people.find(asker.connection.user, search);
    const rest = { ...search, after: first.next };
    const second = await harness.chat.people.find(asker.connection.user, rest);
    assert.deepEqual(
      [first, second].map(({ items, hasMore }) => [items[0]?.user.username, hasMore]),
      [
        ['jn', true],
        ['zoe-k', false],
      ],
    );
    const stranger = await harness.connect('stranger');
    const { user } = stranger.connection;
    const found = await harness.chat.people.find(user, { text: '', roomId: room.id });
    assert.deepEqual(found, { items: [], hasMore: false, next: undefined });
  });

  test('shows a guest only the people of the rooms of the guest', async () => {
    const { harness, asker, room } = await open();
    const guest = { ...asker.connection.user, role: 'guest' } as const;
    const find = async (text: string, roomId?: RoomId) => {
      const { items, hasMore } = await harness.chat.people.find(guest, { text, roomId });
      return [items.map(({ user }) => user.username), hasMore];
    };

    assert.deepEqual(await find('jo'), [['jn'], false]);
    assert.deepEqual(await find('josefine'), [[], false]);
    assert.deepEqual(await find('wang', room.id), [[], false]);
    assert.deepEqual(await find('', room.id), [['jn', 'zoe-k'], false]);
  });

  test('continues behind a user, also if that user is gone, and says that more names match than it reads', async () => {
    const { harness, asker } = await open();
    for (let index = 0; index < 30; index += 1) {
      const { user } = (await harness.connect(`same-${index}`)).connection;
      // Four words that begin with the text.
      await harness.chat.profiles.setDisplayName(user, `sam same sama ${index}`);
    }
    const find = (text: string, after?: string) =>
      harness.chat.people.find(asker.connection.user, { text, after, limit: 7 });

    const usernames: string[] = [];
    let page = await find('sam');
    for (; page.next !== undefined; page = await find('sam', page.next)) {
      assert.deepEqual([page.items.length, page.hasMore], [7, true]);
      usernames.push(...page.items.map(({ user }) => user.username));
    }
    usernames.push(...page.items.map(({ user }) => user.username));
    assert.equal(page.hasMore, true);
    assert.deepEqual(
      [usernames.length, new Set(usernames).size],
      [usernames.length, usernames.length],
    );
    assert.ok(usernames.length >= 20);
    const [first] = (await find('jo')).items;
    assert(first !== undefined);
    await blockUser(harness.store, asker.connection.user.id, first.user.id, 0);
    const last = await find('jo', 'b0~jn');
    assert.deepEqual(
      last.items.map(({ user }) => user.username),
      ['josefine'],
    );
    assert.deepEqual([last.hasMore, last.next], [false, undefined]);
    await assert.rejects(find('jo', 'jn'), { code: 'VALIDATION_ERROR' });
  });

  test('leaves out users whom the user has blocked, and shows no block of others', async () => {
    const { harness, asker, find } = await open();
    const jn = await harness.store.accounts.findUser({ kind: 'username', username: 'jn' });
    assert(jn !== undefined);
    const all = await find('jose');
    await blockUser(harness.store, jn.id, asker.connection.user.id, 0);
    assert.deepEqual(await find('jose'), all);
    await blockUser(harness.store, asker.connection.user.id, jn.id, 0);

    assert.deepEqual(await find('jose'), ['josefine']);
  });
});
