/** Valid frames over real sockets, however they are split, and the moments around the 101. */
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { type Connection, prepareFrame, WebSocketServer } from '../../src/index.ts';
import { binary, bytes, close, continuation, ping, text } from '../support/bytes.ts';
import { countWrites } from '../support/count-writes.ts';
import { RawPeer, upgradeRequest } from '../support/raw-peer.ts';
import { echo, startServer } from '../support/test-server.ts';
import { turns, until } from '../support/wait.ts';

const more = { isFinal: false };

test('the masked Hello of RFC 6455 comes back unmasked', async (t) => {
  const { server, open } = await startServer(t);
  server.on('connection', echo);
  const { peer } = await open();

  peer.send(bytes('81 85 37 fa 21 3d 7f 9f 4d 51 58'));

  assert.equal(await peer.nextText(), 'Hello');
});

test('every length at a boundary comes back unchanged', async (t) => {
  const { server, open } = await startServer(t);
  server.on('connection', echo);
  const { peer } = await open();

  for (const length of [0, 1, 125, 126, 4_095, 4_096, 65_535, 65_536, 1_048_576]) {
    const data = Buffer.alloc(length, 'abcdefg');
    peer.send(binary(data));
    const { opcode, payload } = await peer.nextFrame();
    assert.equal(opcode, 0x2);
    assert(payload.equals(data), `${length} bytes`);
  }
});

test('pongs keep the order of their pings, whatever they overtake', async (t) => {
  const { server, open } = await startServer(t);
  server.on('connection', echo);
  const { peer } = await open();
  const names = Array.from({ length: 50 }, (_, index) => `${index}`);

  for (const name of names) peer.send(Buffer.concat([text('x'.repeat(3_000)), ping(name)]));
  const answered: string[] = [];
  for (let count = 0; count < 2 * names.length; count += 1) {
    const { opcode, payload } = await peer.nextFrame();
    if (opcode === 0xa) answered.push(payload.toString());
  }

  assert.deepEqual(answered, names);
});

test('byte by byte gives the same result as all bytes at once', async (t) => {
  const { server, open } = await startServer(t);
  server.on('connection', echo);
  const { peer } = await open();

  await peer.sendByteByByte(
    Buffer.concat([
      text('Hel', more),
      ping('now'),
      continuation('lo'),
      binary(Buffer.alloc(130, 1)),
    ]),
  );

  assert.deepEqual(await peer.nextFrame(), { opcode: 0xa, payload: Buffer.from('now') });
  assert.equal(await peer.nextText(), 'Hello');
  assert.deepEqual(await peer.nextFrame(), { opcode: 0x2, payload: Buffer.alloc(130, 1) });
});

test('frames after the request in the same segment are delivered, in order', async (t) => {
  const { server, connect } = await startServer(t);
  server.on('connection', echo);
  const peer = connect();

  peer.send(Buffer.concat([Buffer.from(upgradeRequest()), text('one'), text('two')]));
  await peer.nextAnswer();
  peer.send(text('three'));

  assert.equal(await peer.nextText(), 'one');
  assert.equal(await peer.nextText(), 'two');
  assert.equal(await peer.nextText(), 'three');
});

test('code that awaits handleUpgrade can still listen for the first message', async (t) => {
  const server = new WebSocketServer();
  const httpServer = createServer().listen(0, '127.0.0.1');
  t.after(async () => {
    await server.shutdown();
    httpServer.close();
  });
  const messages: string[] = [];
  httpServer.on('upgrade', async (request, socket, head) => {
    const connection = await server.handleUpgrade(request, socket, head);
    await Promise.resolve();
    connection?.on('message', (data) => messages.push(data.toString()));
  });
  await new Promise((resolve) => httpServer.once('listening', resolve));
  const address = httpServer.address();
  assert(address !== null && typeof address === 'object');
  const peer = new RawPeer(address.port);
  t.after(() => peer.destroy());

  peer.send(Buffer.concat([Buffer.from(upgradeRequest()), text('early')]));

  await until(() => messages.length === 1, 'the message');
  assert.deepEqual(messages, ['early']);
  peer.destroy();
});

test('a message sent from the connection event comes right after the 101', async (t) => {
  const { server, open } = await startServer(t);
  server.on('connection', (connection) => connection.sendText('welcome'));

  const { peer } = await open();

  assert.equal(await peer.nextText(), 'welcome');
});

test('a message is delivered as bytes, with its type', async (t) => {
  const { open } = await startServer(t);
  const { peer, connection } = await open();
  const seen: [unknown, boolean][] = [];
  connection.on('message', (data, isBinary) => seen.push([data, isBinary]));

  peer.send(Buffer.concat([text('é'), binary(bytes('ff00')), text('')]));
  await until(() => seen.length === 3);

  assert.deepEqual(seen, [
    [Buffer.from('é'), false],
    [bytes('ff00'), true],
    [Buffer.alloc(0), false],
  ]);
});

