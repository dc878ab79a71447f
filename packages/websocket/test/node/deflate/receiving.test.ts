/** Received compressed messages, over real sockets. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { duplexPair } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { constants, createInflateRaw, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import type { WebSocketServerOptions } from '../../../src/index.ts';
import { bareUpgradeRequest } from '../../support/bare-request.ts';
import {
  binary,
  bytes,
  clientFrame,
  close,
  continuation,
  ping,
  text,
} from '../../support/bytes.ts';
import { startDeflater } from '../../support/deflate-peer.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { startServer } from '../../support/test-server.ts';
import { turns, until } from '../../support/wait.ts';

const OFFER = { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' };
const COMPRESSED = { reservedBits: 0x40 };
const { Z_SYNC_FLUSH } = constants;

/** A peer that agreed on compression, and the messages that its connection emits. */
async function open(t: TestContext, options: Partial<WebSocketServerOptions> = {}, change = OFFER) {
  const started = await startServer(t, { perMessageDeflate: true, ...options });
  const { peer, connection } = await started.open(change);
  const messages: (string | Buffer)[] = [];
  connection.on('message', (data, isBinary) => messages.push(isBinary ? data : data.toString()));
  return { ...started, peer, connection, messages };
}

/** `Hello`, as RFC 7692 section 7.2.3.1 compresses it. */
const HELLO = bytes('f2 48 cd c9 c9 07 00');

test('a compressed message arrives unchanged', async (t) => {
  const { peer, messages } = await open(t);

  peer.send(Buffer.concat([text(HELLO, COMPRESSED), binary(HELLO, COMPRESSED)]));
  await until(() => messages.length === 2);

  assert.deepEqual(messages, ['Hello', Buffer.from('Hello')]);
});

test('fragments share one compressed stream, with pings between them', async (t) => {
  const { peer, messages } = await open(t);
  const unfinished = { isFinal: false };

  peer.send(text(HELLO.subarray(0, 3), { ...unfinished, ...COMPRESSED }));
  peer.send(ping('between'));
  assert.equal((await peer.nextFrame()).opcode, 0xa);
  peer.send(continuation('', unfinished));
  peer.send(continuation(HELLO.subarray(3, 5), unfinished));
  peer.send(continuation(HELLO.subarray(5)));
  await until(() => messages.length === 1);

  assert.deepEqual(messages, ['Hello']);
});

test('an empty message is a message, compressed or not', async (t) => {
  const { peer, messages } = await open(t);

  peer.send(Buffer.concat([text(bytes('00'), COMPRESSED), text('')]));
  await until(() => messages.length === 2);

  assert.deepEqual(messages, ['', '']);
});

const RSV1_FAULTS: readonly [string, Buffer][] = [
  ['a ping', clientFrame(0x9, '', COMPRESSED)],
  ['a pong', clientFrame(0xa, '', COMPRESSED)],
  ['a close frame', clientFrame(0x8, '', COMPRESSED)],
  [
    'a continuation',
    Buffer.concat([
      text(HELLO, { isFinal: false, ...COMPRESSED }),
      continuation(HELLO, { isFinal: true, ...COMPRESSED }),
    ]),
  ],
  [
    'a continuation of a plain message',
    Buffer.concat([text('a', { isFinal: false }), continuation(HELLO, COMPRESSED)]),
  ],
];

for (const [name, frames] of RSV1_FAULTS) {
  test(`RSV1 on ${name} is 1002`, async (t) => {
    const { peer, messages } = await open(t);

    peer.send(frames);

    assert.equal(await peer.nextCloseCode(), 1002);
    assert.deepEqual(messages, []);
  });
}

