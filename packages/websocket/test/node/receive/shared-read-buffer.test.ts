/** Messages read into one buffer: what is kept of them does not change. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { Socket } from 'node:net';
import { duplexPair } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { TLSSocket } from 'node:tls';
import { constants, deflateRawSync } from 'node:zlib';
import type { Connection } from '../../../src/index.ts';
import {
  findOnreadKeys,
  READ_BUFFER_USES,
  readIntoSharedBuffer,
} from '../../../src/node/receive/shared-read-buffer.ts';
import { binary, continuation, text } from '../../support/bytes.ts';
import { WITH_INTERNALS } from '../../support/node-internals.ts';
import { upgradeRequest } from '../../support/raw-peer.ts';
import { startServer } from '../../support/test-server.ts';
import { usesDuplex } from '../../support/transport.ts';
import { next, turns, until } from '../../support/wait.ts';

const SIZES = [0, 1, 63, 64, 125, 126, 1_000, 4_096, 16_384, 40_000, 65_535, 65_536, 200_000];

/** Bytes that identify the message they belong to. */
function payloadOf(seed: number, byteCount: number): Buffer {
  const payload = Buffer.allocUnsafe(byteCount);
  for (let index = 0; index < byteCount; index += 1) payload[index] = 32 + ((seed + index) % 90);
  return payload;
}

/** All that connections receive, as the application kept it. */
function collect(connections: readonly Connection[], toKept = (data: Buffer) => data) {
  const kept: Buffer[][] = connections.map(() => []);
  connections.forEach((connection, index) => {
    connection.on('message', (data) => kept[index]?.push(toKept(data)));
  });
  return kept;
}

for (const readBuffer of READ_BUFFER_USES) {
  test(`${readBuffer}: messages of two connections that alternate do not change`, async (t) => {
    const { connections, peers } = await openTwo(t, readBuffer);
    const kept = collect(
      connections,
      readBuffer === 'pooled' ? (data) => Buffer.from(data) : undefined,
    );
    const sent: Buffer[][] = [[], []];

    for (const [round, byteCount] of [...SIZES, ...SIZES].entries()) {
      for (const [index, peer] of peers.entries()) {
        const payload = payloadOf(round * 7 + index * 31, byteCount);
        sent[index]?.push(payload);
        peer.send(round % 2 === 0 ? text(payload) : binary(payload));
      }
    }
    await until(() => kept.every(({ length }) => length === 2 * SIZES.length), 'all messages');

    assert.deepEqual(kept, sent);
  });

  test(`${readBuffer}: unread input of a paused connection is not overwritten`, async (t) => {
    const { connections, peers } = await openTwo(t, readBuffer);
    const [first, second] = connections;
    const kept = collect(connections, (data) => Buffer.from(data));
    first.once('message', () => first.pause());
    const later = Array.from({ length: 50 }, (_, index) => payloadOf(index, 100 + index));

    peers[0].send(Buffer.concat([text('pause'), ...later.map((payload) => binary(payload))]));
    await until(() => kept[0]?.length === 1, 'the first message');
    for (let round = 0; round < 5; round += 1) {
      const noise = next(second, 'message');
      peers[1].send(binary(payloadOf(round, 60_000)));
      await noise;
    }
    first.resume();
    await until(() => kept[0]?.length === 51, 'the messages after it');

    assert.deepEqual(kept[0]?.slice(1), later);
  });

  test(`${readBuffer}: fragments are kept while other connections are read`, async (t) => {
    const { connections, peers } = await openTwo(t, readBuffer);
    const kept = collect(connections, (data) => Buffer.from(data));
    const fragments = [10, 5_000, 70_000].map((byteCount, index) => payloadOf(index, byteCount));

    peers[0].send(binary(fragments[0] ?? '', { isFinal: false }));
    for (const [index, part] of fragments.slice(1).entries()) {
      const noise = next(connections[1], 'message');
      peers[1].send(binary(payloadOf(index + 50, 65_000)));
      await noise;
      peers[0].send(continuation(part, { isFinal: index === 1 }));
    }
    await until(() => kept[0]?.length === 1, 'the whole message');

    assert.deepEqual(kept[0]?.[0], Buffer.concat(fragments));
  });

  test(`${readBuffer}: compressed messages that wait for their turn are not overwritten`, async (t) => {
    const server = await startServer(t, { readBuffer, perMessageDeflate: true });
    const offer = { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_no_context_takeover' };
    const opened = [await server.open(offer), await server.open(offer)];
    const kept = collect(
      opened.map(({ connection }) => connection),
      (data) => Buffer.from(data),
    );
    // Some inflate at once, some in a later turn, one off the event loop.
    const plain = [20_000, 60_000, 400_000].flatMap((byteCount) =>
      Array.from({ length: 8 }, (_, index) => payloadOf(index * 11, byteCount)),
    );

    for (const { peer } of opened) {
      const frames = plain.map((payload) => {
        const deflated = deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH });
        return text(deflated.subarray(0, -4), { reservedBits: 0x40 });
      });
      peer.send(Buffer.concat(frames));
    }
    await until(() => kept.every(({ length }) => length === plain.length), 'all messages');

    for (const each of kept) assert.deepEqual(each, plain);
  });

  test(`${readBuffer}: an answer to a peer that reads slowly is not overwritten`, async (t) => {
    const server = await startServer(t, { readBuffer, writeBufferLimit: 2 ** 30 });
    const { peer, connection } = await server.open();
    connection.on('message', (data, isBinary) => {
      if (isBinary) connection.sendBinary(data);
      else connection.sendText(data);
    });
    peer.socket.pause();
    const asked = Array.from({ length: 150 }, (_, index) =>
      payloadOf(index, index % 3 === 0 ? 200_000 : 30_000),
    );

    for (const payload of asked) peer.send(binary(payload));
    await until(() => connection.bufferedBytes > 0, 'bytes that wait');
    peer.socket.resume();

    for (const payload of asked) {
      assert.ok((await peer.nextFrame()).payload.equals(payload));
    }
  });
}

