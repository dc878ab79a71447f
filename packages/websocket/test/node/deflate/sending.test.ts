/** Sent compressed messages, over real sockets. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { prepareFrame, type WebSocketServerOptions } from '../../../src/index.ts';
import { text } from '../../support/bytes.ts';
import { nextMessage, startInflater } from '../../support/deflate-peer.ts';
import { startServer } from '../../support/test-server.ts';
import { chosenTransport } from '../../support/transport.ts';
import { turns, until } from '../../support/wait.ts';

const offer = (parameters = '') => ({
  'Sec-WebSocket-Extensions': `permessage-deflate; client_max_window_bits${parameters}`,
});

async function open(t: TestContext, options: Partial<WebSocketServerOptions> = {}) {
  const started = await startServer(t, { perMessageDeflate: true, ...options });
  const { peer, connection } = await started.open(offer());
  const inflate = startInflater();
  const next = () => nextMessage(peer, inflate);
  return { ...started, peer, connection, next };
}

/** Compresses well, and is unlike any other. */
const chat = (number: number, byteCount: number) =>
  JSON.stringify({ number, text: 'hello there '.repeat(byteCount) }).slice(0, byteCount);

test('from the threshold on a message is compressed', async (t) => {
  const { connection, next } = await open(t, { perMessageDeflate: { threshold: 100 } });

  connection.sendText('é'.repeat(49));
  connection.sendText('é'.repeat(50));
  connection.sendBinary(Buffer.alloc(99));
  connection.sendBinary(Buffer.alloc(100));

  assert.equal((await next()).isCompressed, false);
  assert.deepEqual(await next(), {
    opcode: 0x1,
    isCompressed: true,
    payload: Buffer.from('é'.repeat(50)),
  });
  assert.equal((await next()).isCompressed, false);
  assert.deepEqual(await next(), { opcode: 0x2, isCompressed: true, payload: Buffer.alloc(100) });
});

test('the sender of a message may choose', async (t) => {
  const { connection, next } = await open(t);
  const small = 'a'.repeat(50);
  const large = 'a'.repeat(5_000);

  connection.sendText(small, { compress: true });
  connection.sendText(large, { compress: false });
  connection.sendFrame(prepareFrame(small, { compress: true }));
  connection.sendFrame(prepareFrame(large, { compress: false }));

  const seen = [await next(), await next(), await next(), await next()];
  assert.deepEqual(
    seen.map(({ isCompressed, payload }) => [isCompressed, payload.length]),
    [
      [true, 50],
      [false, 5_000],
      [true, 50],
      [false, 5_000],
    ],
  );
});

test('a message that does not shrink is sent uncompressed, small or large, and empty', async (t) => {
  const { connection, next } = await open(t);

  for (const data of [randomBytes(2_000), randomBytes(100_000), Buffer.alloc(0)]) {
    connection.sendBinary(data, { compress: true });

    assert.deepEqual(await next(), { opcode: 0x2, isCompressed: false, payload: data });
  }
});

test('messages that resemble each other refer back, unless the client disabled that', async (t) => {
  const { connection, peer, open: openAnother } = await open(t);
  const { connection: other, peer: otherPeer } = await openAnother(
    offer('; server_no_context_takeover'),
  );
  const message = randomBytes(1_000).toString('hex');

  const lengths: number[] = [];
  for (const [to, from] of [
    [connection, peer],
    [other, otherPeer],
  ] as const) {
    to.sendText(message);
    to.sendText(message);
    lengths.push((await from.nextFrameWithBits()).payload.length);
    lengths.push((await from.nextFrameWithBits()).payload.length);
  }

  const [first = 0, second = 0, third, fourth] = lengths;
  assert(second < first / 10, `${second} of ${first} bytes`);
  assert.equal(third, first);
  assert.equal(fourth, first);
});

test('a client with a small window can inflate a message of any size', async (t) => {
  for (const bits of [9, 10, 15]) {
    const { server, open: openPeer } = await startServer(t, { perMessageDeflate: true });
    const { peer, connection } = await openPeer(offer(`; server_max_window_bits=${bits}`));
    const inflate = startInflater({ windowBits: bits });

    for (const byteCount of [1_024, 5_000, 16_384, 16_385, 200_000, 3_000]) {
      const message = chat(bits, byteCount);
      connection.sendText(message);
      server.broadcast(message);
      assert.equal((await nextMessage(peer, inflate)).payload.toString(), message);
      assert.equal((await nextMessage(peer, inflate)).payload.toString(), message);
    }
  }
});

test('large and small, uncompressed, prepared and broadcast messages keep their order', async (t) => {
  const { connection, server, next } = await open(t);
  const sent: string[] = [];
  for (let number = 0; number < 60; number += 1) {
    const message = chat(number, number % 4 === 0 ? 30_000 : 20 + number * 50);
    sent.push(message);
    if (number % 7 === 0) server.broadcast(message);
    else if (number % 5 === 0) connection.sendFrame(prepareFrame(message));
    else connection.sendText(message);
  }

  for (const message of sent) assert.equal((await next()).payload.toString(), message);
});

