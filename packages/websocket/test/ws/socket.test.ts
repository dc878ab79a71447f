/** Events and methods of an open socket. */
import assert from 'node:assert/strict';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { until } from '../support/wait.ts';
import { closing, event, pair, testBoth } from './both.ts';

testBoth('text arrives as a buffer that is not binary, bytes as one that is', async (each, t) => {
  const { client, socket } = await pair(t, each);
  const received: unknown[] = [];
  socket.on('message', (data, isBinary) =>
    received.push([Buffer.isBuffer(data), String(data), isBinary]),
  );

  client.send('grüße');
  client.send(Buffer.from('bytes'));
  client.send(42);
  client.send('');
  client.send(new Uint16Array([0x6161]));
  client.send(new Uint8Array([0x62, 0x63]).buffer);
  client.send('as bytes', { binary: true });
  client.send(Buffer.from('as text'), { binary: false });

  await until(() => received.length === 8, 'eight messages');
  assert.deepEqual(received, [
    [true, 'grüße', false],
    [true, 'bytes', true],
    [true, '42', false],
    [true, '', false],
    [true, 'aa', true],
    [true, 'bc', true],
    [true, 'as bytes', true],
    [true, 'as text', false],
  ]);
});

testBoth('null options, and data that is false or missing, count as absent', async (each, t) => {
  const { client, socket } = await pair(t, each);
  const received: unknown[] = [];
  socket.on('message', (data, isBinary) => received.push(String(data), isBinary));
  const sent = event(client, 'sent');

  for (const nothing of [false, null, undefined]) client.send(nothing as never);
  client.send('text', null as never, () => client.emit('sent'));

  await sent;
  await until(() => received.length === 8, 'four messages');
  assert.deepEqual(received, ['', true, '', true, '', true, 'text', false]);
});

testBoth('its properties are found by those who wrap it', async (each, t) => {
  const { client } = await pair(t, each);
  const names: string[] = [];

  for (const name in client) names.push(name);

  const expected = [
    'OPEN',
    'CLOSED',
    'binaryType',
    'bufferedAmount',
    'readyState',
    'url',
    'onmessage',
  ];
  assert.deepEqual(
    expected.filter((name) => !names.includes(name)),
    [],
  );
});

testBoth('messages of all sizes keep their order in both directions', async (each, t) => {
  const { client, socket } = await pair(t, each);
  const sizes = [0, 1, 125, 126, 65_535, 65_536, 1_000_000, 3];
  const received: number[] = [];
  socket.on('message', (data) => socket.send(data));
  client.on('message', (data: Buffer) => received.push(data.length));

  for (const size of sizes) client.send(Buffer.alloc(size, 1));

  await until(() => received.length === sizes.length, 'all echoes');
  assert.deepEqual(received, sizes);
});

testBoth('each send is called back once, without an error', async (each, t) => {
  const { client, socket } = await pair(t, each);
  const calls: unknown[] = [];

  for (const from of [client, socket]) {
    from.send('a', (error) => calls.push(error));
    from.send(Buffer.alloc(100_000), { binary: true }, (error) => calls.push(error));
    from.ping('b', undefined, (error: Error) => calls.push(error));
    from.pong('c', undefined, (error: Error) => calls.push(error));
    from.send('d', {}, undefined);
  }

  await until(() => calls.length === 8, 'all calls');
  assert.deepEqual(
    calls.map((error) => error ?? undefined),
    Array(8).fill(undefined),
  );
});

testBoth('a send after the close calls back with an error, and is counted', async (each, t) => {
  const { client } = await pair(t, each);
  client.close();
  const end = closing(client);
  const errors: string[] = [];

  client.send('late', (error) => errors.push(String(error?.message)));
  client.ping('late', undefined, (error: Error) => errors.push(error.message));
  client.send('nobody is told');

  assert.equal(errors.length, 0);
  await until(() => errors.length === 2);
  const text = 'WebSocket is not open: readyState 2 (CLOSING)';
  assert.deepEqual(errors, [text, text]);
  await end;
  const before = client.bufferedAmount;
  client.send('four', (error) => errors.push(String(error?.message)));
  assert.equal(client.bufferedAmount, before + 4);
  await until(() => errors.length === 3);
  assert.equal(errors[2], 'WebSocket is not open: readyState 3 (CLOSED)');
});

testBoth('pings are answered automatically, and emitted', async (each, t) => {
  const { client, socket } = await pair(t, each);
  const ping = event(socket, 'ping');
  const pong = event(client, 'pong');

  client.ping('hello');

  assert.equal(String((await ping)[0]), 'hello');
  assert.equal(String((await pong)[0]), 'hello');
  const empty = event(socket, 'pong');
  socket.ping();
  assert.equal(((await empty)[0] as Buffer).length, 0);
});

