/** The memory of unfinished messages ends with their connections, which applications may keep. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { READ_BUFFER_USES } from '../../../src/node/receive/shared-read-buffer.ts';
import { binary, text } from '../../support/bytes.ts';
import { collectGarbage } from '../../support/garbage.ts';
import type { RawPeer } from '../../support/raw-peer.ts';
import { startServer } from '../../support/test-server.ts';
import { usesDuplex } from '../../support/transport.ts';
import { turns, until } from '../../support/wait.ts';

const PEERS = 30;
const PIECE_BYTES = 1_000_000;
const SENT_BYTES = 200_000;

/** More than the pool of buffers keeps for later messages, and less than the pieces. */
const KEPT_BYTES_MAX = 20_000_000;

const ENDS: Readonly<Record<string, (peer: RawPeer) => void>> = {
  'a cut': (peer) => peer.destroy(),
  'a violation': (peer) => peer.send(text('a whole message among fragments')),
};

// A stream that is not a socket is read in the same way with each of them.
for (const readBuffer of usesDuplex() ? READ_BUFFER_USES.slice(0, 1) : READ_BUFFER_USES) {
  for (const [end, cause] of Object.entries(ENDS)) {
    test(`${readBuffer}: connections that are kept after ${end} keep no pieces of messages`, async (t) => {
      const { open, closes } = await startServer(t, { readBuffer, maxConnections: PEERS });
      const opened = [];
      for (let count = 0; count < PEERS; count += 1) opened.push(await open());
      const idle = await bufferBytes();
      for (const { peer } of opened) {
        peer.send(binary(Buffer.alloc(PIECE_BYTES), { isFinal: false }));
      }
      const kept = opened.map(({ connection }) => connection);
      await until(() => kept.every(({ unfinishedBytes }) => unfinishedBytes >= PIECE_BYTES));

      for (const { peer } of opened) cause(peer);
      for (const { peer } of opened) peer.socket.end();
      await until(() => closes.length === PEERS, 'all ends');

      assert.deepEqual(new Set(kept.map(({ unfinishedBytes }) => unfinishedBytes)), new Set([0]));
      const left = (await bufferBytes()) - idle;
      assert(left < KEPT_BYTES_MAX, `${left} bytes of buffers are left`);
    });
  }
}

// A stream that is not a socket is the test's, which holds what it did not pass on.
if (!usesDuplex()) {
  test('connections that are kept keep nothing that their sockets have read', async (t) => {
    const { open, closes } = await startServer(t, { readBuffer: 'own', maxConnections: PEERS });
    const opened = [];
    for (let count = 0; count < PEERS; count += 1) opened.push(await open());
    for (const { connection } of opened) connection.pause();
    const idle = await bufferBytes();
    for (const { peer } of opened) peer.send(binary(Buffer.alloc(SENT_BYTES)));
    await turns(20);

    const kept = opened.map(({ connection }) => connection);
    for (const connection of kept) connection.destroy();
    for (const { peer } of opened) peer.socket.destroy();
    await until(() => closes.length === PEERS, 'all ends');

    const left = (await bufferBytes()) - idle;
    assert(left < PEERS * 10_000, `${left} bytes of buffers are left`);
    assert(kept.every(({ state }) => state === 'CLOSED'));
  });
}

async function bufferBytes(): Promise<number> {
  await collectGarbage();
  return process.memoryUsage().arrayBuffers;
}
