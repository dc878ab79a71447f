/** The memory that compression keeps for a connection, and for how long. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { binary } from '../../support/bytes.ts';
import { startDeflater } from '../../support/deflate-peer.ts';
import { startServer } from '../../support/test-server.ts';
import { turns, until } from '../../support/wait.ts';

const PEERS = 60;
const HISTORY_BYTES = 32_768;

/** Bytes of buffers that are still in use. */
async function bufferBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  for (let round = 0; round < 3; round += 1) {
    collect();
    await turns(3);
  }
  return process.memoryUsage().arrayBuffers;
}

/** Additional memory for each connection: idle, after a message, after the close. */
async function measure(t: TestContext, parameters: string) {
  const { server, open, closes } = await startServer(t, {
    perMessageDeflate: true,
    maxConnections: PEERS,
  });
  const message = await startDeflater()(randomBytes(HISTORY_BYTES * 2));
  let messages = 0;
  server.on('message', () => {
    messages += 1;
  });

  const peers = [];
  for (let count = 0; count < PEERS; count += 1) {
    const header = { 'Sec-WebSocket-Extensions': `permessage-deflate${parameters}` };
    peers.push((await open(header)).peer);
  }
  const idle = await bufferBytes();
  for (const peer of peers) peer.send(binary(message, { reservedBits: 0x40 }));
  await until(() => messages === PEERS, 'all messages');
  const talked = await bufferBytes();
  for (const peer of peers) peer.destroy();
  await until(() => closes.length === PEERS, 'all to be gone');
  const closed = await bufferBytes();
  return { talked: (talked - idle) / PEERS, closed: (closed - idle) / PEERS };
}

test('a window is kept from the first message on, and freed with the connection', async (t) => {
  const { talked, closed } = await measure(t, '');

  assert(talked > HISTORY_BYTES * 0.9, `${talked} bytes for a connection that talked`);
  assert(talked < HISTORY_BYTES * 1.5, `${talked} bytes for a connection that talked`);
  assert(closed < HISTORY_BYTES * 0.1, `${closed} bytes for a connection that is gone`);
});

test('without context takeover nothing is kept', async (t) => {
  const { talked } = await measure(t, '; client_no_context_takeover; server_no_context_takeover');

  assert(talked < HISTORY_BYTES * 0.1, `${talked} bytes for a connection that talked`);
});
