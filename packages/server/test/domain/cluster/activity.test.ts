import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Client } from '../../support/chat-harness.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

const LOST_ALL = { lost: 1, repeated: 0, delayed: 0, delayMsMax: 0 };
const NO_FAULTS = { ...LOST_ALL, lost: 0 };

describe('activity in a room of two nodes', () => {
  let nodes: TwoNodes;
  beforeEach(async () => {
    nodes = await TwoNodes.start();
  });
  afterEach(() => nodes.close());

  /** Bob is a member of the lobby, but does not have it open. */
  const withoutBob = async () => {
    const { alice, bob, roomId } = await nodes.inLobby();
    nodes.other.chat.subscriptions.leave(bob.connection, roomId);
    await nodes.advance(2000);
    return { alice, bob };
  };
  const counts = (client: Client) =>
    client.ofKind('room-activity').map(({ unreadCount }) => unreadCount);

  test('is reported to members of the other node who do not have it open', async () => {
    const { alice, bob } = await withoutBob();
    await alice.send('one');
    await alice.send('two');
    await nodes.advance(1100, 100);

    assert.deepEqual(counts(bob), [2]);
    assert.deepEqual(counts(alice), []);
  });

  test('reaches a mentioned user of the other node who has never opened the room', async () => {
    const [alice, bob] = [await nodes.one.connect('alice'), await nodes.other.connect('bob')];
    const { room } = await alice.join('town');
    await nodes.settle();

    await nodes.during(alice.send('welcome, @bob', { roomId: room.id }));
    await nodes.advance(2000, 100);

    const { roomId, unreadCount, mentionCount } = bob.ofKind('room-activity').at(-1) ?? {};
    assert.deepEqual([roomId, unreadCount, mentionCount], [room.id, 1, 1]);
    // From now on as any member.
    await nodes.during(alice.send('and more', { roomId: room.id }));
    await nodes.advance(2000, 100);
    assert.equal(bob.ofKind('room-activity').at(-1)?.unreadCount, 2);
  });

  test('reaches a user of the other node whom an edit mentions', async () => {
    const [alice, bob] = [await nodes.one.connect('alice'), await nodes.other.connect('bob')];
    const { room } = await alice.join('town');
    await nodes.settle();
    const { messageId } = await nodes.during(alice.send('welcome', { roomId: room.id }));

    const edit = { kind: 'edit', content: 'welcome, @bob', contentLengthMax: 1000 } as const;
    await nodes.during(alice.change(room.id, messageId, edit));
    await nodes.advance(2000, 100);

    const { roomId, unreadCount, mentionCount } = bob.ofKind('room-activity').at(-1) ?? {};
    assert.deepEqual([roomId, unreadCount, mentionCount], [room.id, 1, 1]);
  });

  test('is found in the store if the bus has lost the heads', async () => {
    const { alice, bob } = await withoutBob();
    nodes.network.faults = LOST_ALL;
    await alice.send('one');
    await nodes.advance(1100, 100);
    nodes.network.faults = NO_FAULTS;
    await nodes.advance(1100, 100);

    assert.deepEqual(counts(bob), [1]);
  });

  test('is found right after a member has connected', async () => {
    const { alice, bob } = await withoutBob();
    nodes.other.chat.connections.disconnect(bob.connection, { onPurpose: true });
    await nodes.advance(3000);
    const again = await nodes.other.connect('bob');
    nodes.network.faults = LOST_ALL;
    await alice.send('one');
    await nodes.advance(1100, 100);

    assert.deepEqual(counts(again), [1]);
  });

  test('is reported once if a head is repeated', async () => {
    const { alice, bob } = await withoutBob();
    nodes.network.faults = { ...NO_FAULTS, repeated: 1 };
    await alice.send('one');
    await nodes.advance(5000, 100);

    assert.deepEqual(counts(bob), [1]);
  });
});
