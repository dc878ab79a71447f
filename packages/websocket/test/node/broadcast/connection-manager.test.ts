/** Operations on all connections of a server, by id. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { text } from '../../support/bytes.ts';
import { upgradeRequest } from '../../support/raw-peer.ts';
import { startServer } from '../../support/test-server.ts';
import { inTime, until } from '../../support/wait.ts';

test('a connection is found by its id until it ends', async (t) => {
  const { server, open, closes } = await startServer(t);
  const { manager } = server;
  const { connection } = await open();

  assert.equal(manager.getConnection(connection.id), connection);
  assert.deepEqual(manager.getAllConnections(), [connection]);
  connection.destroy();
  await until(() => closes.length === 1);

  assert.equal(manager.getConnection(connection.id), undefined);
  assert.deepEqual(manager.getAllConnections(), []);
});

test('the active connections are those that are OPEN', async (t) => {
  const { server, open } = await startServer(t);
  const alice = await open();
  const bob = await open();

  alice.connection.close();

  assert.deepEqual(server.manager.getActiveConnectionIds(), [bob.connection.id]);
  assert.equal(server.manager.getAllConnections().length, 2);
});

test('a connection is closed by its id, with code and reason', async (t) => {
  const { server, open } = await startServer(t);
  const { peer, connection } = await open();

  assert.equal(server.manager.closeConnection(connection.id, 4001, 'come back later'), true);

  const { payload } = await peer.nextFrame();
  assert.equal(payload.readUInt16BE(0), 4001);
  assert.equal(payload.subarray(2).toString(), 'come back later');
});

test('closing an unknown connection, or one twice, does nothing', async (t) => {
  const { server, open } = await startServer(t);
  const { peer, connection } = await open();

  assert.equal(server.manager.closeConnection('nobody'), false);
  server.manager.closeConnection(connection.id);
  server.manager.closeConnection(connection.id, 4001);

  assert.equal(await peer.nextCloseCode(), 1000);
});

test('it accepts while a slot is free, and not after shutdown begins', async (t) => {
  const { server, open } = await startServer(t, { maxConnections: 2 });
  const { manager } = server;

  await open();
  assert.equal(manager.canAcceptConnection(), true);
  const { connection } = await open();
  assert.equal(manager.canAcceptConnection(), false);
  connection.destroy();
  await until(() => manager.size === 1);
  assert.equal(manager.canAcceptConnection(), true);

  const ending = server.shutdown();
  assert.equal(manager.canAcceptConnection(), false);
  connection.destroy();
  for (const each of manager.getAllConnections()) each.destroy();
  await ending;
});

test('while the manager shuts down no handshake succeeds, and it ends', async (t) => {
  let admit = () => {};
  const { server, connect } = await startServer(t, {
    authorize: () => new Promise((resolve) => (admit = () => resolve({ accept: true }))),
  });
  const waiting = connect();
  waiting.send(upgradeRequest());
  await until(() => server.manager.size === 1);

  const ending = server.manager.shutdown();
  admit();
  const late = connect();
  late.send(upgradeRequest());

  assert.equal((await waiting.nextAnswer()).status, 503);
  assert.equal((await late.nextAnswer()).status, 503);
  await inTime(ending, 'the end');
  assert.equal(server.manager.size, 0);
});

test('a listener of the server gets the messages of all connections opened after it was added', async (t) => {
  const { server, open } = await startServer(t);
  const received: unknown[] = [];
  server.on('message', ({ id }, data, isBinary) => received.push([id, data.toString(), isBinary]));
  const alice = await open();
  const bob = await open();

  alice.peer.send(text('hi'));
  await until(() => received.length === 1);
  bob.peer.send(text('hello'));
  await until(() => received.length === 2);

  assert.deepEqual(received, [
    [alice.connection.id, 'hi', false],
    [bob.connection.id, 'hello', false],
  ]);
});

for (const [how, fail] of [
  ['throws', () => assert.fail('a fault of the application')],
  ['rejects', () => Promise.reject(new Error('a fault of the application'))],
] as const) {
  test(`a listener of the server that ${how} closes only that connection`, async (t) => {
    const { server, open, errors } = await startServer(t);
    server.on('message', fail);
    const alice = await open();
    const bob = await open();

    alice.peer.send(text('hi'));

    assert.equal(await alice.peer.nextCloseCode(), 1011);
    assert.equal(bob.connection.state, 'OPEN');
    assert.equal(errors.length, 1);
    assert.match(String(errors[0]?.error), /a fault of the application/);
  });
}