test('RSV2 and RSV3 stay reserved, and RSV1 if compression was not agreed on', async (t) => {
  for (const reservedBits of [0x20, 0x10, 0x60, 0x70]) {
    const { peer } = await open(t);
    peer.send(text(HELLO, { reservedBits }));
    assert.equal(await peer.nextCloseCode(), 1002);
  }
  const { peer } = await open(t, {}, { 'Sec-WebSocket-Extensions': 'other' });
  // Rejected after two bytes, as without the option.
  peer.send(text(HELLO, COMPRESSED).subarray(0, 2));
  assert.equal(await peer.nextCloseCode(), 1002);
});

test('text is checked after it is inflated', async (t) => {
  const { peer, messages, errors } = await open(t);
  const deflate = startDeflater();

  peer.send(text(await deflate('good: ü'), COMPRESSED));
  peer.send(binary(await deflate(bytes('c3 28')), COMPRESSED));
  peer.send(text(await deflate(bytes('c3 28')), COMPRESSED));

  assert.equal(await peer.nextCloseCode(), 1007);
  assert.deepEqual(messages, ['good: ü', bytes('c3 28')]);
  assert.match(String(errors[0]?.error), /text is not valid UTF-8/);
});

test('corrupt data is 1007, small or large', async (t) => {
  for (const data of [bytes('ff ff ff'), HELLO.subarray(0, 5), randomBytes(100_000)]) {
    const { peer, errors } = await open(t);

    peer.send(binary(data, COMPRESSED));

    assert.equal(await peer.nextCloseCode(), 1007);
    assert.match(String(errors[0]?.error), /compressed data is corrupt/);
  }
});

test('a decompression bomb is 1009, and at most the limit is inflated', async (t) => {
  const zeros = Buffer.alloc(50_000_000);
  const bomb = await startDeflater()(zeros);
  for (const maxMessageSize of [50_000, 60_000, 1_048_576]) {
    const { peer, server, messages } = await open(t, { maxMessageSize });

    peer.send(binary(bomb.subarray(0, 20_000), { isFinal: false, ...COMPRESSED }));
    peer.send(continuation(bomb.subarray(20_000)));

    assert.equal(await peer.nextCloseCode(), 1009);
    assert.deepEqual(messages, []);
    assert.equal(server.getStats().deflate?.bytesAfterInflate, 0);
  }
});

/** Bytes of one read. */
const READ_BYTES_MAX = 65_536;

/** Fragments of a message whose last one does not come. */
function withoutEnd(data: Buffer, byteCount: number): Buffer[] {
  return Array.from({ length: Math.ceil(data.length / byteCount) }, (_, index) =>
    clientFrame(
      index === 0 ? 0x2 : 0x0,
      data.subarray(index * byteCount, (index + 1) * byteCount),
      {
        isFinal: false,
        reservedBits: index === 0 ? 0x40 : 0,
      },
    ),
  );
}

const BOMBS: readonly [title: string, make: () => Promise<Buffer>][] = [
  ['of one stream', () => startDeflater()(Buffer.alloc(20_000_000))],
  [
    'of streams that end within the message',
    async () => Buffer.concat(Array(40).fill(deflateRawSync(Buffer.alloc(60_000)))),
  ],
];

for (const [title, make] of BOMBS) {
  test(`fragments that inflate beyond the limit are 1009 before the message ends: ${title}`, async (t) => {
    const bomb = await make();
    // The time for a message does not pass: the clock stands still.
    const { peer, server, errors } = await open(t, {
      maxMessageSize: 100_000,
      clock: new FakeClock(),
    });

    for (const frame of withoutEnd(bomb.subarray(0, 3_000), 50)) {
      peer.send(frame);
      await turns(1);
    }

    assert.equal(await peer.nextCloseCode(), 1009);
    assert.match(String(errors[0]?.error), /Message size above 100000 exceeds limit 100000/);
    assert.deepEqual(server.getStats().deflate?.jobs, { active: 0, waiting: 0 });
  });
}

