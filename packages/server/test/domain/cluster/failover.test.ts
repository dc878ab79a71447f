import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ClientMessageId, Epoch } from '@parley/protocol';
import type { Store } from '../../../src/ports/store.ts';
import { ChatHarness, type Client } from '../../support/chat-harness.ts';
import { FailingOverStore } from '../../support/failing-over-store.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

test('clients of all nodes fetch a room again when its log has another epoch', async () => {
  const failing = new FailingOverStore();
  const nodes = await TwoNodes.start({ store: failing.store });
  const { alice, bob } = await nodes.inLobby();
  await alice.send('one');
  await nodes.settle();
  const before = [alice, bob].map((client) => client.ofKind('resync-required').length);

  failing.failOver();
  await nodes.advance(1100, 50);

  const after = [alice, bob].map((client) => client.ofKind('resync-required').length);
  assert.deepEqual(
    [before, after],
    [
      [0, 0],
      [1, 1],
    ],
  );
  await nodes.close();
});

test('a client fetches a room again before it gets an acknowledgement of another log', async () => {
  const inner = openSqliteInMemory();
  const store: Store = {
    ...inner,
    log: {
      ...inner.log,
      async commit(commands) {
        const results = await inner.log.commit(commands);
        const [result] = results;
        if (result?.kind !== 'stored' || result.event.sequence < 3) return results;
        // The two messages before this one are lost, and the log has another epoch.
        const epoch = 'after a failover' as Epoch;
        return [{ ...result, event: { ...result.event, sequence: 1, epoch } }];
      },
    },
  };
  const harness = new ChatHarness({ store });
  const alice = await harness.connect('alice');
  const { room } = await alice.join('lobby');
  for (const content of ['one', 'two']) await alice.send(content);

  const acknowledged = Promise.withResolvers<number>();
  const request = {
    roomId: room.id,
    content: 'three',
    contentLengthMax: 1000,
    clientMessageId: undefined,
    parentId: undefined,
    attachments: [],
  };
  harness.chat.messages.send(alice.connection, request, () =>
    acknowledged.resolve(alice.ofKind('resync-required').length),
  );

  assert.equal(await acknowledged.promise, 1);
  await harness.chat.close();
});

test('a message of the bus with a former epoch does not replace the present log', async () => {
  const nodes = await TwoNodes.start();
  const { alice, bob, roomId } = await nodes.inLobby();
  await alice.send('one');
  await nodes.settle();
  const third = nodes.network.connect('third');

  const epoch = 'before a failover' as Epoch;
  third.publish('nodes', 'all', { kind: 'heads', heads: [{ roomId, sequence: 9, epoch }] });
  await nodes.advance(100, 50);
  await alice.send('two');
  await nodes.settle();

  for (const client of [alice, bob]) assert.deepEqual(client.ofKind('resync-required'), []);
  assert.deepEqual(bob.messages, ['one', 'two']);
  await nodes.close();
});

test('the position of an open conversation is one of the log that the client follows', async () => {
  const failing = new FailingOverStore();
  const harness = new ChatHarness({ store: failing.store });
  const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
  const { roomId } = await alice.sendTo('bob', 'one');
  await harness.settle();
  const [before] = await failing.store.log.readHeads([roomId]);
  failing.failOver();

  const epochs: Epoch[] = [];
  const request = { roomId, position: undefined };
  await harness.chat.directRoomSubscriber.subscribe(bob.connection, request, ({ head }) => {
    epochs.push(head.epoch);
  });

  assert.deepEqual(epochs, [before?.head.epoch]);
  await harness.chat.close();
});

describe('an answer of the store from before a failover does not bring the former log back', () => {
  /** The second user joins a room that the first user, who is a member, has closed. */
  const onClosedLobby = async () => {
    const failing = new FailingOverStore();
    const harness = new ChatHarness({ store: failing.store });
    const alice = await harness.connect('alice');
    const { room } = await alice.join('lobby');
    await alice.send('one');
    alice.leave();
    harness.clock.advance(61_000);
    await harness.settle();
    return { failing, harness, room };
  };
  const assertThatRoomGoesOn = async (client: Client, other: Client) => {
    const resyncs = client.ofKind('resync-required').length;
    await other.join('lobby');
    await other.send('after');
    assert.equal(client.messages.at(-1), 'after');
    assert.equal(client.ofKind('resync-required').length, resyncs);
  };

  for (const isRepeated of [false, true]) {
    test(`of a commit${isRepeated ? ' of a repeated command' : ''}`, async () => {
      const { failing, harness, room } = await onClosedLobby();
      const message = {
        to: { roomId: room.id },
        content: 'late',
        clientMessageId: 'c1' as ClientMessageId,
        parentId: undefined,
        attachments: [],
      };
      const alice = await harness.userOf('alice');
      if (isRepeated) await harness.chat.connectionless.send(alice, message);
      const release = failing.holdNext('commit');
      const sending = harness.chat.connectionless.send(alice, message);
      await harness.settle();
      failing.failOver();
      const bob = await harness.connect('bob');
      await bob.join('lobby');

      release();

      await assert.rejects(sending, { code: 'UNAVAILABLE' });
      await assertThatRoomGoesOn(bob, await harness.connect('carol'));
      await harness.chat.close();
    });
  }

  test('of the list of own rooms', async () => {
    const failing = new FailingOverStore();
    const harness = new ChatHarness({ store: failing.store });
    const alice = await harness.connect('alice');
    await harness.userOf('bob');
    await alice.sendTo('bob', 'one');
    alice.leave();
    harness.clock.advance(61_000);
    await harness.settle();

    // The first list shows which rooms to subscribe to, the second one where they begin.
    const releaseFirst = failing.holdNext('listRoomsOf');
    const connecting = harness.connect('bob');
    await harness.settle();
    const release = failing.holdNext('listRoomsOf');
    releaseFirst();
    await harness.settle();
    failing.failOver();
    const again = await harness.connect('alice');
    release();
    const bob = await connecting;

    assert.deepEqual(
      [again, bob].map((client) => client.ofKind('resync-required').length),
      [0, 1],
    );
    await harness.chat.close();
  });
});