// Only sockets are read into the shared buffer.
if (!usesDuplex()) {
  test('a pooled message is overwritten later', WITH_INTERNALS, async (t) => {
    const { connections, peers } = await openTwo(t, 'pooled');
    const pooled = collect(connections);

    peers[0].send(binary(Buffer.alloc(100, 1)));
    await until(() => pooled[0]?.length === 1, 'the first');
    peers[1].send(binary(Buffer.alloc(1_000, 2)));
    await until(() => pooled[1]?.length === 1, 'the second');

    assert.notDeepEqual(pooled[0]?.[0], Buffer.alloc(100, 1));
  });
}

test('a pooled message that came in fragments is overwritten later too', async (t) => {
  const { connections, peers } = await openTwo(t, 'pooled');
  const pooled = collect(connections);

  for (const [index, peer] of peers.entries()) {
    peer.send(binary(Buffer.alloc(5_000, index + 1), { isFinal: false }));
    peer.send(continuation(Buffer.alloc(5_000, index + 1)));
    await until(() => pooled[index]?.length === 1, 'the message');
  }

  assert.equal(pooled[0]?.[0]?.equals(Buffer.alloc(10_000, 1)), false);
});

if (!usesDuplex()) {
  test(
    'a connection uses the shared buffer once the bytes that came before its 101 are read',
    WITH_INTERNALS,
    async (t) => {
      const { promise: hasSent, resolve: admit } = Promise.withResolvers<void>();
      const { server, connect } = await startServer(t, {
        readBuffer: 'pooled',
        authorize: () => hasSent.then(() => ({ accept: true })),
      });
      const memories: unknown[] = [];
      server.on('connection', (connection) => {
        connection.on('message', (data) => memories.push(data.buffer));
      });
      const peer = connect();

      peer.send(upgradeRequest());
      const early = Buffer.concat([1, 2, 3, 4, 5].map(() => binary(Buffer.alloc(60_000))));
      peer.send(early);
      await until(() => peer.socket.writableLength === 0, 'the early bytes to be sent');
      await turns(20);
      admit();
      await until(() => memories.length === 5, 'the early messages');
      for (const count of [6, 7]) {
        peer.send(text('late'));
        await until(() => memories.length === count, 'a late message');
      }

      assert.equal(memories[5], memories[6]);
    },
  );
}

test('a connection that is paused while it reads early bytes reads no more', async (t) => {
  const { promise: hasSent, resolve: admit } = Promise.withResolvers<void>();
  const { server, connect } = await startServer(t, {
    authorize: () => hasSent.then(() => ({ accept: true })),
  });
  const connections: Connection[] = [];
  server.on('connection', (connection) => {
    connections.push(connection);
    connection.on('message', () => connection.pause());
  });
  const peer = connect();

  peer.send(upgradeRequest());
  const message = binary(Buffer.alloc(60_000));
  peer.send(Buffer.concat(Array.from({ length: 5 }, () => message)));
  await until(() => peer.socket.writableLength === 0, 'the early bytes to be sent');
  await turns(20);
  admit();
  for (const count of [1, 2, 3, 4, 5]) {
    connections[0]?.resume();
    await until(() => connections[0]?.counters.messagesReceived === count, 'an early message');
  }
  for (let count = 0; count < 50; count += 1) peer.send(message);
  await turns(200);

  assert.ok((connections[0]?.counters.bytesReceived ?? 0) < 400_000);
});

test('only sockets of the network with nothing unread use the shared buffer', () => {
  const [stream] = duplexPair();

  for (const other of [stream, new TLSSocket(stream, { isServer: true })]) {
    assert.equal(
      readIntoSharedBuffer(other, () => true),
      false,
    );
  }
  assert.equal(
    readIntoSharedBuffer(new Socket(), () => true),
    false,
    'no handle yet',
  );
});

async function openTwo(t: TestContext, readBuffer: (typeof READ_BUFFER_USES)[number]) {
  const server = await startServer(t, { readBuffer });
  const first = await server.open();
  const second = await server.open();
  return {
    connections: [first.connection, second.connection],
    peers: [first.peer, second.peer],
  } as const;
}

test('a Node without the internal fields reads the normal way, and does not fail', () => {
  class OtherSocket extends Socket {
    constructor() {
      super();
      throw new TypeError('no such option');
    }
  }

  assert.notEqual(findOnreadKeys(), undefined);
  assert.equal(findOnreadKeys(OtherSocket), undefined);
});