test('a delivered message does not change, whatever comes after', async (t) => {
  const { open } = await startServer(t);
  const { peer, connection } = await open();
  const kept: Buffer[] = [];
  connection.on('message', (data) => kept.push(data));

  for (let round = 0; round < 50; round += 1) peer.send(text(`message ${round} `.repeat(100)));
  await until(() => kept.length === 50);

  kept.forEach((data, round) => {
    assert.equal(data.toString(), `message ${round} `.repeat(100));
  });
});

test('pings are answered with their payload, in order, and reported', async (t) => {
  const { open } = await startServer(t);
  const { peer, connection } = await open();
  const events: string[] = [];
  connection.on('ping', (data) => events.push(data.toString()));

  peer.send(Buffer.concat([ping('one'), ping(''), ping(Buffer.alloc(125, 'x'))]));

  assert.deepEqual(await peer.nextFrame(), { opcode: 0xa, payload: Buffer.from('one') });
  assert.deepEqual(await peer.nextFrame(), { opcode: 0xa, payload: Buffer.alloc(0) });
  assert.deepEqual(await peer.nextFrame(), { opcode: 0xa, payload: Buffer.alloc(125, 'x') });
  assert.deepEqual(events, ['one', '', 'x'.repeat(125)]);
});

test('the application may ping and pong, with at most 125 bytes', async (t) => {
  const { open } = await startServer(t);
  const { peer, connection } = await open();

  assert.equal(connection.ping('a'), true);
  assert.equal(connection.pong(Buffer.alloc(125, 'b')), true);
  assert.throws(() => connection.ping(Buffer.alloc(126)), { code: 'INVALID_ARGUMENT' });

  assert.deepEqual(await peer.nextFrame(), { opcode: 0x9, payload: Buffer.from('a') });
  assert.deepEqual(await peer.nextFrame(), { opcode: 0xa, payload: Buffer.alloc(125, 'b') });
});

test('answers to what one turn has read are written at once', async (t) => {
  const { server, open } = await startServer(t);
  let writes = 0;
  server.on('connection', (connection, { socket }) => {
    echo(connection);
    countWrites(socket, () => (writes += 1));
  });
  const { peer } = await open();
  writes = 0;

  peer.send(Buffer.concat(new Array(100).fill(text('short'))));
  for (let count = 0; count < 100; count += 1) assert.equal(await peer.nextText(), 'short');

  // A slow machine handles them in several turns of a millisecond.
  assert(writes >= 1 && writes <= 20, `${writes} writes`);
});

test('one connection that sends without pause does not block the others', async (t) => {
  const { server, open } = await startServer(t);
  const order: string[] = [];
  const alice = await open();
  const bob = await open();
  alice.connection.on('message', () => order.push('alice'));
  bob.connection.on('message', () => order.push('bob'));

  // One read of several thousand messages, and one message that arrives meanwhile.
  alice.peer.send(Buffer.concat(new Array(5_000).fill(text('a'))));
  bob.peer.send(text('b'));
  await until(() => order.length === 5_001);

  assert(order.indexOf('bob') < 5_000, 'bob was heard before alice was done');
  assert.equal(server.connections.size, 2);
});

test('while paused nothing is delivered, and after resume all of it, in order', async (t) => {
  const { open } = await startServer(t);
  const { peer, connection } = await open();
  const seen: string[] = [];
  connection.on('message', (data) => {
    seen.push(data.toString());
    if (seen.length === 2) connection.pause();
  });

  peer.send(Buffer.concat(['1', '2', '3', '4'].map((each) => text(each))));
  await until(() => seen.length === 2);
  peer.send(text('5'));
  await turns(50);
  assert.deepEqual(seen, ['1', '2']);

  connection.resume();
  await until(() => seen.length === 5);
  assert.deepEqual(seen, ['1', '2', '3', '4', '5']);
});

test('a paused connection stops reading, so that its peer is slowed down', async (t) => {
  const { open } = await startServer(t);
  const { peer, connection } = await open();
  connection.pause();

  let sent = 0;
  const chunk = binary(Buffer.alloc(1_000_000));
  while (peer.socket.writableLength < 4_000_000) {
    peer.send(chunk);
    sent += chunk.length;
    await turns(10);
    assert(sent < 100_000_000, 'the peer was never slowed down');
  }

  assert(connection.counters.bytesReceived < 200_000);
});

test('pause and resume in the same listener lose nothing', async (t) => {
  const { open } = await startServer(t);
  const { peer, connection } = await open();
  const seen: string[] = [];
  connection.on('message', (data) => {
    seen.push(data.toString());
    connection.pause();
    connection.resume();
  });

  for (let round = 0; round < 20; round += 1) {
    peer.send(Buffer.concat([text(`a${round}`), text(`b${round}`)]));
  }
  await until(() => seen.length === 40);

  const expected = Array.from({ length: 20 }, (_, round) => [`a${round}`, `b${round}`]).flat();
  assert.deepEqual(seen, expected);
});

