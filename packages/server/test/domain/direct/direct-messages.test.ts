import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChatHarness, type Client } from '../../support/chat-harness.ts';

async function three() {
  const harness = new ChatHarness();
  const [alice, bob, carol] = [
    await harness.connect('alice'),
    await harness.connect('bob'),
    await harness.connect('carol'),
  ];
  return { harness, alice, bob, carol };
}

describe('a block between two users', () => {
  async function blocked() {
    const { harness, alice, bob } = await three();
    const { roomId } = await alice.sendTo('bob', 'hello');
    await harness.settle();
    await harness.chat.blocks.block(bob.connection.user, alice.connection.user.id);
    const type = async (isTyping: boolean) => {
      harness.chat.typing.set(alice.connection, { roomId, isTyping });
      await harness.settle();
    };
    return { harness, alice, bob, roomId, type };
  }

  test('hides typing from both', async () => {
    const { harness, alice, bob, type } = await blocked();

    for (const isTyping of [true, false]) await type(isTyping);
    assert.deepEqual(bob.ofKind('typing'), []);
    await harness.chat.blocks.unblock(bob.connection.user, alice.connection.user.id);
    harness.clock.advance(1000);
    for (const isTyping of [true, false]) await type(isTyping);

    assert.deepEqual(
      bob.ofKind('typing').map(({ isTyping }) => isTyping),
      [true, false],
    );
  });

  test('hides who was typing before the client reconnected', async () => {
    const { harness, bob, type } = await blocked();
    await type(true);
    bob.leave();

    const again = await harness.connect('bob');
    await harness.settle();

    assert.deepEqual(again.ofKind('typing'), []);
  });

  test("sends read positions to the user's own connections only", async () => {
    const { harness, alice, bob, roomId } = await blocked();
    const tab = await harness.connect('alice');
    await harness.settle();

    const mark = { roomId, sequence: 1 };
    const { position } = await harness.chat.readReceipts.markRead(alice.connection, mark);

    assert.equal(position.sequence, 1);
    assert.equal(tab.ofKind('read-position').length, 1);
    assert.deepEqual(bob.ofKind('read-position'), []);
  });

  test('hides read positions and times from both while it lasts', async () => {
    const { harness, alice, bob } = await three();
    const [aliceId, bobId] = [alice.connection.user.id, bob.connection.user.id];
    const { roomId } = await alice.sendTo('bob', 'to bob');
    await harness.settle();
    await bob.send('to alice', { roomId }); // Replying implies reading.
    await harness.chat.readReceipts.markRead(alice.connection, { roomId, sequence: 2 });
    const page = { roomId, before: undefined, after: undefined, limit: undefined };
    const position = { lastSequence: 0, epoch: undefined, lastId: undefined };
    /** Everything that one of them sees about who has read the two messages. */
    const shownTo = async ({ connection }: Client) => {
      const { chat } = harness;
      const read = await chat.directRoomReader.readHistory(connection.user, page);
      const missed: boolean[] = [];
      await chat.directRoomSubscriber.subscribe(
        connection,
        { roomId, position },
        (subscription) => {
          const { messages, readAtMsOf } = subscription;
          missed.push(...messages.map((message) => readAtMsOf(message) !== undefined));
        },
      );
      const history = read.messages.map((message) => read.readAtMsOf(message) !== undefined);
      assert.deepEqual(missed, history);
      const readersOf = await chat.readReceipts.findReaders(connection.user, { roomId, ...read });
      const {
        items: [listed],
      } = await chat.roomLists.listConversations(connection.user);
      return {
        history,
        last: listed?.lastReadAtMs !== undefined,
        readers: read.messages.map((message) => new Set(readersOf(message))),
      };
    };
    const both = new Set([aliceId, bobId]);
    const all = { history: [true, true], last: true, readers: [both, both] };
    assert.deepEqual(await shownTo(alice), all);
    assert.deepEqual(await shownTo(bob), all);

    await harness.chat.blocks.block(bob.connection.user, aliceId);

    // Each sees their own reading, and that authors have read their messages.
    assert.deepEqual(await shownTo(alice), {
      history: [false, true],
      last: true,
      readers: [new Set([aliceId]), both],
    });
    await assert.rejects(shownTo(bob), { code: 'NOT_FOUND' });
    await harness.chat.blocks.unblock(bob.connection.user, aliceId);
    assert.deepEqual(await shownTo(alice), all);
    assert.deepEqual(await shownTo(bob), all);
  });

  test('hides the read positions of the two in a group from each other only', async () => {
    const { harness, alice, bob, carol } = await three();
    const userIds = [bob, carol].map(({ connection }) => connection.user.id);
    const { room } = await harness.chat.groups.create(alice.connection, { userIds, name: 'Trip' });
    const roomId = room.id;
    const { message } = await alice.send('hello', { roomId });
    assert(message !== undefined);
    await harness.chat.blocks.block(bob.connection.user, alice.connection.user.id);

    await harness.chat.readReceipts.markRead(bob.connection, { roomId, sequence: 1 });
    const page = { roomId, messages: [message] };
    const isReaderTo = async ({ connection }: Client) => {
      const readersOf = await harness.chat.readReceipts.findReaders(connection.user, page);
      return readersOf(message).includes(bob.connection.user.id);
    };

    assert.deepEqual(await Promise.all([alice, bob, carol].map(isReaderTo)), [false, true, true]);
    assert.deepEqual(alice.ofKind('read-position'), []);
    assert.deepEqual(
      carol.ofKind('read-position').map(({ username }) => username),
      ['bob'],
    );
  });
});