test('while fragments are measured, nothing more is read', async (t) => {
  const options = { maxMessageSize: 2_000_000, clock: new FakeClock() };
  const { peer, connection } = await open(t, options);
  const bomb = Buffer.concat(Array(90).fill(await startDeflater()(Buffer.alloc(20_000_000))));

  for (const frame of withoutEnd(bomb, 4_000)) peer.send(frame);

  assert.equal(await peer.nextCloseCode(), 1009);
  const { bytesReceived } = connection.counters;
  assert.ok(bytesReceived <= 2 * READ_BYTES_MAX, `${bytesReceived} bytes were read`);
});

test('fragments that refer back to the message before are 1009 too', async (t) => {
  const { peer, messages } = await open(t, { maxMessageSize: 40_000, clock: new FakeClock() });
  const deflate = startDeflater();
  const block = randomBytes(30_000);
  peer.send(binary(await deflate(block), COMPRESSED));
  await until(() => messages.length === 1);

  for (const frame of withoutEnd(await deflate(Buffer.concat([block, block])), 50))
    peer.send(frame);

  assert.equal(await peer.nextCloseCode(), 1009);
});

test('fragments that are not deflate data are 1007 before the message ends', async (t) => {
  const { peer } = await open(t, { maxMessageSize: 100_000, clock: new FakeClock() });

  for (const frame of withoutEnd(Buffer.alloc(1_000, 0xff), 50)) peer.send(frame);

  assert.equal(await peer.nextCloseCode(), 1007);
});

test('fragments of a message up to the limit arrive unchanged, despite the measuring', async (t) => {
  const { peer, messages } = await open(t, { maxMessageSize: 100_000 });
  const deflate = startDeflater();
  const sent = [Buffer.alloc(100_000, 1), randomBytes(99_000), Buffer.alloc(100_000, 2)];
  // Of streams that end within the message; a byte follows the last one (RFC 7692 section 7.2.3.4).
  const streams = Array(50).fill(deflateRawSync(Buffer.alloc(2_000, 3)));
  const chunks = Buffer.concat([...streams, bytes('00')]);

  for (const plain of sent) {
    for (const frame of fragment(await deflate(plain), 40, true)) peer.send(frame);
  }
  for (const frame of fragment(chunks, 40, true)) peer.send(frame);
  await until(() => messages.length === 4);

  assert.deepEqual(messages, [...sent, Buffer.alloc(100_000, 3)]);
});

test('a message of the maximum size passes, and one byte more is 1009', async (t) => {
  for (const maxMessageSize of [1_000, 65_536, 200_000]) {
    const { peer, messages } = await open(t, { maxMessageSize });
    const deflate = startDeflater();

    peer.send(binary(await deflate(Buffer.alloc(maxMessageSize, 1)), COMPRESSED));
    await until(() => messages.length === 1);
    peer.send(binary(await deflate(Buffer.alloc(maxMessageSize + 1, 1)), COMPRESSED));

    assert.equal(await peer.nextCloseCode(), 1009);
    assert.equal(messages.length, 1);
  }
});

test('a long message is inflated twice at most, and the long ones after it once', async (t) => {
  const { peer, messages } = await open(t);
  const plains = ['a', 'b', 'c'].map((letter) => letter.repeat(300_000));
  const sent = plains.map((plain) => deflateRawSync(plain, { finishFlush: Z_SYNC_FLUSH }));
  const contexts = countContexts(t);
  const counts: number[] = [];

  for (const [index, message] of sent.entries()) {
    contexts.clear();
    peer.send(text(message.subarray(0, -4), COMPRESSED));
    await until(() => messages.at(-1) === plains[index]);
    counts.push(contexts.size);
  }

  assert.deepEqual(counts, [2, 1, 1]);
});

