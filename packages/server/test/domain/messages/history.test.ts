import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RoomId, UserId } from '@parley/protocol';
import type { HistoryRequest } from '../../../src/domain/messages/history.ts';
import type { Store } from '../../../src/ports/store.ts';
import { systemCrypto } from '../../../src/system/crypto.ts';
import { ChatHarness, type Client } from '../../support/chat-harness.ts';
import { change, command, newRoomId, ownedBy, room } from '../../support/records.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';

const history = (over: Partial<HistoryRequest>, roomId: RoomId) => ({
  roomId,
  before: undefined,
  after: undefined,
  limit: undefined,
  ...over,
});

async function lobbyWith(texts: readonly string[]) {
  const harness = new ChatHarness({ settings: { messageRateMax: 0 } });
  const alice = await harness.connect('alice');
  const { room: lobby } = await alice.join('lobby');
  for (const text of texts) await alice.send(text);
  return { harness, alice, lobby };
}

describe('reading history', () => {
  test('does not require the room to be open if it is public', async () => {
    const { harness, lobby } = await lobbyWith(['one', 'two']);
    const bob = await harness.connect('bob');

    const page = await harness.chat.history.readMessages(
      bob.connection.user,
      history({}, lobby.id),
    );

    assert.deepEqual(
      page.messages.map(({ content }) => content),
      ['one', 'two'],
    );
  });

  test('returns 50 messages by default', async () => {
    const { harness, alice, lobby } = await lobbyWith(Array.from({ length: 51 }, () => 'x'));

    const page = await harness.chat.history.readMessages(
      alice.connection.user,
      history({}, lobby.id),
    );

    assert.equal(page.messages.length, 50);
    assert.equal(page.hasMore, true);
  });

  test('around a position beyond the last message returns the last one', async () => {
    const { harness, alice, lobby } = await lobbyWith(['one', 'two']);

    const page = await harness.chat.history.readMessages(
      alice.connection.user,
      history({ around: 9, limit: 1 }, lobby.id),
    );

    const contents = page.messages.map(({ content }) => content);
    assert.deepEqual([contents, page.hasMore, page.hasNewer], [['two'], true, false]);
    assert.equal(page.anchorSequence, page.messages[0]?.sequence);
  });

  test('rejects both bounds at once', async () => {
    const { harness, alice, lobby } = await lobbyWith([]);

    await assert.rejects(
      harness.chat.history.readMessages(
        alice.connection.user,
        history({ before: 5, after: 1 }, lobby.id),
      ),
      { code: 'VALIDATION_ERROR' },
    );
  });

  test('does not distinguish a hidden private room from one that does not exist', async () => {
    const { harness, alice } = await lobbyWith([]);
    const hidden = room('hidden', { visibility: 'private' });
    await harness.store.rooms.createRoom(hidden, ownedBy(await harness.userOf('bob')), 0);

    for (const roomId of [hidden.id, newRoomId()]) {
      await assert.rejects(
        harness.chat.history.readMessages(alice.connection.user, history({}, roomId)),
        {
          code: 'NOT_FOUND',
        },
      );
    }
  });

  test('returns nothing that was stored after the reader lost access meanwhile', async () => {
    const store = openSqliteInMemory();
    let beforeRead = async () => {};
    const log: Store['log'] = {
      ...store.log,
      async readHistory(page) {
        await beforeRead();
        return store.log.readHistory(page);
      },
    };
    const harness = new ChatHarness({ store: { ...store, log } });
    const [alice, bob] = [await harness.userOf('alice'), await harness.userOf('bob')];
    const hidden = room('hidden', { visibility: 'private' });
    const { id: roomId } = hidden;
    await store.rooms.createRoom(hidden, ownedBy(alice), 0);
    const question = command({ roomId, userId: alice.id });
    await store.log.commit([question]);
    const { messageId: parentId } = question;
    beforeRead = async () => {
      const end = { kind: 'access-lost', roomId, subjectId: bob.id, reason: 'removed' } as const;
      const secret = command({ roomId, userId: alice.id, parentId, content: 'secret' });
      const pin = { kind: 'pin', roomId, userId: alice.id, messageId: secret.messageId } as const;
      await store.log.commit([change({ ...end, userId: alice.id }), secret, change(pin)]);
    };
    const { history: reader } = harness.chat;
    const ways: Readonly<Record<string, () => Promise<unknown>>> = {
      page: () => reader.readMessages(bob, history({}, roomId)),
      'page before a message': () =>
        reader.readMessages(bob, history({ before: parentId }, roomId)),
      'page around a message': () =>
        reader.readMessages(bob, history({ around: parentId }, roomId)),
      'page around a time': () =>
        reader.readMessages(bob, history({ aroundTime: '2020-01-01' }, roomId)),
      thread: () => reader.readThread(bob, { ...history({}, roomId), parentId }),
      pins: () => reader.readPins(bob, { roomId, before: undefined, limit: undefined }),
    };

    for (const [way, read] of Object.entries(ways)) {
      await store.rooms.addMember(roomId, bob.id, 0);
      await assert.rejects(read(), { code: 'NOT_FOUND' }, way);
    }
  });
});