test('a direct room does not show typing that has ended before it can be shown', async () => {
  const { harness, alice, bob } = await three();
  const { roomId } = await alice.sendTo('bob', 'hello');
  await harness.settle();

  for (const isTyping of [true, false]) {
    harness.chat.typing.set(alice.connection, { roomId, isTyping });
  }
  await harness.settle();

  assert.deepEqual(bob.ofKind('typing'), []);
});

describe('a direct message', () => {
  test('reaches all connections of both users, without a join and without join events', async () => {
    const { harness, alice, bob, carol } = await three();
    const tab = await harness.connect('alice');

    const first = await alice.sendTo('BOB', 'hello');
    await harness.settle();
    const second = await bob.send('hi', { roomId: first.roomId });
    await harness.settle();

    assert.deepEqual([first.sequence, second.sequence], [1, 2]);
    assert.deepEqual(alice.messages, ['hi']);
    assert.deepEqual(bob.messages, ['hello']);
    assert.deepEqual(tab.messages, ['hello', 'hi']);
    assert.deepEqual(carol.kinds(), []);
    assert.deepEqual(bob.ofKind('user-joined'), []);
  });

  test('opens its room, which the next message of the connection waits for', async () => {
    const harness = new ChatHarness();
    const alice = await harness.connect('alice');
    await harness.userOf('bob');

    const { roomId } = await alice.sendTo('bob', 'one');
    assert.equal((await alice.send('two', { roomId })).sequence, 2);
    // Its room is not among those that are open, as after a long list of later ones.
    const tab = await harness.connect('alice');
    harness.chat.subscriptions.leave(tab.connection, roomId);
    await tab.sendTo('bob', 'three');
    assert.equal((await tab.send('four', { roomId })).sequence, 4);

    assert.deepEqual(
      [alice, tab].map(({ received }) =>
        received.flatMap((event) =>
          event.kind === 'acknowledged'
            ? [`answer ${event.sequence}`]
            : event.kind === 'logged'
              ? [`event ${event.event.sequence}`]
              : [],
        ),
      ),
      [
        ['answer 1', 'answer 2', 'event 3', 'event 4'],
        ['answer 3', 'answer 4'],
      ],
    );
  });

  test('opens its room, which typing of the connection waits for', async () => {
    const harness = new ChatHarness();
    const alice = await harness.connect('alice');
    const bob = await harness.connect('bob');

    const { roomId } = await alice.sendTo('bob', 'one');
    await harness.chat.typing.set(alice.connection, { roomId, isTyping: true });

    await harness.settle();
    assert.equal(bob.ofKind('typing').length, 1);
  });

  test('goes into the same room, whichever user starts', async () => {
    const { alice, bob } = await three();

    const [one, other] = [await alice.sendTo('bob', 'a'), await bob.sendTo('alice', 'b')];

    assert.equal(one.roomId, other.roomId);
    assert.equal(other.sequence, 2);
  });

  test('is one message, however often it is sent', async () => {
    const { harness, alice, bob } = await three();

    const first = await alice.sendTo('bob', 'hello', 'c1');
    const again = await alice.sendTo('bob', 'hello', 'c1');
    await harness.settle();

    // The message itself comes once: with the acknowledgement that stored it.
    assert.deepEqual(again, { ...first, duplicate: true, message: undefined });
    assert.deepEqual(bob.messages, ['hello']);
  });

  test('is rejected for unknown recipients, for the sender, and to users whom the sender blocks', async () => {
    const { harness, alice, bob } = await three();
    await harness.chat.blocks.block(alice.connection.user, bob.connection.user.id);

    await assert.rejects(alice.sendTo('nobody', 'x'), { code: 'NOT_FOUND' });
    await assert.rejects(alice.sendTo('alice', 'x'), { code: 'VALIDATION_ERROR' });
    await assert.rejects(alice.sendTo('bob', 'x'), { code: 'FORBIDDEN' });
    await harness.chat.blocks.unblock(alice.connection.user, bob.connection.user.id);
    await alice.sendTo('bob', 'x');
  });

  test('waits for an offline user, in the list and behind its head', async () => {
    const { harness, alice, bob } = await three();
    bob.leave();
    const { roomId } = await alice.sendTo('bob', 'while you were away');

    const again = await harness.connect('bob');
    await alice.send('now', { roomId });

    const [listed] = again.welcomedWith;
    assert.deepEqual(
      [listed?.room.id, listed?.room.kind, listed?.title, listed?.head.sequence],
      [roomId, 'direct', 'alice', 1],
    );
    assert.equal(listed?.membership?.unread.unreadCount, 1);
    assert.deepEqual(again.messages, ['now']);
  });

  test('needs no open room, and is not the default target of messages', async () => {
    const { harness, alice, bob } = await three();
    await alice.sendTo('bob', 'hello');
    await harness.settle();
    await bob.join('lobby');

    const sent = await bob.send('to the one that was joined');

    assert.equal(sent.sequence, 1);
  });
});

