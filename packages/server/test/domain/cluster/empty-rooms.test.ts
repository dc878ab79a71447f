import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

const HOUR_MS = 60 * 60 * 1000;

test('a temporary room that another node has open is kept when a node begins', async () => {
  const nodes = await TwoNodes.start();
  const alice = await nodes.one.connect('alice');
  const { room } = await alice.join('temp-1');
  const isStored = async () => (await nodes.store.log.readHeads([room.id])).length === 1;

  const third = nodes.newNode('third');
  await third.chat.begin();
  await nodes.advance(5000, 100);
  await nodes.advance(HOUR_MS - 5000, 5000);
  await nodes.advance(5000, 100);
  const whileUsed = await isStored();
  alice.leave();
  await nodes.advance(5000, 100);

  assert.deepEqual([whileUsed, await isStored()], [true, false]);
  await third.chat.close();
  await nodes.close();
});

test('a temporary room is deleted when its last user on any node has left', async () => {
  const nodes = await TwoNodes.start();
  const [alice, bob] = [await nodes.one.connect('alice'), await nodes.other.connect('bob')];
  const { room } = await alice.join('temp-1');
  await bob.join('temp-1');
  await nodes.settle();
  const isStored = async () => (await nodes.store.log.readHeads([room.id])).length === 1;

  alice.leave();
  await nodes.settle();
  const whileUsed = await isStored();
  bob.leave();
  await nodes.advance(2500); // The other node may report that a user has it open.

  assert.deepEqual([whileUsed, await isStored()], [true, false]);
  await nodes.close();
});

test('a temporary room that is opened on another node while it is deleted is kept', async () => {
  const store = openSqliteInMemory();
  const { promise, resolve: release } = Promise.withResolvers<void>();
  const log: typeof store.log = {
    ...store.log,
    async deleteMessagesOlderThan(roomId, cut) {
      await promise;
      return store.log.deleteMessagesOlderThan(roomId, cut);
    },
  };
  const nodes = await TwoNodes.start({ store: { ...store, log } });
  const [alice, bob] = [await nodes.one.connect('alice'), await nodes.other.connect('bob')];
  const { room } = await alice.join('temp-1');
  alice.leave();
  await nodes.advance(2500); // The other node has reported no users.

  await bob.join('temp-1');
  await nodes.settle();
  release();
  await nodes.settle();
  await bob.send('hello');
  const whileUsed = await nodes.store.log.readHeads([room.id]);
  bob.leave();
  await nodes.advance(2500);

  assert.equal(whileUsed.length, 1);
  assert.deepEqual(bob.ofKind('resync-required'), []);
  assert.deepEqual(await nodes.store.log.readHeads([room.id]), []);
  await nodes.close();
});

test('clients fetch a room again that another node has deleted', async () => {
  const nodes = await TwoNodes.start();
  const bob = await nodes.other.connect('bob');
  const { room } = await bob.join('temp-1');
  await nodes.settle();

  nodes.network.connect('third').publish('room', room.id, { kind: 'gone' });
  await nodes.settle();

  assert.deepEqual(bob.ofKind('resync-required').length, 1);
  await nodes.close();
});

test('clients learn also without the bus that another node has deleted their room', async () => {
  const nodes = await TwoNodes.start();
  const [alice, bob] = [await nodes.one.connect('alice'), await nodes.other.connect('bob')];
  const { room } = await alice.join('temp-1');
  await bob.join('temp-1');
  await nodes.settle();
  const isStored = async () => (await nodes.store.log.readHeads([room.id])).length === 1;

  nodes.network.cut('other', { isSilent: true });
  await nodes.advance(25_000); // The participants of a silent node expire.
  alice.leave();
  await nodes.advance(5000);
  assert.equal(await isStored(), false);
  await nodes.advance(2000);

  assert.equal(bob.ofKind('resync-required').length, 1);
  await nodes.close();
});