test('the first listener may send to other connections from inside its message event', async (t) => {
  const { server, open } = await startServer(t);
  const forward = (from: Connection) =>
    from.on('message', (data) => {
      for (const other of server.connections.values()) if (other !== from) other.sendText(data);
    });
  server.on('connection', forward);
  const alice = await open();
  const bob = await open();

  alice.peer.send(text('hi bob'));
  bob.peer.send(text('hi alice'));

  assert.equal(await bob.peer.nextText(), 'hi bob');
  assert.equal(await alice.peer.nextText(), 'hi alice');
});

test('a connection that its connection listener pauses is not read until it is resumed', async (t) => {
  const { server, connections, open } = await startServer(t);
  let messages = 0;
  server.on('connection', (connection) => {
    connection.pause();
    connection.on('message', () => (messages += 1));
  });
  const { peer } = await open();
  const [connection] = connections;
  assert(connection !== undefined);

  for (let count = 0; count < 200; count += 1) peer.send(binary(Buffer.alloc(65_536)));
  await turns(100);

  const { bytesReceived } = connection.counters;
  assert(bytesReceived <= 262_144, `${bytesReceived} bytes were read`);
  assert.equal(messages, 0);
  connection.resume();
  await until(() => messages === 200);
});

test('the callback of a message runs in the asynchronous context of its send', async (t) => {
  const { server, connections, open } = await startServer(t);
  await open();
  await open();
  const context = new AsyncLocalStorage<string>();
  const called: string[] = [];
  const frame = prepareFrame('frame');

  for (const [index, connection] of connections.entries()) {
    context.run(`user ${index}`, () => {
      const note = (kind: string) => () => called.push(`${kind} of ${context.getStore()}`);
      connection.sendText('text', note('text'));
      connection.sendFrame(frame, note('frame'));
      connection.sendFragment('fragment', { isFinal: true, done: note('fragment') });
      connection.ping('', note('ping'));
    });
  }

  await until(() => called.length === 8);
  const kinds = ['text', 'frame', 'fragment', 'ping'];
  const expected = [0, 1].flatMap((user) => kinds.map((kind) => `${kind} of user ${user}`));
  assert.deepEqual(called.toSorted(), expected.toSorted());
  assert.equal(server.connections.size, 2);
});

for (const [title, act] of [
  ['', () => {}],
  [
    ', also if the application pauses at each message',
    (connection: Connection) => {
      connection.pause();
      setTimeout(() => connection.resume(), 15);
    },
  ],
] as const) {
  test(`the messages of a peer that leaves at once are delivered before the close${title}`, async (t) => {
    const { server, closes, open } = await startServer(t);
    let messages = 0;
    server.on('connection', (connection) => {
      connection.on('message', () => {
        messages += 1;
        assert.equal(closes.length, 0);
        // Fails at once, as the peer has left.
        connection.sendText('answer');
        act(connection);
      });
    });
    const { peer } = await open();

    const frames = Array.from({ length: 1_000 }, () => text('x'));
    peer.socket.write(Buffer.concat([...frames, close(1001)]), () => peer.destroy());

    await until(() => closes.length === 1);
    assert.equal(messages, 1_000);
    assert.equal(closes[0]?.code, 1001);
  });
}

test('events that timers of the engine cause see the context of no other connection', async (t) => {
  const { connections, open } = await startServer(t, { writeBufferLimit: 100_000 });
  const { peer } = await open();
  await open();
  const [first, second] = connections;
  const context = new AsyncLocalStorage<string>();
  const stores: unknown[] = [];
  first?.on('drain', () => stores.push(context.getStore()));

  // The second one starts the timer for the output of both.
  context.run('second', () => second?.sendText('a'));
  first?.sendBinary(Buffer.alloc(200_000));

  assert.equal((await peer.nextFrame()).payload.length, 200_000);
  await until(() => stores.length > 0);
  assert.deepEqual(stores, [undefined]);
});

test('output is sent although the application has replaced timers for a while', async (t) => {
  const { connections, open } = await startServer(t);
  const { peer } = await open();

  t.mock.timers.enable({ apis: ['setImmediate', 'setTimeout'] });
  connections[0]?.sendText('during');
  t.mock.timers.reset();

  assert.equal(await peer.nextText(), 'during');
});

test('`sendFrame` rejects anything but a frame', async (t) => {
  const { connections, open } = await startServer(t);
  const { peer } = await open();
  const frame = prepareFrame('hello');
  const wrong = [undefined, null, 'a', [], { bytes: [129, 1, 65], payloadBytes: 1 }];

  for (const given of [...wrong, JSON.parse(JSON.stringify(frame))]) {
    assert.throws(() => connections[0]?.sendFrame(given), { code: 'INVALID_ARGUMENT' });
  }

  connections[0]?.sendFrame(frame);
  assert.equal(await peer.nextText(), 'hello');
});
