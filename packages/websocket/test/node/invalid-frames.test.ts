/**
 * Invalid frames over real sockets. Each time: the close frame with the right code arrives, TCP
 * ends without a reset, and other connections stay open.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameError } from '../../src/index.ts';
import { bytes, clientFrame, close, continuation, ping, text } from '../support/bytes.ts';
import { echo, startServer } from '../support/test-server.ts';
import { until } from '../support/wait.ts';

const more = { isFinal: false };

const FAULTS: readonly [title: string, closeCode: number, code: string, input: Uint8Array][] = [
  ['RSV1', 1002, 'RESERVED_BITS', text('a', { reservedBits: 0x40 })],
  ['RSV2', 1002, 'RESERVED_BITS', text('a', { reservedBits: 0x20 })],
  ['RSV3', 1002, 'RESERVED_BITS', text('a', { reservedBits: 0x10 })],
  ['a reserved data opcode', 1002, 'INVALID_OPCODE', clientFrame(0x3)],
  ['a reserved control opcode', 1002, 'INVALID_OPCODE', clientFrame(0xb)],
  ['no mask', 1002, 'UNMASKED_CLIENT_FRAME', bytes('8105 48656c6c6f')],
  ['a ping without a mask', 1002, 'UNMASKED_CLIENT_FRAME', bytes('8900')],
  ['an HTTP request', 1002, 'RESERVED_BITS', Buffer.from('\x70UT / HTTP/1.1\r\n\r\n')],
  ['a long control frame', 1002, 'OVERSIZED_CONTROL_FRAME', clientFrame(0x9, Buffer.alloc(126))],
  ['a control frame in fragments', 1002, 'FRAGMENTED_CONTROL_FRAME', clientFrame(0x9, '', more)],
  ['a length of 125 in 16 bits', 1002, 'NON_MINIMAL_LENGTH', bytes('82fe 007d')],
  ['a length of 65,535 in 64 bits', 1002, 'NON_MINIMAL_LENGTH', bytes('82ff 000000000000ffff')],
  ['a length of 2^63', 1002, 'LENGTH_OVERFLOW', bytes('82ff 8000000000000000')],
  ['a continuation of nothing', 1002, 'UNEXPECTED_CONTINUATION', continuation('a')],
  [
    'a message inside another',
    1002,
    'NESTED_DATA_FRAME',
    Buffer.concat([text('a', more), text('b')]),
  ],
  ['half a close code', 1002, 'INVALID_CLOSE_FRAME', clientFrame(0x8, bytes('03'))],
  ['close code 1005', 1002, 'INVALID_CLOSE_FRAME', close(1005)],
  ['close code 2999', 1002, 'INVALID_CLOSE_FRAME', close(2999)],
  ['a close reason that is no UTF-8', 1007, 'INVALID_UTF8', close(1000, bytes('ff'))],
  ['text that is not UTF-8', 1007, 'INVALID_UTF8', text(bytes('48 ff'))],
  ['text that ends inside a character', 1007, 'INVALID_UTF8', text(bytes('e2 82'))],
  [
    'text that is invalid across two fragments',
    1007,
    'INVALID_UTF8',
    Buffer.concat([text(bytes('e2'), more), ping(), continuation(bytes('28'), more)]),
  ],
  ['a length of 2^63 - 1', 1009, 'MESSAGE_TOO_BIG', bytes('82ff 7fffffffffffffff')],
  ['a frame above the limit, by its header alone', 1009, 'MESSAGE_TOO_BIG', bytes('82fe 03e9')],
  [
    'a message above the limit, by the header of its last frame',
    1009,
    'MESSAGE_TOO_BIG',
    Buffer.concat([text(Buffer.alloc(600, 'a'), more), bytes('80fe 0191 00000000')]),
  ],
  [
    'too many fragments',
    1008,
    'TOO_MANY_FRAGMENTS',
    Buffer.concat([text('', more), ...new Array(10).fill(continuation('', more))]),
  ],
];

for (const [title, closeCode, code, input] of FAULTS) {
  test(`${title} closes with ${closeCode}`, async (t) => {
    const { server, errors, closes, open } = await startServer(t, {
      maxMessageSize: 1_000,
      maxFragments: 10,
    });
    server.on('connection', echo);
    const alice = await open();
    const bob = await open();
    const events: unknown[] = [];
    bob.connection.on('error', (error) => events.push(error));
    bob.connection.on('close', ({ code: reported }) => events.push(reported));

    bob.peer.send(input);

    let frame = await bob.peer.nextFrame();
    if (frame.opcode === 0xa) frame = await bob.peer.nextFrame();
    assert.equal(frame.opcode, 0x8);
    assert.equal(frame.payload.readUInt16BE(0), closeCode);
    await bob.peer.end();
    bob.peer.socket.end();
    await until(() => closes.length === 1, 'the close event');

    const [error, reported] = events;
    assert(error instanceof FrameError);
    assert.deepEqual([error.code, error.closeCode, reported], [code, closeCode, closeCode]);
    assert.equal(errors[0]?.connectionId, bob.connection.id);
    assert.equal(closes[0]?.wasClean, false);
    alice.peer.send(text('still here'));
    assert.equal(await alice.peer.nextText(), 'still here');
  });
}

test('a violation is found as early as possible when its bytes come one by one', async (t) => {
  const { open } = await startServer(t);
  const { peer } = await open();

  await peer.sendByteByByte(text(bytes('61 62 ff 63')).subarray(0, 9));

  assert.equal(await peer.nextCloseCode(), 1007);
});

test('messages before a violation in the same read are delivered', async (t) => {
  const { server, open } = await startServer(t);
  server.on('connection', echo);
  const { peer } = await open();

  peer.send(Buffer.concat([text('a'), text('b'), bytes('8100')]));

  assert.equal(await peer.nextText(), 'a');
  assert.equal(await peer.nextText(), 'b');
  assert.equal(await peer.nextCloseCode(), 1002);
});

test('nothing after a violation is delivered', async (t) => {
  const { open } = await startServer(t);
  const { peer, connection } = await open();
  const messages: string[] = [];
  connection.on('message', (data) => messages.push(data.toString()));

  peer.send(Buffer.concat([text('a'), bytes('8100'), text('b')]));
  await peer.nextCloseCode();
  peer.send(text('c'));
  await peer.end();

  assert.deepEqual(messages, ['a']);
});

test('a rejected peer that continues to send still reads the reason, without a reset', async (t) => {
  const { open } = await startServer(t, { maxMessageSize: 1_000 });
  const { peer } = await open();

  // The header is rejected, and four megabytes are already on their way.
  peer.send(Buffer.concat([bytes('82ff 0000000000400000'), Buffer.alloc(4_194_304)]));

  assert.equal(await peer.nextCloseCode(), 1009);
  await peer.end();
  assert.equal(peer.error, undefined);
});

test('a rejected peer that sends without end is cut at the limit', async (t) => {
  const { closes, open } = await startServer(t, { discardLimit: 1_000_000 });
  const { peer } = await open();
  peer.send(bytes('8100'));
  await peer.nextCloseCode();

  const endless = setInterval(() => peer.send(Buffer.alloc(100_000)), 1);
  t.after(() => clearInterval(endless));

  await until(() => closes.length === 1, 'the close event');
  assert.equal(closes[0]?.code, 1002);
});

test('random bytes close the connection and nothing else', async (t) => {
  const { server, closes, open } = await startServer(t);
  server.on('connection', echo);
  const alice = await open();
  let seed = 20_261_120;
  const random = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return seed >>> 24;
  };

  for (let round = 0; round < 20; round += 1) {
    const { peer } = await open();
    // A byte that begins no frame is at the end, in case the rest is legal.
    peer.send(Uint8Array.from({ length: 64 }, (_, index) => (index < 63 ? random() : 0xff)));
    peer.socket.end();
  }

  await until(() => closes.length === 20, 'all of them to close');
  alice.peer.send(text('still here'));
  assert.equal(await alice.peer.nextText(), 'still here');
});

for (const [name, options, bytes, expected] of [
  [
    'a message',
    { maxMessageSize: 1_000 },
    text('x'.repeat(2_000)),
    'Message size 2000 exceeds limit 1000',
  ],
  ['a frame', { maxFrameSize: 500 }, text('x'.repeat(600)), 'Frame size 600 exceeds limit 500'],
  [
    'fragments',
    { maxMessageSize: 1_000 },
    Buffer.concat([text('x'.repeat(900), { isFinal: false }), continuation('y'.repeat(200))]),
    'Message size 1100 exceeds limit 1000',
  ],
] as const) {
  test(`1009 names the size and the limit of ${name}`, async (t) => {
    const { open, errors, closes } = await startServer(t, options);
    const { peer } = await open();

    peer.send(bytes);

    const { payload } = await peer.nextFrame();
    assert.deepEqual([payload.readUInt16BE(0), payload.toString('utf8', 2)], [1009, expected]);
    peer.socket.end();
    await until(() => closes.length === 1);
    assert.equal(closes[0]?.reason, expected);
    assert.match(String(errors[0]?.error), new RegExp(`${expected}$`));
  });
}