for (const autoPong of [false, 0, null]) {
  testBoth(`with autoPong ${autoPong} the application answers`, async (each, t) => {
    // Programs in JavaScript pass other values, too.
    const { client, socket } = await pair(t, each, { autoPong: autoPong as boolean });
    const pongs: string[] = [];
    client.on('pong', (data) => pongs.push(String(data)));
    socket.on('ping', (data) => socket.pong(`${data}, by hand`));

    client.ping('one');

    await until(() => pongs.length > 0, 'a pong');
    assert.deepEqual(pongs, ['one, by hand']);
  });
}

testBoth('a ping of more than 125 bytes is refused at once', async (each, t) => {
  const { client } = await pair(t, each);

  assert.throws(() => client.ping('x'.repeat(126)), RangeError);
  assert.throws(() => client.pong(Buffer.alloc(126)), RangeError);
});

testBoth('what is neither text nor bytes is refused at once', async (each, t) => {
  const { client } = await pair(t, each);

  const refusal = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
  for (const data of [{}, true, Symbol('x')]) {
    assert.throws(() => client.send(data as never), refusal);
    assert.throws(() => client.ping(data), refusal);
  }
  assert.throws(() => client.send((() => {}) as never), refusal);
  assert.equal(client.readyState, client.OPEN);
});

for (const [how, end] of [
  ['terminate', (socket) => socket.terminate()],
  ['destroying the socket', (socket) => socketOf(socket).destroy()],
  ['ending the socket', (socket) => socketOf(socket).end()],
] as const satisfies [string, (socket: WebSocket) => void][]) {
  testBoth(`what was sent before ${how} arrives`, async (each, t) => {
    const { client, socket } = await pair(t, each);
    const received: string[] = [];
    client.on('message', (data) => received.push(String(data)));
    const closed = closing(client);

    for (const text of ['one', 'two']) socket.send(text);
    socket.close(4_001, 'last words');
    end(socket);

    assert.deepEqual(await closed, [4_001, 'last words']);
    assert.deepEqual(received, ['one', 'two']);
  });
}

/** The internal socket that libraries use. */
function socketOf(socket: WebSocket): Duplex {
  return (socket as unknown as { readonly _socket: Duplex })._socket;
}

testBoth('close codes and reasons reach the other side, and come back', async (each, t) => {
  const { client, socket } = await pair(t, each);
  const ends = Promise.all([closing(client), closing(socket)]);

  client.close(4_000, 'grüße');

  assert.equal(client.readyState, client.CLOSING);
  const [own, theirs] = await ends;
  assert.deepEqual(theirs, [4_000, 'grüße']);
  assert.deepEqual(own, [4_000, 'grüße']);
  assert.deepEqual([client.readyState, socket.readyState], [3, 3]);
});

testBoth('close without a code is 1005 at both sides', async (each, t) => {
  const { client, socket } = await pair(t, each);
  const ends = Promise.all([closing(client), closing(socket)]);

  socket.close();

  assert.deepEqual(await ends, [
    [1_005, ''],
    [1_005, ''],
  ]);
});

testBoth(
  'codes that must not be sent, and reasons that are too long, are rejected',
  async (each, t) => {
    const { client } = await pair(t, each);

    for (const code of [0, 999, 1_004, 1_005, 1_006, 1_015, 2_999, 5_000]) {
      assert.throws(() => client.close(code), TypeError, String(code));
    }
    assert.throws(() => client.close(1_000, 'x'.repeat(124)), RangeError);
    assert.equal(client.readyState, client.OPEN);
    client.close(1_000, Buffer.from('x'.repeat(123)));
    await closing(client);
  },
);

testBoth('closing again, or once closed, does nothing', async (each, t) => {
  const { client } = await pair(t, each);

  client.close(4_001);
  client.close(4_002);
  assert.deepEqual((await closing(client))[0], 4_001);
  client.close();
  client.terminate();
});

testBoth('terminate cuts: 1006 at both sides, and CLOSING until it is emitted', async (each, t) => {
  const { client, socket } = await pair(t, each);
  const ends = Promise.all([closing(client), closing(socket)]);

  client.terminate();

  assert.equal(client.readyState, client.CLOSING);
  assert.deepEqual(await ends, [
    [1_006, ''],
    [1_006, ''],
  ]);
});

testBoth('messages before the close frame of the peer are still delivered', async (each, t) => {
  const { client, socket } = await pair(t, each);
  const received: string[] = [];
  client.on('message', (data) => received.push(String(data)));
  socket.on('message', () => socket.send('last words'));

  client.send('?');
  client.close();

  await closing(client);
  assert.deepEqual(received, ['last words']);
});

testBoth('a paused socket emits nothing until it is resumed', async (each, t) => {
  const { client, socket } = await pair(t, each);
  const received: string[] = [];
  socket.on('message', (data) => received.push(String(data)));
  socket.pause();
  assert.equal(socket.isPaused, true);

  client.send('one');
  const pong = event(client, 'pong');
  client.ping();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(received, []);
  socket.resume();

  assert.equal(socket.isPaused, false);
  await until(() => received.length === 1, 'the message');
  await pong;
});