test('a list of conversations has no message that was stored after its reader lost access', async () => {
  const store = openSqliteInMemory();
  let beforeRead = async () => {};
  const log: Store['log'] = {
    ...store.log,
    async readLatest(roomIds) {
      await beforeRead();
      return store.log.readLatest(roomIds);
    },
  };
  const harness = new ChatHarness({ store: { ...store, log } });
  const [alice, bob] = [await harness.userOf('alice'), await harness.userOf('bob')];
  const group = room('Trip', { kind: 'group', visibility: 'private' });
  const { id: roomId } = group;
  await store.rooms.createRoom(group, ownedBy(alice), 0);
  await store.rooms.addMember(roomId, bob.id, 0);
  const { roomLists } = harness.chat;
  beforeRead = async () => {
    await store.log.commit([command({ roomId, userId: alice.id })]);
  };
  const {
    items: [conversation],
  } = await roomLists.listConversations(bob);
  assert.equal(conversation?.lastMessage?.content, 'hello');
  beforeRead = async () => {
    const end = { kind: 'access-lost', roomId, subjectId: bob.id, reason: 'removed' } as const;
    const secret = command({ roomId, userId: alice.id, content: 'secret' });
    await store.log.commit([change({ ...end, userId: alice.id }), secret]);
  };

  assert.deepEqual((await roomLists.listConversations(bob)).items, []);
});

describe('reading members', () => {
  test('is sorted by username, in pages', async () => {
    const { harness, lobby } = await lobbyWith([]);
    const clients: Client[] = [];
    for (const name of ['dave', 'Bob', 'carol']) {
      const client = await harness.connect(name);
      await client.join('lobby');
      clients.push(client);
    }
    const [reader] = clients;
    assert(reader !== undefined);
    const read = (after: string | undefined, limit: number | undefined) =>
      harness.chat.participants.read(reader.connection, {
        roomId: lobby.id,
        after: after as Client['connection']['user']['id'] | undefined,
        limit,
      });

    const first = await read(undefined, 2);
    const rest = await read(first.members[1]?.userId, undefined);

    assert.deepEqual(
      first.members.map(({ username }) => username),
      ['alice', 'Bob'],
    );
    assert.deepEqual(
      rest.members.map(({ username }) => username),
      ['carol', 'dave'],
    );
    assert.equal(rest.memberCount, 4);
  });

  test('continues after a user who has left meanwhile', async () => {
    const { harness, alice, lobby } = await lobbyWith([]);
    const bob = await harness.connect('bob');
    await bob.join('lobby');
    await (await harness.connect('carol')).join('lobby');
    const after = bob.connection.user.id;

    for (const leave of [
      () => harness.chat.subscriptions.leave(bob.connection, lobby.id),
      () => bob.leave(),
    ]) {
      leave();
      const page = { roomId: lobby.id, after, limit: undefined };
      const { members } = await harness.chat.participants.read(alice.connection, page);
      assert.deepEqual(
        members.map(({ username }) => username),
        ['carol'],
      );
    }
  });

  test('rejects an unknown user to continue after', async () => {
    const { harness, alice, lobby } = await lobbyWith([]);
    const after = systemCrypto.newId() as UserId;
    const page = { roomId: lobby.id, after, limit: undefined };

    await assert.rejects(harness.chat.participants.read(alice.connection, page), {
      code: 'VALIDATION_ERROR',
    });
  });
});

describe('marking as read', () => {
  test('moves the read position, sends it to the room, and counts the remaining messages', async () => {
    const { harness, alice, lobby } = await lobbyWith([]);
    const bob = await harness.connect('bob');
    await bob.join('lobby');
    for (const text of ['one', 'two', 'three']) await alice.send(text);
    const unread = async () => {
      const { rooms } = await harness.chat.roomLists.listVisible(bob.connection.user, {
        after: undefined,
        limit: undefined,
      });
      return rooms[0]?.membership?.unread.unreadCount;
    };
    assert.equal(await unread(), 3);

    const mark = { roomId: lobby.id, sequence: 2 };
    const { position } = await harness.chat.readReceipts.markRead(bob.connection, mark);

    assert.equal(position.sequence, 2);
    assert.equal(await unread(), 1);
    assert.deepEqual(
      alice.ofKind('read-position').map(({ username, sequence }) => [username, sequence]),
      [['bob', 2]],
    );
    assert.deepEqual(bob.ofKind('read-position'), []);
  });

  test("as unread by hand is sent to the user's other connections if the position stays", async () => {
    const { harness, alice, lobby } = await lobbyWith([]);
    const [bob, tab] = [await harness.connect('bob'), await harness.connect('bob')];
    for (const client of [bob, tab]) await client.join('lobby');
    const elsewhere = await harness.connect('bob');
    for (const text of ['one', 'two']) await alice.send(text);
    await harness.chat.readReceipts.markRead(bob.connection, { roomId: lobby.id, sequence: 1 });
    for (const client of [alice, tab]) client.received.length = 0;

    await harness.chat.readReceipts.markUnread(bob.connection, lobby.id);

    const sent = (client: Client) =>
      client
        .ofKind('read-position')
        .map(({ username, sequence, hasMoved }) => [username, sequence, hasMoved]);
    // As when it is marked as read again, which removes the mark.
    for (const client of [alice, tab]) assert.deepEqual(sent(client), [['bob', 1, false]]);
    for (const client of [bob, elsewhere]) assert.deepEqual(sent(client), []);
  });

  test('as unread by hand is sent to the user only if a block hides it', async () => {
    const { harness, alice } = await lobbyWith([]);
    const [bob, tab] = [await harness.connect('bob'), await harness.connect('bob')];
    const { roomId } = await alice.sendTo('bob', 'hello');
    await harness.settle();
    await harness.chat.blocks.block(alice.connection.user, bob.connection.user.id);

    await harness.chat.readReceipts.markUnread(bob.connection, roomId);

    assert.equal(tab.ofKind('read-position').length, 1);
    assert.deepEqual(alice.ofKind('read-position'), []);
  });

  test('requires membership', async () => {
    const { harness, lobby } = await lobbyWith(['one']);
    const bob = await harness.connect('bob');

    await assert.rejects(
      harness.chat.readReceipts.markRead(bob.connection, { roomId: lobby.id, sequence: 1 }),
      {
        code: 'FORBIDDEN',
      },
    );
  });
});
