/** The real Socket.IO server on our sockets, and on those of `ws`, with its own client. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { Server } from 'socket.io';
import { io, type Socket } from 'socket.io-client';
import { inTime, until } from '../support/wait.ts';
import { type Implementation, OWN, REAL } from './both.ts';

type Transports = ('polling' | 'websocket')[];

interface Setting {
  readonly transports: Transports;
  readonly isCompressed?: boolean;
}

async function start(t: TestContext, { WebSocketServer }: Implementation, setting: Setting) {
  const http = createServer();
  // engine.io calls the class with exactly these options.
  const calls: object[] = [];
  class Engine extends WebSocketServer {
    constructor(options: object) {
      super(options);
      calls.push(options);
    }
  }
  const server = new Server(http, {
    wsEngine: Engine as never,
    perMessageDeflate: setting.isCompressed === true ? { threshold: 0 } : false,
  });
  server.on('connection', (socket) => {
    socket.on('echo', (data, answer) => answer(data));
    socket.on('say', (data) => socket.broadcast.emit('said', data));
    socket.on('say to all', (data) => server.emit('said', data));
    socket.on('join', (room, done) => {
      void socket.join(room);
      done();
    });
    socket.on('say in', (room, data) => server.to(room).emit('said', data));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  // A TCP server that listens has an address of this kind.
  const { port } = http.address() as AddressInfo;
  t.after(() => inTime(server.close(), 'the server to close'));
  assert(calls.length > 0, 'Socket.IO made a server of this class');

  const connect = async (): Promise<Socket> => {
    const client = io(`http://127.0.0.1:${port}`, {
      transports: setting.transports,
      forceNew: true,
      reconnection: false,
    });
    t.after(() => client.disconnect());
    await until(() => client.connected, 'the client');
    await until(() => client.io.engine.transport.name === 'websocket', 'the upgrade');
    return client;
  };
  return { server, connect };
}

/** The events that a client receives, in order. */
function hear(client: Socket): unknown[] {
  const received: unknown[] = [];
  client.on('said', (data) => received.push(data));
  return received;
}

const SETTINGS: Readonly<Record<string, Setting>> = {
  'over WebSocket alone': { transports: ['websocket'] },
  'over polling with an upgrade': { transports: ['polling', 'websocket'] },
  'with compression': { transports: ['websocket'], isCompressed: true },
};

for (const implementation of [REAL, OWN]) {
  for (const [name, setting] of Object.entries(SETTINGS)) {
    test(`Socket.IO on ${implementation.name} ${name}: text, bytes, answers and broadcasts`, async (t) => {
      const { server, connect } = await start(t, implementation, setting);
      const [alice, bob, carol] = [await connect(), await connect(), await connect()];
      const received = [alice, bob, carol].map(hear);
      const bytes = Buffer.alloc(50_000, 7);

      const question = { text: 'grüße', deep: [1, bytes], large: 'x'.repeat(100_000) };
      const answer = await inTime(alice.emitWithAck('echo', question), 'the answer');
      bob.emit('say', 'to the others');
      await until(() => received[0]?.length === 1 && received[2]?.length === 1, 'the broadcast');
      bob.emit('say to all', { bytes });
      await until(() =>
        received.every((each) => each.length > 0 && each.at(-1) !== 'to the others'),
      );
      await carol.emitWithAck('join', 'lobby');
      alice.emit('say in', 'lobby', 'to the lobby');
      await until(() => received[2]?.at(-1) === 'to the lobby', 'the message to the room');

      assert.deepEqual(answer, question);
      assert.deepEqual(received, [
        ['to the others', { bytes }],
        [{ bytes }],
        ['to the others', { bytes }, 'to the lobby'],
      ]);
      assert.equal(server.engine.clientsCount, 3);
    });
  }

  test(`Socket.IO on ${implementation.name}: a broadcast is encoded once`, async (t) => {
    const { server, connect } = await start(t, implementation, { transports: ['websocket'] });
    const frames: unknown[] = [];
    server.engine.on('connection', ({ transport }) => {
      // engine.io itself calls it.
      const { _sender } = transport.socket;
      const { sendFrame } = _sender;
      _sender.sendFrame = (parts: unknown, done: unknown) => {
        // With `ws` every message passes here; only prepared frames repeat the same list.
        if (typeof done === 'function') frames.push(parts);
        sendFrame.call(_sender, parts, done);
      };
    });
    const clients = [await connect(), await connect(), await connect()];
    const received = clients.map(hear);
    frames.length = 0;

    server.emit('said', 'to all');

    await until(() => received.every((each) => each.length === 1), 'the broadcast');
    assert.equal(frames.length, 3);
    assert.equal(new Set(frames).size, 1);
  });

  test(`Socket.IO on ${implementation.name}: a thousand messages keep their order`, async (t) => {
    const { connect } = await start(t, implementation, { transports: ['websocket'] });
    const [alice, bob] = [await connect(), await connect()];
    const received = hear(bob);
    const sent = Array.from({ length: 1_000 }, (_, index) => index);

    for (const index of sent) alice.emit('say', index);

    await until(() => received.length === sent.length, 'all messages');
    assert.deepEqual(received, sent);
  });

  test(`Socket.IO on ${implementation.name}: both sides receive the close`, async (t) => {
    const { server, connect } = await start(t, implementation, { transports: ['websocket'] });
    const ends: string[] = [];
    server.on('connection', (socket) => socket.on('disconnect', (reason) => ends.push(reason)));
    const [alice, bob] = [await connect(), await connect()];

    alice.disconnect();
    await until(() => ends.length === 1, 'the end of the first');
    bob.io.engine.close();
    await until(() => ends.length === 2, 'the end of the second');
    await until(() => server.engine.clientsCount === 0, 'nobody to be left');

    assert.deepEqual(ends, ['client namespace disconnect', 'transport close']);
  });
}