test('a long message in fragments is measured, and inflated once more', async (t) => {
  const { peer, messages } = await open(t, { maxMessageSize: 1_000_000 });
  // Each fragment could inflate to more than the limit.
  const ids = Array.from({ length: 6_000 }, (_, index) => (index * 7_919) % 997);
  const plain = ids.map((id) => `{"name":"user ${id}","kind":"message"}`).join();
  const deflated = deflateRawSync(plain, { finishFlush: Z_SYNC_FLUSH });
  const contexts = countContexts(t);
  const counts: number[] = [];

  for (const count of [1, 2]) {
    contexts.clear();
    for (const frame of fragment(deflated.subarray(0, -4), 4, true)) {
      peer.send(Buffer.concat([frame, ping()]));
      await peer.nextFrame();
    }
    await until(() => messages.length === count);
    counts.push(contexts.size);
  }

  assert.deepEqual(counts, [2, 2]);
});

/** The zlib contexts that are used from now on. */
function countContexts(t: TestContext): Set<unknown> {
  const used = new Set<unknown>();
  // Node does not document the handle of its streams; all of them have the same class.
  const { _handle: handle } = createInflateRaw() as unknown as { _handle: object };
  const methods = Object.getPrototypeOf(handle) as Record<string, (...args: never[]) => void>;
  for (const name of ['write', 'writeSync']) {
    const native = methods[name];
    t.mock.method(methods, name, function count(this: unknown, ...args: never[]) {
      used.add(this);
      native?.apply(this, args);
    });
  }
  return used;
}

test('large and small messages arrive in the order in which they were sent', async (t) => {
  const { peer, messages } = await open(t);
  const deflate = startDeflater();
  const sent: Buffer[] = [];
  for (let count = 0; count < 30; count += 1) {
    const plain = count % 3 === 0 ? randomBytes(40_000) : Buffer.from(`message ${count}`);
    sent.push(plain);
    peer.send(count % 2 === 0 ? binary(await deflate(plain), COMPRESSED) : binary(plain));
  }

  await until(() => messages.length === sent.length);

  assert.deepEqual(messages, sent);
});

test('a ping after a message that takes long is answered after it', async (t) => {
  const { peer, connection, messages } = await open(t);
  const order: string[] = [];
  connection.on('message', () => order.push('message'));
  connection.on('ping', () => order.push('ping'));

  peer.send(
    Buffer.concat([
      binary(await startDeflater()(randomBytes(200_000)), COMPRESSED),
      ping('behind'),
      close(1000),
    ]),
  );

  assert.deepEqual(await peer.nextFrame(), { opcode: 0xa, payload: Buffer.from('behind') });
  assert.equal(await peer.nextCloseCode(), 1000);
  assert.deepEqual(order, ['message', 'ping']);
  assert.equal(messages.length, 1);
});

test('an application that pauses while a message is inflated gets no other before it resumes', async (t) => {
  const { peer, connection, messages, server } = await open(t);
  const deflate = startDeflater();
  connection.on('message', () => connection.pause());

  for (let count = 0; count < 3; count += 1) {
    peer.send(binary(await deflate(randomBytes(100_000)), COMPRESSED));
  }
  for (let count = 1; count <= 3; count += 1) {
    await until(() => messages.length === count);
    await turns(20);
    assert.equal(messages.length, count);
    assert.equal(server.getStats().deflate?.inflated, count);
    connection.resume();
  }
});

for (const [kind, count, payload] of [
  [
    'long',
    250,
    deflateRawSync(Buffer.alloc(60_000), { finishFlush: Z_SYNC_FLUSH }).subarray(0, -4),
  ],
  ['empty', 5_000, bytes('00')],
  ['empty, of many streams', 100, Buffer.concat([...Array(62).fill(bytes('03 00')), bytes('00')])],
] as const) {
  test(`hundreds of messages in one read leave other connections their turns: ${kind}`, async (t) => {
    const { peer, messages, open: openAnother } = await open(t);
    const { peer: other } = await openAnother();
    const frame = binary(payload, COMPRESSED);

    peer.send(Buffer.concat(Array.from({ length: count }, () => frame)));
    await until(() => messages.length > 0);
    other.send(ping());
    await other.nextFrame();
    const countAtPong = messages.length;
    await until(() => messages.length === count);

    assert(countAtPong < count, `answered after ${countAtPong} of ${count}`);
  });
}

