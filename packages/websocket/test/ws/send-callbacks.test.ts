/** The time of send callbacks, and bytes that the sender changes. */
import assert from 'node:assert/strict';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { until } from '../support/wait.ts';
import { event, pair, testBoth } from './both.ts';

/** The internal socket that libraries use. */
function socketOf(socket: WebSocket): Duplex {
  return (socket as unknown as { readonly _socket: Duplex })._socket;
}

/** Runs `act`; records for each callback whether it was synchronous, and the socket's state. */
function watchCalls(socket: WebSocket, act: (done: (error?: Error) => void) => void) {
  const calls: { isWithin: boolean; state: number; error: string | undefined }[] = [];
  let isWithin = true;
  act((error) => calls.push({ isWithin, state: socket.readyState, error: error?.message }));
  isWithin = false;
  return calls;
}

testBoth('access to _socket does not call back synchronously', async (each, t) => {
  const { client } = await pair(t, each);

  const calls = watchCalls(client, (done) => {
    client.send('one', done);
    assert(socketOf(client));
  });

  await until(() => calls.length === 1, 'the call');
  assert.deepEqual(calls, [{ isWithin: false, state: 1, error: undefined }]);
});

testBoth('terminate calls back later, and in state CLOSING', async (each, t) => {
  const { client } = await pair(t, each);

  const calls = watchCalls(client, (done) => {
    client.send('one', done);
    client.terminate();
  });

  await until(() => calls.length === 1, 'the call');
  assert.deepEqual(calls, [{ isWithin: false, state: 2, error: undefined }]);
});

testBoth('what terminate cuts off is called back with an error, before close', async (each, t) => {
  const { client, socket } = await pair(t, each);
  client.pause();
  const order: string[] = [];
  socket.on('close', () => order.push('close'));

  const calls = watchCalls(socket, (done) => {
    for (let count = 0; count < 2; count += 1) {
      socket.send(Buffer.alloc(40_000_000), (error) => {
        order.push(error === undefined || error === null ? 'sent' : 'lost');
        done(error);
      });
    }
    socket.terminate();
  });

  await until(() => order.length === 3, 'both calls, and the end');
  assert.deepEqual(order, ['lost', 'lost', 'close']);
  assert.deepEqual(
    calls.map(({ isWithin }) => isWithin),
    [false, false],
  );
});

testBoth('a large message from a listener is called back after its send', async (each, t) => {
  const { client, socket } = await pair(t, each);
  const calls: boolean[] = [];
  socket.on('message', () => {
    let isWithin = true;
    socket.send('x'.repeat(100_000), () => calls.push(isWithin));
    isWithin = false;
  });

  client.send('go');

  await until(() => calls.length === 1, 'the call');
  assert.deepEqual(calls, [false]);
});

testBoth('a chain of sends may be as long as it likes', async (each, t) => {
  const { client, socket } = await pair(t, each);
  const payloads = ['x', Buffer.alloc(70_000)];
  let count = 0;
  const pump = () => {
    count += 1;
    if (count < 5_000) socket.send(payloads[Number(count % 500 === 0)] ?? '', pump);
    assert(socketOf(socket));
  };
  client.on('message', () => {});
  socket.on('message', pump);

  client.send('go');

  await until(() => count === 5_000, 'the last call');
  assert.equal(socket.readyState, socket.OPEN);
});

for (const byteCount of [2_000, 20_000]) {
  testBoth(`${byteCount} bytes may be changed once they are sent`, async (each, t) => {
    const { client, socket } = await pair(t, each);
    const received: number[] = [];
    const bytes = Buffer.alloc(byteCount);
    const sendAll = (from: WebSocket) => {
      for (let fill = 1; fill <= 4; fill += 1) from.send(bytes.fill(fill));
      bytes.fill(0);
    };
    for (const side of [client, socket]) {
      side.on('message', (data: Buffer, isBinary) => {
        if (isBinary) received.push(data.readUInt8(0), data.readUInt8(byteCount - 1));
        else sendAll(side);
      });
    }

    sendAll(socket);
    await until(() => received.length === 8, 'what was sent of its own accord');
    sendAll(client);
    await until(() => received.length === 16, 'what a client sent');
    client.send('from a listener');
    await until(() => received.length === 24, 'what a listener sent');

    const once = [1, 1, 2, 2, 3, 3, 4, 4];
    assert.deepEqual(received, [...once, ...once, ...once]);
  });
}

testBoth('a message may be changed once it is sent back', async (each, t) => {
  const { client, socket } = await pair(t, each);
  socket.on('message', (data: Buffer) => {
    socket.send(data);
    data.fill('x');
  });

  for (const byteCount of [2_000, 20_000, 50_000]) {
    client.send(Buffer.alloc(byteCount, 'a'));
    const [echo] = await event(client, 'message');
    assert.equal(String(echo), 'a'.repeat(byteCount));
  }
});

testBoth('bufferedAmount is nothing where nothing was sent', async (each, t) => {
  const amounts: number[] = [];
  const { WebSocketServer, WebSocket: Client } = each;
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  t.after(() => server.close());
  server.on('connection', (socket) => amounts.push(socket.bufferedAmount));
  await event(server, 'listening');
  const address = server.address();
  assert(typeof address === 'object' && address !== null);

  const client = new Client(`ws://127.0.0.1:${address.port}`);
  t.after(() => client.terminate());
  await event(client, 'open');

  assert.deepEqual(amounts, [0]);
});

testBoth('a callback that is no function is refused at once', async (each, t) => {
  const { client } = await pair(t, each);
  assert.throws(() => client.send('x', {}, 5 as never));
});
