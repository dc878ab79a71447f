import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChatHarness } from '../support/chat-harness.ts';

async function three() {
  const harness = new ChatHarness();
  const [alice, bob, carol] = [
    await harness.connect('alice'),
    await harness.connect('bob'),
    await harness.connect('carol'),
  ];
  return { harness, alice, bob, carol };
}

describe('a block between two', () => {
  async function blocked() {
    const { harness, alice, bob } = await three();
    const { roomId } = await alice.sendTo('bob', 'hello');
    await harness.settle();
    await harness.chat.block(bob.connection.user, alice.connection.user.id);
    const type = async (isTyping: boolean) => {
      harness.chat.setTyping(alice.connection, { roomId, isTyping });
      await harness.settle();
    };
    return { harness, alice, bob, roomId, type };
  }

  test('hides from each that the other types', async () => {
    const { harness, alice, bob, type } = await blocked();

    for (const isTyping of [true, false]) await type(isTyping);
    assert.deepEqual(bob.ofKind('typing'), []);
    await harness.chat.unblock(bob.connection.user, alice.connection.user.id);
    harness.clock.advance(1000);
    for (const isTyping of [true, false]) await type(isTyping);

    assert.deepEqual(
      bob.ofKind('typing').map(({ isTyping }) => isTyping),
      [true, false],
    );
  });

  test('lets nobody see who typed before their client came back', async () => {
    const { harness, bob, type } = await blocked();
    await type(true);
    bob.leave();

    const again = await harness.connect('bob');
    await harness.settle();

    assert.deepEqual(again.ofKind('typing'), []);
  });

  test('tells up to where somebody has read to their own connections only', async () => {
    const { harness, alice, bob, roomId } = await blocked();
    const tab = await harness.connect('alice');
    await harness.settle();

    const mark = { roomId, sequence: 1 };
    const { position } = await harness.chat.markRead(alice.connection, mark);

    assert.equal(position.sequence, 1);
    assert.equal(tab.ofKind('read-position').length, 1);
    assert.deepEqual(bob.ofKind('read-position'), []);
  });
});

test('a direct room tells nobody of typing that is over when it could be shown', async () => {
  const { harness, alice, bob } = await three();
  const { roomId } = await alice.sendTo('bob', 'hello');
  await harness.settle();

  for (const isTyping of [true, false]) {
    harness.chat.setTyping(alice.connection, { roomId, isTyping });
  }
  await harness.settle();

  assert.deepEqual(bob.ofKind('typing'), []);
});

describe('a direct message', () => {
  test('reaches all connections of the two, without a join and without notices', async () => {
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

  test('goes into one room, whoever begins', async () => {
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

    // The message itself is told once: with the acknowledgement that stored it.
    assert.deepEqual(again, { ...first, duplicate: true, message: undefined });
    assert.deepEqual(bob.messages, ['hello']);
  });

  test('is refused to nobody, to oneself, and between two of whom one has blocked the other', async () => {
    const { harness, alice, bob } = await three();
    await harness.chat.block(bob.connection.user, alice.connection.user.id);

    await assert.rejects(alice.sendTo('nobody', 'x'), { code: 'NOT_FOUND' });
    await assert.rejects(alice.sendTo('alice', 'x'), { code: 'VALIDATION_ERROR' });
    await assert.rejects(alice.sendTo('bob', 'x'), { code: 'FORBIDDEN' });
    await harness.chat.unblock(bob.connection.user, alice.connection.user.id);
    await alice.sendTo('bob', 'x');
  });

  test('waits for one who is away, in the list and behind its head', async () => {
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

  test('needs no room of those that a connection may open, and is none that a message may go to', async () => {
    const { harness, alice, bob } = await three();
    await alice.sendTo('bob', 'hello');
    await harness.settle();
    await bob.join('lobby');

    const sent = await bob.send('to the one that was joined');

    assert.equal(sent.sequence, 1);
  });
});

describe('a group', () => {
  test('is open to its members at its first event', async () => {
    const { harness, alice, bob, carol } = await three();
    const userIds = [bob.connection.user.id, carol.connection.user.id];
    const { room } = await harness.chat.createGroup(alice.connection, { userIds, name: 'Trip' });
    await harness.chat.resumeRooms(
      alice.connection,
      [{ roomId: room.id, position: undefined }],
      () => {},
    );

    await alice.send('hello', { roomId: room.id });
    await harness.settle();
    await bob.send('hi', { roomId: room.id });

    assert.deepEqual(carol.messages, ['hello', 'hi']);
    assert.deepEqual(alice.messages, ['hi']);
  });

  test('has two to fifty people, who exist', async () => {
    const { harness, alice } = await three();
    const create = (userIds: Parameters<typeof harness.chat.createGroup>[1]['userIds']) =>
      harness.chat.createGroup(alice.connection, { userIds, name: undefined });

    await assert.rejects(create([]), { code: 'VALIDATION_ERROR' });
    await assert.rejects(create([alice.connection.user.id]), { code: 'VALIDATION_ERROR' });
    await assert.rejects(create(['nobody' as never]), { code: 'NOT_FOUND' });
  });
});