test('any mix of compressed and uncompressed messages, however split, arrives unchanged', async (t) => {
  const message = fc.record({
    plain: fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      // Alike, so that they refer back; and large.
      fc
        .integer({ min: 1, max: 3_000 })
        .map((count) => new Uint8Array(Buffer.alloc(count, 'abcdefg'))),
      fc.integer({ min: 20_000, max: 50_000 }).map((count) => new Uint8Array(randomBytes(count))),
    ),
    isCompressed: fc.boolean(),
    fragments: fc.integer({ min: 1, max: 4 }),
  });
  const talk = fc.record({
    isKept: fc.boolean(),
    windowBits: fc.constantFrom(9, 12, 15),
    sent: fc.array(message, { minLength: 1, maxLength: 8 }),
    pieces: fc.integer({ min: 1, max: 20 }),
  });

  await fc.assert(
    fc.asyncProperty(talk, async ({ isKept, windowBits, sent, pieces }) => {
      const bits = `client_max_window_bits=${windowBits}`;
      const takeover = isKept ? '' : '; client_no_context_takeover';
      const { peer, connection, messages } = await open(
        t,
        {},
        {
          'Sec-WebSocket-Extensions': `permessage-deflate; ${bits}${takeover}`,
        },
      );
      const deflate = startDeflater({ isKept, windowBits });
      const frames: Buffer[] = [];
      for (const { plain, isCompressed, fragments } of sent) {
        const payload = isCompressed ? await deflate(plain) : plain;
        frames.push(...fragment(payload, fragments, isCompressed));
      }
      for (const chunk of cut(Buffer.concat(frames), pieces)) {
        peer.send(chunk);
        await turns(1);
      }

      await until(() => messages.length === sent.length, 'all messages');
      assert.deepEqual(
        messages,
        sent.map(({ plain }) => Buffer.from(plain)),
      );
      connection.destroy();
    }),
    { numRuns: 40 },
  );
});

function fragment(payload: Uint8Array, count: number, isCompressed: boolean): Buffer[] {
  return cut(Buffer.from(payload), count).map((chunk, index, all) =>
    clientFrame(index === 0 ? 0x2 : 0x0, chunk, {
      isFinal: index === all.length - 1,
      reservedBits: isCompressed && index === 0 ? 0x40 : 0,
    }),
  );
}

function cut(whole: Buffer, count: number): Buffer[] {
  const length = Math.max(Math.ceil(whole.length / count), 1);
  const pieces: Buffer[] = [];
  for (let at = 0; at < whole.length; at += length) pieces.push(whole.subarray(at, at + length));
  return pieces.length === 0 ? [whole] : pieces;
}

test('messages behind one that takes long to inflate are delivered, also if the socket is gone', async (t) => {
  const { server, closes } = await startServer(t, { perMessageDeflate: true });
  const [near, far] = duplexPair();
  const request = bareUpgradeRequest(OFFER);
  const connection = await server.handleUpgrade(request, near, Buffer.alloc(0));
  assert(connection !== undefined);
  const received: (number | string)[] = [];
  connection.on('message', (data) => received.push(data.length));
  connection.on('close', ({ code }) => received.push(`closed with ${code}`));

  const deflate = startDeflater();
  const sizes = [200_000, 300_000, 10];
  const frames: Buffer[] = [];
  for (const size of sizes) frames.push(text(await deflate('x'.repeat(size)), COMPRESSED));
  far.write(Buffer.concat([...frames, close(1001)]));
  await until(() => connection.counters.bytesReceived > 0);
  near.destroy();

  await until(() => closes.length === 1);
  assert.deepEqual(received, [...sizes, 'closed with 1001']);
});
