/** The class and code of the error for each violation of a peer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WebSocket } from 'ws';
import { bytes, continuation, text } from '../support/bytes.ts';
import { RawPeer, upgradeRequest } from '../support/raw-peer.ts';
import { until } from '../support/wait.ts';
import { event, type Implementation, OWN, serve, testBoth } from './both.ts';

type Test = Parameters<typeof testBoth>[1] extends (_: never, t: infer T) => unknown ? T : never;

const OFFER = { 'Sec-WebSocket-Extensions': 'permessage-deflate' };

const FAULTS: readonly [title: string, frames: Buffer, name: string, code: string][] = [
  ['RSV1', bytes('c1 80 00 00 00 00'), 'RangeError', 'WS_ERR_UNEXPECTED_RSV_1'],
  ['RSV2', bytes('a1 80 00 00 00 00'), 'RangeError', 'WS_ERR_UNEXPECTED_RSV_2_3'],
  ['RSV1 and RSV3', bytes('d1 80 00 00 00 00'), 'RangeError', 'WS_ERR_UNEXPECTED_RSV_2_3'],
  [
    'RSV3 of a continuation',
    bytes('01 80 00 00 00 00 90 80 00 00 00 00'),
    'RangeError',
    'WS_ERR_UNEXPECTED_RSV_2_3',
  ],
  ['a reserved opcode', bytes('83 80 00 00 00 00'), 'RangeError', 'WS_ERR_INVALID_OPCODE'],
  ['a stray continuation', bytes('80 80 00 00 00 00'), 'RangeError', 'WS_ERR_INVALID_OPCODE'],
  [
    'a message inside a message',
    bytes('01 80 00 00 00 00 81 80 00 00 00 00'),
    'RangeError',
    'WS_ERR_INVALID_OPCODE',
  ],
  ['no mask', bytes('81 00'), 'RangeError', 'WS_ERR_EXPECTED_MASK'],
  ['a fragmented ping', bytes('09 80 00 00 00 00'), 'RangeError', 'WS_ERR_EXPECTED_FIN'],
  [
    'a long ping',
    bytes('89 fe 00 7e 00 00 00 00'),
    'RangeError',
    'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH',
  ],
  [
    'a close code that must not be sent',
    bytes('88 82 00 00 00 00 03 ee'),
    'RangeError',
    'WS_ERR_INVALID_CLOSE_CODE',
  ],
  ['text that is not UTF-8', text(bytes('ff')), 'Error', 'WS_ERR_INVALID_UTF8'],
];

for (const [title, frames, name, code] of FAULTS) {
  testBoth(`${title} is a ${name} with ${code}`, async (each, t) => {
    const { peer, socket } = await rawPair(t, each);
    const error = event(socket, 'error');

    peer.send(frames);

    assert.deepEqual(describe((await error)[0]), [name, code]);
  });
}

testBoth('a fault after our own close is told once, and then 1006', async (each, t) => {
  const { peer, socket } = await rawPair(t, each);
  const told: unknown[] = [];
  socket.on('error', (error) => told.push(describe(error)));
  socket.on('close', (code) => told.push(code));

  socket.close(1_000);
  peer.send(Buffer.concat([bytes('85 80 00 00 00 00'), bytes('86 80 00 00 00 00')]));
  await until(() => told.length > 0, 'the error');
  peer.socket.end();

  await until(() => told.length > 1, 'the end');
  assert.deepEqual(told, [['RangeError', 'WS_ERR_INVALID_OPCODE'], 1_006]);
});

testBoth('too large a message, and too many fragments, are RangeErrors', async (each, t) => {
  const more = continuation('b', { isFinal: false });
  for (const [frames, code] of [
    [text('x'.repeat(11)), 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'],
    [Buffer.concat([text('a', { isFinal: false }), more, more]), 'WS_ERR_TOO_MANY_BUFFERED_PARTS'],
  ] as const) {
    const { peer, socket } = await rawPair(t, each, { maxPayload: 10, maxFragments: 2 });
    const error = event(socket, 'error');

    peer.send(frames);

    assert.deepEqual(describe((await error)[0]), ['RangeError', code]);
  }
});

test('violations that are reported with another code than by ws', async (t) => {
  for (const [frames, name, code] of [
    [bytes('88 81 00 00 00 00 03'), 'RangeError', 'WS_ERR_INVALID_CLOSE_CODE'],
    [bytes('81 fe 00 01 00 00 00 00 61'), 'RangeError', 'NON_MINIMAL_LENGTH'],
    [bytes('c1 81 00 00 00 00 ff'), 'Error', 'INVALID_COMPRESSED_DATA'],
  ] as const) {
    const { peer, socket } = await rawPair(t, OWN, { perMessageDeflate: true }, OFFER);
    const error = event(socket, 'error');

    peer.send(frames);

    assert.deepEqual(describe((await error)[0]), [name, code]);
  }
});

/** A raw client, with its socket at the server. */
async function rawPair(
  t: Test,
  each: Implementation,
  options: object = {},
  headers: Readonly<Record<string, string>> = {},
) {
  const { port, sockets } = await serve(t, each, options);
  const peer = new RawPeer(port);
  t.after(() => peer.destroy());
  peer.send(upgradeRequest(headers));
  assert.equal((await peer.nextAnswer()).status, 101);
  await until(() => sockets.length === 1, 'the socket of the server');
  // There is one now.
  return { peer, socket: sockets[0] as WebSocket };
}

function describe(error: unknown): [name: string, code: string | undefined] {
  const { name, code } = error as NodeJS.ErrnoException;
  return [name, code];
}
