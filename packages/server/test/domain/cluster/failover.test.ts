import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Epoch } from '@parley/protocol';
import type { Store } from '../../../src/ports/store.ts';
import { openMemoryStore } from '../../../src/stores/memory/store.ts';
import { ChatHarness } from '../../support/chat-harness.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

/** A store whose logs begin another epoch when the test says so. */
function failingOver() {
  const inner = openMemoryStore();
  const latest: { epoch: Epoch | undefined } = { epoch: undefined };
  const { log } = inner;
  const store: Store = {
    ...inner,
    log: {
      ...log,
      async readHeads(roomIds) {
        const heads = await log.readHeads(roomIds);
        return heads.map(({ roomId, head }) => ({ roomId, head: { ...head, ...of(latest) } }));
      },
      async readEvents(...args) {
        const { head, ...page } = await log.readEvents(...args);
        return { ...page, head: head && { ...head, ...of(latest) } };
      },
    },
  };
  return { store, latest };
}

function of({ epoch }: { readonly epoch: Epoch | undefined }) {
  return epoch === undefined ? {} : { epoch };
}

test('clients of all nodes fetch a room again when its log has another epoch', async () => {
  const { store, latest } = failingOver();
  const nodes = await TwoNodes.start({ store });
  const { alice, bob } = await nodes.inLobby();
  await alice.send('one');
  await nodes.settle();
  const before = [alice, bob].map((client) => client.ofKind('resync-required').length);

  latest.epoch = 'after a failover' as Epoch;
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
  const inner = openMemoryStore();
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