describe('a group', () => {
  async function newGroup() {
    const { harness, alice, bob, carol } = await three();
    const tab = await harness.connect('alice');
    await harness.settle();
    alice.received.length = 0; // The notice of the second sign-in.
    const userIds = [bob.connection.user.id, carol.connection.user.id];
    const { room } = await harness.chat.groups.create(alice.connection, { userIds, name: 'Trip' });
    return { harness, clients: [alice, tab, bob, carol], roomId: room.id };
  }

  test('is open to all its members after its creation, without join events', async () => {
    const { harness, clients, roomId } = await newGroup();
    const [alice, , bob] = clients;
    assert(alice !== undefined && bob !== undefined);

    const { rooms } = await harness.chat.roomLists.listVisible(alice.connection.user, {
      after: undefined,
      limit: undefined,
    });
    assert.equal(rooms.find(({ room }) => room.id === roomId)?.memberCount, 3);
    harness.chat.typing.set(bob.connection, { roomId, isTyping: true });

    for (const client of clients) {
      assert.deepEqual(client.kinds(), client === bob ? [] : ['typing']);
    }
  });

  for (const index of [0, 1, 2, 3]) {
    test(`accepts the first message of any member at once (${index})`, async () => {
      const { harness, clients, roomId } = await newGroup();
      const author = clients[index];
      const answerer = clients[(index + 1) % clients.length];
      assert(author !== undefined && answerer !== undefined);

      const sent = [author.send('1', { roomId }), answerer.send('2', { roomId })];
      sent.push(author.send('3', { roomId }));
      await Promise.all(sent);
      await harness.settle();

      for (const client of clients) {
        const received = client.received.map((event) => {
          if (event.kind === 'acknowledged') return `ack ${event.sequence}`;
          return event.kind === 'logged' ? event.event.sequence : event.kind;
        });
        if (client === author) assert.deepEqual(received, ['ack 1', 2, 'ack 3']);
        else if (client === answerer) assert.deepEqual(received, [1, 'ack 2', 3]);
        else assert.deepEqual(received, [1, 2, 3]);
      }
    });
  }

  test('has two to fifty users, who must exist', async () => {
    const { harness, alice } = await three();
    const create = (userIds: Parameters<typeof harness.chat.groups.create>[1]['userIds']) =>
      harness.chat.groups.create(alice.connection, { userIds, name: undefined });

    await assert.rejects(create([]), { code: 'VALIDATION_ERROR' });
    await assert.rejects(create([alice.connection.user.id]), { code: 'VALIDATION_ERROR' });
    await assert.rejects(create(['nobody' as never]), { code: 'NOT_FOUND' });
  });

  test('is returned with all its members, including offline ones', async () => {
    const { harness, alice, bob, carol } = await three();
    const userIds = [bob, carol].map(({ connection }) => connection.user.id);
    const goneAtMs = harness.clock.nowMs();
    carol.leave();
    harness.clock.advance(1000);
    bob.leave({ onPurpose: false });

    const { members } = await harness.chat.groups.create(alice.connection, {
      userIds,
      name: 'Trip',
    });

    const shown = members.map(({ username, status, lastSeenAtMs }) => [
      username,
      status,
      lastSeenAtMs,
    ]);
    assert.deepEqual(shown, [
      ['alice', 'online', goneAtMs],
      ['bob', 'offline', goneAtMs + 1000],
      ['carol', 'offline', goneAtMs],
    ]);
  });

  for (const [title, name, message] of [
    ['a name that is too long', 'n'.repeat(101), 'The name is longer than 100 characters'],
    ['a name of two lines', 'road\ntrip', 'The name contains a control character'],
    ['half a character', 'trip\ud800', 'The name contains an invalid character'],
  ] as const) {
    test(`rejects ${title}, and names the field`, async () => {
      const { harness, alice, bob } = await three();
      const userIds = [bob.connection.user.id];

      const creation = harness.chat.groups.create(alice.connection, { userIds, name });

      const details = { field: 'name', message };
      await assert.rejects(creation, { code: 'VALIDATION_ERROR', message, details });
    });
  }
});
