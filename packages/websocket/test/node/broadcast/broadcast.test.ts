/** One message to many. Clients: alice, bob, carol, each with a raw client. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { WebSocketServerOptions } from '../../../src/index.ts';
import { close } from '../../support/bytes.ts';
import { countWrites } from '../../support/count-writes.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import type { RawPeer } from '../../support/raw-peer.ts';
import { startServer } from '../../support/test-server.ts';
import { turns, until } from '../../support/wait.ts';

async function setUp(t: TestContext, options: Partial<WebSocketServerOptions<string>> = {}) {
  const on = await startServer<string>(t, options);
  const alice = await openNamed('alice');
  const bob = await openNamed('bob');
  const carol = await openNamed('carol');
  return { ...on, alice, bob, carol };

  async function openNamed(name: string) {
    const { peer, connection } = await on.open();
    connection.metadata = name;
    return { peer, connection, id: connection.id };
  }
}

async function assertSilent(peer: RawPeer): Promise<void> {
  await turns(20);
  assert.equal(peer.isSilent, true);
}

test('a text reaches all connections, bytes arrive as binary', async (t) => {
  const { server, alice, bob, carol } = await setUp(t);

  assert.deepEqual(server.broadcast('hi'), { sent: 3, failed: 0, filtered: 0 });
  server.broadcast(Buffer.from('hi'));

  for (const { peer } of [alice, bob, carol]) {
    assert.equal(await peer.nextText(), 'hi');
    assert.equal((await peer.nextFrame()).opcode, 0x2);
  }
});

test('connections can be excluded, by id or by a filter', async (t) => {
  const { server, alice, bob, carol } = await setUp(t);

  const result = server.broadcast('hi', {
    excludeConnections: [alice.id],
    filter: ({ metadata }) => metadata !== 'carol',
  });

  assert.deepEqual(result, { sent: 1, failed: 0, filtered: 2 });
  assert.equal(await bob.peer.nextText(), 'hi');
  await assertSilent(alice.peer);
  await assertSilent(carol.peer);
});

test('a list of ids gets it, each once, and unknown ids are skipped', async (t) => {
  const { server, alice, bob } = await setUp(t);

  const result = server.broadcast('hi', { includeOnly: [alice.id, alice.id, 'nobody'] });

  assert.deepEqual(result, { sent: 1, failed: 0, filtered: 0 });
  assert.equal(await alice.peer.nextText(), 'hi');
  await assertSilent(alice.peer);
  await assertSilent(bob.peer);
});

test('invalid or unknown options are rejected, and nothing is sent', async (t) => {
  const { server, alice, bob } = await setUp(t);
  const wrong: object[] = [
    { includeonly: [alice.id] },
    { exclude: [alice.id] },
    { toString: 1 },
    { includeOnly: alice.id },
    { includeOnly: [alice.connection] },
    { excludeConnections: bob.id },
    { excludeConnections: [bob.connection] },
    { group: 5 },
    { group: [5] },
    { filter: 'bob' },
    { filter: async () => false },
    { filter: async () => assert.fail('a fault of the filter') },
    { messageType: 'json' },
    { compress: 1 },
    { failFast: 'yes' },
    { trackDelivery: 1 },
    { priority: 'high' },
    { requireState: 'CLOSING' },
    { timeout: -1 },
  ];

  for (const options of wrong) {
    assert.throws(() => server.broadcast('hi', options), { code: 'INVALID_ARGUMENT' });
  }

  assert.equal(server.getStats().broadcasts.count, 0);
  await assertSilent(alice.peer);
  assert.equal(server.broadcast('hi', { includeOnly: null, group: undefined } as object).sent, 3);
});

test('only connections that were named, and then excluded, count as filtered', async (t) => {
  const { server, alice, bob, carol } = await setUp(t);
  for (const { connection } of [alice, bob]) server.groups.join(connection, 'lobby');
  const isBob = ({ id }: { readonly id: string }) => id === bob.id;

  const counts = [
    { group: 'lobby', filter: isBob },
    { includeOnly: [alice.id, bob.id], filter: isBob },
    { group: 'lobby', includeOnly: [bob.id, carol.id] },
    { group: 'lobby', excludeConnections: [alice.id, carol.id] },
    { filter: isBob },
  ].map((options) => server.broadcast('hi', options));

  assert.deepEqual(
    counts.map(({ sent, filtered }) => [sent, filtered]),
    [
      [1, 1],
      [1, 1],
      [1, 0],
      [1, 1],
      [1, 2],
    ],
  );
});

test('a closing connection is skipped without an error', async (t) => {
  const { server, alice, bob, errors } = await setUp(t);
  alice.connection.close();

  assert.deepEqual(server.broadcast('hi'), { sent: 2, failed: 0, filtered: 0 });

  assert.equal(await alice.peer.nextCloseCode(), 1000);
  assert.equal(await bob.peer.nextText(), 'hi');
  assert.deepEqual(errors, []);
});

test('the result for each connection can be reported', async (t) => {
  const { server, alice, bob, carol } = await setUp(t);

  const { deliveries } = server.broadcast('hi', {
    excludeConnections: [bob.id],
    trackDelivery: true,
  });

  assert.deepEqual(
    deliveries,
    new Map([
      [alice.id, 'sent'],
      [bob.id, 'filtered'],
      [carol.id, 'sent'],
    ]),
  );
});

test('a message above the limit is rejected and sent to none, a message at the limit to all', async (t) => {
  const { server, alice } = await setUp(t, { maxMessageSize: 1_000 });

  assert.throws(() => server.broadcast('a'.repeat(1_001)), { code: 'MESSAGE_TOO_BIG' });
  assert.equal(server.broadcast('b'.repeat(1_000)).sent, 3);

  assert.equal(await alice.peer.nextText(), 'b'.repeat(1_000));
});

test('broadcasts arrive in the order of the calls, and in order with other messages', async (t) => {
  const { server, alice, bob } = await setUp(t);

  server.broadcast('1');
  alice.connection.sendText('2, for alice');
  server.broadcast('3');

  assert.equal(await alice.peer.nextText(), '1');
  assert.equal(await alice.peer.nextText(), '2, for alice');
  assert.equal(await alice.peer.nextText(), '3');
  assert.equal(await bob.peer.nextText(), '1');
  assert.equal(await bob.peer.nextText(), '3');
});

test('a slow or closed connection neither stops nor delays the others', async (t) => {
  const { server, alice, bob, carol } = await setUp(t);
  alice.peer.socket.pause();
  carol.peer.destroy();
  const data = Buffer.alloc(1_000_000, 'x');

  let failed = 0;
  for (let count = 1; failed === 0; count += 1) {
    failed = server.broadcast(data).failed;
    assert.equal((await bob.peer.nextFrame()).payload.length, 1_000_000);
    assert(count < 200, 'the system took all of it');
  }

  assert.equal(alice.connection.state, 'CLOSING');
  assert.equal(bob.connection.state, 'OPEN');
});

test('failFast stops at the first connection that rejects it', async (t) => {
  const { server, alice } = await setUp(t, { slowConsumerPolicy: 'drop' });
  alice.peer.socket.pause();
  while (alice.connection.sendBinary(Buffer.alloc(1_000_000))) await turns(3);

  const result = server.broadcast('hi', { failFast: true });

  assert.deepEqual(result, { sent: 0, failed: 1, filtered: 0 });
});

test('a broadcast from a close event, while a client joins, is safe', async (t) => {
  const { server, alice, bob, carol } = await setUp(t);
  server.on('connectionClosed', () => server.broadcast('somebody left'));
  bob.connection.on('close', () => carol.connection.destroy());

  bob.connection.destroy();

  assert.equal(await alice.peer.nextText(), 'somebody left');
  assert.equal(await alice.peer.nextText(), 'somebody left');
  await until(() => server.connections.size === 1);
});

test('a filter that throws ends the call, and nothing was sent', async (t) => {
  const { server, alice, bob, carol } = await setUp(t);
  const filter = ({ id }: { readonly id: string }) => {
    if (id === carol.id) throw new Error('no metadata');
    return true;
  };

  assert.throws(() => server.broadcast('hi', { filter }), /no metadata/);

  await assertSilent(alice.peer);
  await assertSilent(bob.peer);
});

test('it can be a ping, or a close with the message as its reason', async (t) => {
  const { server, alice, bob } = await setUp(t);

  server.broadcast('are you there', { messageType: 'ping' });
  server.broadcast(Buffer.from('bye'), { messageType: 'close', includeOnly: [bob.id] });

  assert.deepEqual(await alice.peer.nextFrame(), {
    opcode: 0x9,
    payload: Buffer.from('are you there'),
  });
  assert.equal((await bob.peer.nextFrame()).opcode, 0x9);
  assert.deepEqual((await bob.peer.nextFrame()).payload.subarray(2), Buffer.from('bye'));
  assert.throws(() => server.broadcast('x'.repeat(126), { messageType: 'ping' }), {
    code: 'INVALID_ARGUMENT',
  });
});

test('bytes can be sent as text, and a string as binary', async (t) => {
  const { server, alice } = await setUp(t);

  server.broadcast(Buffer.from('é'), { messageType: 'text' });
  server.broadcast('é', { messageType: 'binary' });

  assert.equal(await alice.peer.nextText(), 'é');
  assert.deepEqual(await alice.peer.nextFrame(), { opcode: 0x2, payload: Buffer.from('é') });
});

test('an invalid message is rejected, and nothing is sent', async (t) => {
  const { server, alice } = await setUp(t);

  for (const wrong of [undefined, null, 7, { text: 'hi' }]) {
    assert.throws(() => server.broadcast(wrong as unknown as string), { code: 'INVALID_ARGUMENT' });
  }

  await assertSilent(alice.peer);
});

test('each broadcast is reported when it is done, and counted', async (t) => {
  const { server, alice } = await setUp(t);
  const events: unknown[] = [];
  server.on('broadcastComplete', (result) => events.push(result));

  server.broadcast('hi', { excludeConnections: [alice.id] });
  server.broadcast('hi');

  assert.deepEqual(events, [
    { sent: 2, failed: 0, filtered: 1 },
    { sent: 3, failed: 0, filtered: 0 },
  ]);
  assert.deepEqual(server.getStats().broadcasts, {
    count: 2,
    sent: 5,
    failed: 0,
    filtered: 1,
    dropped: 0,
  });
});

test('a broadcast without recipients is not an error', async (t) => {
  const { server } = await startServer(t);

  assert.deepEqual(server.broadcast('hi'), { sent: 0, failed: 0, filtered: 0 });
});

test('several messages of one turn are sent in one write each, to a large group', async (t) => {
  const { server, open } = await startServer(t);
  let writes = 0;
  server.on('connection', (_, { socket }) => countWrites(socket, () => (writes += 1)));
  const peers: RawPeer[] = [];
  for (let count = 0; count < 100; count += 1) peers.push((await open()).peer);
  writes = 0;

  for (let count = 0; count < 16; count += 1) server.broadcast(`message ${count}`);

  for (const peer of peers) {
    for (let count = 0; count < 16; count += 1) {
      assert.equal(await peer.nextText(), `message ${count}`);
    }
  }
  assert.equal(writes, 100);
});

test('the defaults may be given explicitly', async (t) => {
  const { server, alice } = await setUp(t);

  const result = server.broadcast('hi', {
    excludeConnections: [],
    includeOnly: null,
    requireState: 'OPEN',
    messageType: 'text',
    timeout: 5_000,
    failFast: false,
    trackDelivery: false,
  });

  assert.deepEqual(result, { sent: 3, failed: 0, filtered: 0 });
  assert.equal(await alice.peer.nextText(), 'hi');
});

test('only the state OPEN and valid timeouts are accepted', async (t) => {
  const { server, alice } = await setUp(t);

  for (const wrong of [
    { requireState: 'CLOSING' as 'OPEN' },
    { timeout: -1 },
    { timeout: Number.NaN },
    { timeout: 86_400_001 },
  ]) {
    assert.throws(() => server.broadcast('hi', wrong), { code: 'INVALID_ARGUMENT' });
  }

  await assertSilent(alice.peer);
});

test('completed reports when all messages were written', async (t) => {
  const { server } = await setUp(t);

  for (const messageType of ['text', 'ping'] as const) {
    const { completed } = server.broadcast('hi', { messageType, trackDelivery: true });
    assert.deepEqual(await completed, { written: 3, lost: 0, pending: 0 });
  }
  const { completed } = server.broadcast('hi', { filter: () => false, trackDelivery: true });
  assert.deepEqual(await completed, { written: 0, lost: 0, pending: 0 });
});

test('a broadcast of close is completed when its connections have ended', async (t) => {
  const { server, alice, bob, carol } = await setUp(t);

  const { completed } = server.broadcast('bye', { messageType: 'close', trackDelivery: true });
  for (const { peer } of [alice, bob, carol]) {
    assert.equal(await peer.nextCloseCode(), 1000);
    peer.send(close(1000));
    peer.socket.end();
  }

  assert.deepEqual(await completed, { written: 3, lost: 0, pending: 0 });
});

test('completed waits for a slow peer until timeout, and cancels nothing', async (t) => {
  const clock = new FakeClock();
  const { server, alice, bob, carol } = await setUp(t, { clock, writeBufferLimit: 67_108_864 });
  const data = Buffer.alloc(1_000_000, 'x');
  alice.peer.socket.pause();
  while (alice.connection.bufferedBytes === 0) {
    alice.connection.sendBinary(data);
    await turns(3);
  }

  const { completed } = server.broadcast('hi', { timeout: 2_000, trackDelivery: true });
  for (const { peer } of [bob, carol]) assert.equal(await peer.nextText(), 'hi');
  await until(() => bob.connection.bufferedBytes + carol.connection.bufferedBytes === 0);
  clock.advance(2_000);

  assert.deepEqual(await completed, { written: 2, lost: 0, pending: 1 });
  alice.peer.socket.resume();
  let frame = await alice.peer.nextFrame();
  while (frame.opcode === 0x2) frame = await alice.peer.nextFrame();
  assert.equal(frame.payload.toString(), 'hi');
});

test('messages lost with their connections are reported', async (t) => {
  const { server, alice } = await setUp(t, { writeBufferLimit: 67_108_864 });
  alice.peer.socket.pause();
  while (alice.connection.bufferedBytes === 0) {
    alice.connection.sendBinary(Buffer.alloc(1_000_000));
    await turns(3);
  }

  const { completed } = server.broadcast('hi', { trackDelivery: true });
  alice.connection.destroy();

  assert.deepEqual(await completed, { written: 2, lost: 1, pending: 0 });
});

test('a property that other code adds to all objects is no option', async (t) => {
  const { server } = await startServer(t);
  Object.defineProperty(Object.prototype, 'format', {
    value: 'json',
    enumerable: true,
    configurable: true,
  });
  t.after(() => Reflect.deleteProperty(Object.prototype, 'format'));

  assert.equal(server.broadcast('to nobody').sent, 0);
});