test('compressed messages that wait for the same write do not change each other', async (t) => {
  const { connection, peer, next } = await open(t, {
    perMessageDeflate: { serverNoContextTakeover: true },
  });
  // Their compressed forms are too large to be copied for a vectored write.
  const texts = Array.from({ length: 16 }, () => randomBytes(6_000).toString('hex'));
  const sendAll = () => {
    for (const each of texts) connection.sendText(each);
  };
  connection.on('message', sendAll);

  // Outside of a read, and within one.
  sendAll();
  await turns(1);
  peer.send(text('again'));

  for (const each of [...texts, ...texts]) {
    const { isCompressed, payload } = await next();
    assert.equal(isCompressed, true);
    assert.equal(payload.toString(), each);
  }
});

test('a ping overtakes a message that is being compressed', async (t) => {
  const { connection, next } = await open(t);

  connection.sendText(chat(1, 500_000));
  connection.ping('first');

  assert.equal((await next()).opcode, 0x9);
  assert.equal((await next()).payload.length, 500_000);
});

test('messages that wait for zlib count as buffered, and call back when they were written', async (t) => {
  const { connection, next } = await open(t);
  const done: unknown[] = [];

  connection.sendText(chat(1, 100_000), (error) => done.push(error));
  connection.sendText('behind', { done: (error) => done.push(error) });
  assert.equal(connection.bufferedBytes, 100_008);
  assert.deepEqual(done, []);

  assert.equal((await next()).payload.length, 100_000);
  assert.equal((await next()).payload.toString(), 'behind');
  await until(() => done.length === 2);
  assert.deepEqual(done, [undefined, undefined]);
  assert.equal(connection.bufferedBytes, 0);
});

test('more than writeBufferLimit does not wait for zlib: it is sent uncompressed', async (t) => {
  const { connection, next } = await open(t, { writeBufferLimit: 100_000 });
  const sent = Array.from({ length: 20 }, (_, number) => chat(number, 30_000));

  for (const message of sent) {
    assert(connection.sendText(message));
    // Another transport accepts what was sent uncompressed after this turn.
    assert(chosenTransport() !== 'tcp' || connection.bufferedBytes < 200_000);
  }

  const seen = [];
  for (const _ of sent) seen.push(await next());
  assert.deepEqual(
    seen.map(({ payload }) => payload.toString()),
    sent,
  );
  assert(seen.some(({ isCompressed }) => !isCompressed));
  assert(seen.some(({ isCompressed }) => isCompressed));
});

test('messages sent before a close arrive before it', async (t) => {
  const { connection, peer, next } = await open(t);

  connection.sendText(chat(1, 300_000));
  connection.sendText('behind');
  connection.close(4000, 'enough');

  assert.equal((await next()).payload.length, 300_000);
  assert.equal((await next()).payload.toString(), 'behind');
  assert.equal(await peer.nextCloseCode(), 4000);
});

test('a connection that is cut while zlib works calls back with an error, once', async (t) => {
  const { connection, errors } = await open(t);
  const done: (Error | undefined)[] = [];
  connection.sendText(chat(1, 100_000), (error) => done.push(error));
  connection.sendText('behind', (error) => done.push(error));

  connection.destroy();
  await until(() => done.length === 2);
  await turns(50);

  assert.equal(done.filter((error) => error !== undefined).length, 2);
  assert.deepEqual(errors, []);
});

test('a broadcast is compressed once for all peers that can share it', async (t) => {
  const { server, open: openPeer } = await startServer(t, { perMessageDeflate: true });
  const peers = [];
  for (const parameters of ['', '; server_no_context_takeover', '; server_max_window_bits=12']) {
    for (let count = 0; count < 5; count += 1) {
      const { peer, connection } = await openPeer(offer(parameters));
      const inflate = startInflater();
      // An individual message before, which a shared message must not refer to.
      connection.sendText(chat(count, 2_000));
      assert((await nextMessage(peer, inflate)).isCompressed);
      peers.push({ peer, connection, inflate });
    }
  }
  const plainPeer = (await openPeer()).peer;
  const deflated = () => server.getStats().deflate?.deflated ?? 0;
  const own = deflated();
  assert.equal(own, 15);

  const small = chat(100, 2_000);
  server.broadcast(small);
  assert.equal(deflated(), own + 1, 'all windows hold a small message');
  const large = chat(101, 10_000);
  server.broadcast(large);
  assert.equal(deflated(), own + 3, 'two windows, two forms');
  const frame = prepareFrame(large);
  for (const { connection } of peers) connection.sendFrame(frame);
  assert.equal(deflated(), own + 5);
  server.broadcast('short');
  assert.equal(deflated(), own + 5);

  assert.equal(await plainPeer.nextText(), small);
  for (const { peer, connection, inflate } of peers) {
    // And after them a message that may refer back.
    connection.sendText(small);
    for (const expected of [small, large, large, 'short', small]) {
      assert.equal((await nextMessage(peer, inflate)).payload.toString(), expected);
    }
  }
});

test('a large broadcast is compressed off the event loop, once', async (t) => {
  const { server, open: openPeer } = await startServer(t, { perMessageDeflate: true });
  const peers = [];
  for (let count = 0; count < 20; count += 1) peers.push((await openPeer(offer())).peer);
  const message = chat(1, 400_000);

  server.broadcast(message);
  server.broadcast('behind');

  for (const peer of peers) {
    const inflate = startInflater();
    const { isCompressed, payload } = await nextMessage(peer, inflate);
    assert(isCompressed);
    assert.equal(payload.toString(), message);
    assert.equal((await nextMessage(peer, inflate)).payload.toString(), 'behind');
  }
  assert.equal(server.getStats().deflate?.deflated, 1);
});
