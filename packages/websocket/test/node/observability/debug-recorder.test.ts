/** Content of the debug log of a real connection, and what it must leave out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDebugLog, type DebugEntry, type DebugLog } from '../../../src/debug.ts';
import { WebSocketServer } from '../../../src/index.ts';
import { bytes, continuation, ping, text } from '../../support/bytes.ts';
import { ACCEPT, KEY, upgradeRequest } from '../../support/raw-peer.ts';
import { echo, startServer } from '../../support/test-server.ts';
import { until } from '../../support/wait.ts';

test('a handshake is logged with its key, answer and agreements', async (t) => {
  const entries: DebugEntry[] = [];
  const { connect, connections } = await startServer(t, {
    debugLog: createDebugLog((entry) => entries.push(entry)),
    protocols: ['chat'],
  });

  await connect().upgrade({ 'Sec-WebSocket-Protocol': 'chat' });

  assert.deepEqual(entries, [
    {
      kind: 'handshake',
      connectionId: connections[0]?.id,
      result: 'accepted',
      status: 101,
      hashed: 'dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11',
      hash: 'b37a4f2cc0624f1690f64606cf385945b2bec4ea',
      accept: ACCEPT,
      protocol: 'chat',
      extensions: [],
      request: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': KEY,
      },
    },
  ]);
});

test('a rejection is logged with its reason', async (t) => {
  const entries: DebugEntry[] = [];
  const { connect } = await startServer(t, {
    debugLog: createDebugLog((entry) => entries.push(entry)),
  });
  const peer = connect();

  peer.send(upgradeRequest({ 'Sec-WebSocket-Version': '8' }));
  await peer.nextAnswer();

  const [entry] = entries;
  assert(entry?.kind === 'handshake');
  assert.deepEqual([entry.result, entry.status, entry.connectionId], ['version', 426, undefined]);
});

test('frames are logged in both directions, as they are read and sent, without their contents', async (t) => {
  const entries: DebugEntry[] = [];
  const { server, open } = await startServer(t, {
    debugLog: createDebugLog((entry) => entries.push(entry)),
    enableHeartbeat: false,
  });
  server.on('connection', echo);
  const { peer } = await open();

  peer.send(Buffer.concat([text('a secret'), ping()]));
  await peer.nextText();
  await peer.nextFrame();

  const frames = entries.flatMap((entry) => (entry.kind === 'frame' ? [entry] : []));
  assert.deepEqual(
    frames.map(({ direction, opcode, isMasked, payloadBytes, header }) => [
      direction,
      opcode,
      isMasked,
      payloadBytes,
      header,
    ]),
    [
      ['received', 'text', true, 8, '818837fa213d'],
      ['sent', 'text', false, 8, '8108'],
      ['received', 'ping', true, 0, '898037fa213d'],
      ['sent', 'pong', false, 0, '8a00'],
    ],
  );
  const events = JSON.stringify(entries);
  assert(!events.includes('secret'));
  assert(!events.includes(Buffer.from('secret').toString('hex')));
});

test('frames that arrived with the request, or before its response, are logged after it', async (t) => {
  const entries: DebugEntry[] = [];
  let acceptClient: (() => void) | undefined;
  const { connect } = await startServer(t, {
    debugLog: createDebugLog((entry) => entries.push(entry)),
    authorize: () =>
      new Promise((resolve) => {
        acceptClient = () => resolve({ accept: true });
      }),
  });
  const peer = connect();

  peer.send(Buffer.concat([Buffer.from(upgradeRequest()), ping('with it')]));
  await until(() => acceptClient !== undefined, 'authorize');
  acceptClient?.();
  assert.equal((await peer.nextAnswer()).status, 101);
  assert.equal((await peer.nextFrame()).payload.toString(), 'with it');

  assert.deepEqual(
    entries.map((entry) => (entry.kind === 'frame' ? entry.opcode : entry.kind)),
    ['handshake', 'ping', 'pong'],
  );
});

test('no token of the request is logged', async (t) => {
  const entries: DebugEntry[] = [];
  const { connect } = await startServer(t, {
    debugLog: createDebugLog((entry) => entries.push(entry)),
  });

  await connect().upgrade(
    { Cookie: 'sid=token-1', Authorization: 'Bearer token-2', 'Sec-WebSocket-Protocol': 'token-3' },
    'GET /?access=token-4 HTTP/1.1',
  );

  assert.equal(entries.length, 1);
  assert(!JSON.stringify(entries).includes('token-'));
});

test('with payloadBytes the first bytes are logged', async (t) => {
  const entries: DebugEntry[] = [];
  const { server, open } = await startServer(t, {
    debugLog: createDebugLog((entry) => entries.push(entry), { payloadBytes: 2 }),
  });
  server.on('connection', echo);
  const { peer } = await open();

  peer.send(text('hello'));
  await peer.nextText();

  const payloads = entries.flatMap((entry) => (entry.kind === 'frame' ? [entry.payload] : []));
  assert.deepEqual(payloads, ['6865', '6865']);
});

test('bytes that are not a valid frame are logged as a violation', async (t) => {
  const entries: DebugEntry[] = [];
  const { open } = await startServer(t, {
    debugLog: createDebugLog((entry) => entries.push(entry)),
  });
  const { peer } = await open();

  peer.send(bytes('83 80 00'));
  assert.equal(await peer.nextCloseCode(), 1002);

  const faults = entries.flatMap((entry) => (entry.kind === 'fault' ? [entry] : []));
  assert.deepEqual(
    faults.map(({ direction, code, header }) => [direction, code, header]),
    [['received', 'INVALID_OPCODE', '8380']],
  );
});

test('a log that throws or rejects is reported as an error, and affects nothing else', async (t) => {
  const fail = () => assert.fail('the disk is full');
  for (const write of [fail, async () => fail()]) {
    const { server, open, errors } = await startServer(t, { debugLog: createDebugLog(write) });
    server.on('connection', echo);
    const { peer } = await open();

    peer.send(text('hi'));

    assert.equal(await peer.nextText(), 'hi');
    await until(() => errors.length >= 3);
    assert.match(String(errors[0]?.error), /the disk is full/);
  }
});

test('the frames of a fragmented message are numbered', async (t) => {
  const entries: DebugEntry[] = [];
  const { open } = await startServer(t, {
    debugLog: createDebugLog((entry) => entries.push(entry)),
  });
  const { peer, connection } = await open();
  let received = '';
  connection.on('message', (data) => (received = String(data)));

  peer.send(Buffer.concat([text('Hel', { isFinal: false }), ping(), continuation('lo')]));
  await until(() => received === 'Hello');
  peer.send(text('whole'));
  await until(() => received === 'whole');

  const fragments = entries.flatMap((entry) =>
    entry.kind === 'frame' && entry.direction === 'received'
      ? [[entry.opcode, entry.fragment, entry.messageBytes]]
      : [],
  );
  assert.deepEqual(fragments, [
    ['text', 1, 3],
    ['ping', undefined, undefined],
    ['continuation', 2, 5],
    ['text', undefined, undefined],
  ]);
});

for (const [what, position, frames] of [
  ['in one frame', 3, [text(Buffer.from('61c3a9ff62', 'hex'))]],
  [
    'in the second fragment',
    4,
    [
      text(Buffer.from('6161e2', 'hex'), { isFinal: false }),
      continuation(Buffer.from('8228', 'hex')),
    ],
  ],
  [
    'whose empty last fragment ends it within a character',
    2,
    [text(Buffer.from('61c3', 'hex'), { isFinal: false }), continuation('')],
  ],
  ['that ends within a character', 2, [text(Buffer.from('61c3', 'hex'))]],
  ['after many valid bytes', 100, [text(Buffer.alloc(200, 'a').fill(0xff, 100))]],
  ['in a later message', 1, [text('earlier'), text(Buffer.from('61ff', 'hex'))]],
] as const) {
  test(`text that is not UTF-8, ${what}: the position of the byte is logged`, async (t) => {
    const entries: DebugEntry[] = [];
    const { open } = await startServer(t, {
      debugLog: createDebugLog((entry) => entries.push(entry)),
    });
    const { peer } = await open();

    for (const frame of frames) peer.send(frame);
    assert.equal(await peer.nextCloseCode(), 1007);

    const faults = entries.flatMap((entry) => (entry.kind === 'fault' ? [entry] : []));
    assert.deepEqual(
      faults.map(({ direction, code, position }) => [direction, code, position]),
      [['received', 'INVALID_UTF8', position]],
    );
  });
}

test('a server rejects a log that createDebugLog has not created', () => {
  const debugLog = (() => {}) as unknown as DebugLog;

  assert.throws(() => new WebSocketServer({ debugLog }), /debugLog .* createDebugLog/);
});

test('a payload of 1,024 bytes at most is logged', () => {
  for (const payloadBytes of [-1, 1_025, 1.5]) {
    assert.throws(() => createDebugLog(() => {}, { payloadBytes }), /payloadBytes .* 0 to 1/);
  }
});
