import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TwoNodes } from '../../support/two-nodes.ts';

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
  await nodes.settle();

  assert.deepEqual([whileUsed, await isStored()], [true, false]);
  await nodes.close();
});