testBoth('what a slow peer does not take is counted in bufferedAmount', async (each, t) => {
  const { client, socket } = await pair(t, each);
  client.pause();

  socket.send(Buffer.alloc(40_000_000));

  assert(socket.bufferedAmount > 30_000_000, String(socket.bufferedAmount));
  client.on('message', () => {});
  client.resume();
  await until(() => socket.bufferedAmount === 0, 'everything to be taken');
});

testBoth(
  'a message above maxPayload closes with 1009 for the sender, and 1006 for the other',
  async (each, t) => {
    const { client, socket } = await pair(t, each, { maxPayload: 1_000 });
    const ends = Promise.all([closing(client), closing(socket)]);
    const error = event(socket, 'error');

    client.send(Buffer.alloc(1_001));

    const [fault] = await error;
    assert.equal((fault as NodeJS.ErrnoException).code, 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH');
    const [own, theirs] = await ends;
    assert.deepEqual([own[0], theirs[0]], [1_009, 1_006]);
  },
);

testBoth('text that is not UTF-8 ends with 1007', async (each, t) => {
  const { client, socket } = await pair(t, each);
  const error = event(socket, 'error');

  client.send(Buffer.from([0xff]), { binary: false });

  assert.equal(((await error)[0] as NodeJS.ErrnoException).code, 'WS_ERR_INVALID_UTF8');
  assert.equal((await closing(client))[0], 1_007);
});

testBoth(
  'a message of 100 MiB is accepted by default, and one byte more is not',
  async (each, t) => {
    const { client, socket } = await pair(t, each);
    const lengths: number[] = [];
    socket.on('message', (data: Buffer) => lengths.push(data.length));
    socket.on('error', () => {});

    client.send(Buffer.alloc(104_857_600));
    await until(() => lengths.length === 1, 'the large message');
    client.send(Buffer.alloc(104_857_601));

    assert.equal((await closing(client))[0], 1_009);
  },
);

testBoth('binaryType says in which form bytes come', async (each, t) => {
  const { client, socket } = await pair(t, each);
  const received: unknown[] = [];
  socket.on('message', (data, isBinary) => received.push([data, isBinary]));
  const send = async (type: typeof socket.binaryType, data: string | Buffer) => {
    socket.binaryType = type;
    assert.equal(socket.binaryType, type);
    const before = received.length;
    client.send(data);
    await until(() => received.length > before, type);
  };

  await send('nodebuffer', Buffer.from('a'));
  await send('arraybuffer', Buffer.from('b'));
  await send('fragments', Buffer.from('c'));
  await send('arraybuffer', 'text');
  socket.binaryType = 'elsewhat' as 'nodebuffer';

  assert.equal(socket.binaryType, 'arraybuffer');
  assert.deepEqual(received, [
    [Buffer.from('a'), true],
    [new Uint8Array([0x62]).buffer, true],
    [[Buffer.from('c')], true],
    [Buffer.from('text'), false],
  ]);
});

testBoth('parts with fin: false are one message for the other side', async (each, t) => {
  const { client, socket } = await pair(t, each);
  const received: unknown[] = [];
  const calls: unknown[] = [];
  socket.on('message', (data, isBinary) => received.push(`${data} ${isBinary}`));

  client.send('one ', { fin: false }, () => calls.push(1));
  client.ping('between');
  client.send('two ', { fin: false });
  client.send('three', () => calls.push(3));
  client.send('whole');
  client.send(Buffer.from('by'), { fin: false });
  client.send('tes', { fin: true });

  await until(() => received.length === 3, 'three messages');
  assert.deepEqual(received, ['one two three false', 'whole false', 'bytes true']);
  await until(() => calls.length === 2, 'both calls');
});

testBoth('_socket has the address of the peer', async (each, t) => {
  const { socket } = await pair(t, each);
  // Libraries use it, although the types omit it.
  const { _socket } = socket as unknown as { _socket: { remoteAddress: string } };

  assert.equal(_socket.remoteAddress, '127.0.0.1');
});

testBoth('states have names on the class and on each socket', async (each, t) => {
  const { client, socket } = await pair(t, each);

  for (const named of [each.WebSocket, client, socket, each.WebSocket.prototype]) {
    const { CONNECTING, OPEN, CLOSING, CLOSED } = named;
    assert.deepEqual([CONNECTING, OPEN, CLOSING, CLOSED], [0, 1, 2, 3]);
  }
  const fixed = { value: 1, writable: false, enumerable: true, configurable: false };
  for (const owner of [each.WebSocket, each.WebSocket.prototype]) {
    assert.deepEqual(Object.getOwnPropertyDescriptor(owner, 'OPEN'), fixed);
  }
  assert.equal(client.readyState, client.OPEN);
  assert.equal(socket.url, undefined);
  assert.equal(socket.protocol, '');
});
