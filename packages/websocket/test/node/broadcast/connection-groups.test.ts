/**
 * Named groups. Clients: alice, bob, carol, each with a raw client, in groups `lobby` and `ops`.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { close } from '../../support/bytes.ts';
import type { RawPeer } from '../../support/raw-peer.ts';
import { startServer } from '../../support/test-server.ts';
import { turns, until } from '../../support/wait.ts';

async function setUp(t: TestContext) {
  const on = await startServer(t);
  const alice = await on.open();
  const bob = await on.open();
  const carol = await on.open();
  return { ...on, groups: on.server.groups, alice, bob, carol };
}

async function assertSilent(peer: RawPeer): Promise<void> {
  await turns(20);
  assert.equal(peer.isSilent, true);
}

test('a broadcast to a group reaches only its members', async (t) => {
  const { server, groups, alice, bob, carol } = await setUp(t);
  groups.join(alice.connection, 'lobby');
  groups.join(bob.connection, 'lobby');
  groups.join(carol.connection, 'ops');

  const result = server.broadcast('hi', { group: 'lobby' });

  assert.deepEqual(result, { sent: 2, failed: 0, filtered: 0 });
  assert.equal(await alice.peer.nextText(), 'hi');
  assert.equal(await bob.peer.nextText(), 'hi');
  await assertSilent(carol.peer);
});

test('a member of several of the groups gets it once', async (t) => {
  const { server, groups, alice, bob } = await setUp(t);
  groups.join(alice.connection, 'lobby');
  groups.join(alice.connection, 'ops');
  groups.join(bob.connection, 'ops');

  const result = server.broadcast('hi', { group: ['lobby', 'ops', 'nobody is here'] });

  assert.deepEqual(result, { sent: 2, failed: 0, filtered: 0 });
  assert.equal(await alice.peer.nextText(), 'hi');
  await assertSilent(alice.peer);
});

test('the other options select among the members', async (t) => {
  const { server, groups, alice, bob, carol } = await setUp(t);
  groups.join(alice.connection, 'lobby');
  groups.join(bob.connection, 'lobby');
  const ids = [alice, bob, carol].map(({ connection }) => connection.id);

  assert.deepEqual(
    server.broadcast('hi', { group: 'lobby', excludeConnections: [alice.connection.id] }),
    { sent: 1, failed: 0, filtered: 1 },
  );
  assert.equal(server.broadcast('hi', { group: 'lobby', includeOnly: ids }).sent, 2);
});

test('an empty group, and an empty list of groups, have no recipients', async (t) => {
  const { server } = await setUp(t);

  assert.equal(server.broadcast('hi', { group: 'lobby' }).sent, 0);
  assert.equal(server.broadcast('hi', { group: [] }).sent, 0);
});

test('joining twice is joining once, and leaving returns whether it was a member', async (t) => {
  const { server, groups, alice } = await setUp(t);

  assert.equal(groups.join(alice.connection, 'lobby'), true);
  assert.equal(groups.join(alice.connection, 'lobby'), true);
  assert.equal(server.broadcast('hi', { group: 'lobby' }).sent, 1);
  assert.equal(groups.leave(alice.connection, 'lobby'), true);
  assert.equal(groups.leave(alice.connection, 'lobby'), false);

  assert.equal(server.broadcast('hi', { group: 'lobby' }).sent, 0);
});

test('the members of a group, and the groups of a connection, can be listed', async (t) => {
  const { server, groups, alice, bob } = await setUp(t);
  groups.join(alice.connection, 'lobby');
  groups.join(bob.connection, 'lobby');
  groups.join(bob.connection, 'ops');

  assert.deepEqual([...groups.members('lobby')], [alice.connection, bob.connection]);
  assert.deepEqual([...groups.of(bob.connection)], ['lobby', 'ops']);
  assert.deepEqual([...groups.names()], ['lobby', 'ops']);
  assert.equal(server.getStats().groups, 2);
});

test('an ended connection leaves all groups, and empty groups are removed', async (t) => {
  const { server, groups, alice, bob, closes } = await setUp(t);
  groups.join(alice.connection, 'lobby');
  groups.join(alice.connection, 'ops');
  groups.join(bob.connection, 'lobby');

  alice.peer.send(close(1000));
  bob.connection.destroy();
  alice.peer.socket.end();
  await until(() => closes.length === 2);

  assert.equal(groups.size, 0);
  assert.deepEqual([...groups.of(alice.connection)], []);
  assert.equal(server.getStats().groups, 0);
});

test('while it closes, its listeners can still send to the remaining members', async (t) => {
  const { server, groups, alice, bob } = await setUp(t);
  groups.join(alice.connection, 'lobby');
  groups.join(bob.connection, 'lobby');
  alice.connection.on('close', () => {
    for (const group of groups.of(alice.connection)) server.broadcast('alice left', { group });
  });

  alice.connection.destroy();

  assert.equal(await bob.peer.nextText(), 'alice left');
});

test('an ended connection, or one of another server, cannot join', async (t) => {
  const { groups, alice, bob } = await setUp(t);
  const elsewhere = await startServer(t);
  const dave = await elsewhere.open();
  bob.connection.close();
  alice.connection.destroy();

  for (const { connection } of [alice, bob, dave]) {
    assert.equal(groups.join(connection, 'lobby'), false);
  }
  assert.equal(groups.size, 0);
});

test('a broadcast reaches those who were members when it began', async (t) => {
  const { server, groups, alice, bob, carol } = await setUp(t);
  groups.join(alice.connection, 'lobby');
  groups.join(bob.connection, 'lobby');
  const filter = () => {
    groups.leave(alice.connection, 'lobby');
    groups.join(carol.connection, 'lobby');
    return true;
  };

  const { sent } = server.broadcast('hi', { group: 'lobby', filter });

  assert.equal(sent, 2);
  assert.equal(server.broadcast('again', { group: 'lobby' }).sent, 2);
});

test('thousands of groups come and go without leaving memory behind', async (t) => {
  const { groups, alice } = await setUp(t);

  for (let count = 0; count < 10_000; count += 1) groups.join(alice.connection, `room ${count}`);
  assert.equal(groups.size, 10_000);
  for (const name of groups.of(alice.connection)) groups.leave(alice.connection, name);

  assert.equal(groups.size, 0);
});
