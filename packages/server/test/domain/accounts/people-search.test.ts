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
    const found = await harness.chat.people.find(asker.connection.user, text, roomId);
    return found.map(({ user, isMember }) => `${user.username}${isMember ? ' (member)' : ''}`);
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
    const { harness, room, find } = await open();

    assert.deepEqual(await find('jo', room.id), ['jn (member)', 'josefine']);
    assert.deepEqual(await find('', room.id), ['jn (member)', 'zoe-k (member)']);
    const stranger = await harness.connect('stranger');
    const found = await harness.chat.people.find(stranger.connection.user, '', room.id);
    assert.deepEqual(found, []);
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
