/** The engine with compression and over TLS, in the process of the server: see `engines.ts`. */
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { constants, deflateRawSync } from 'node:zlib';
import { type Attack, ENGINE_PORTS, LARGE_BYTES, LARGE_REQUEST } from '../attack.ts';
import type { Target } from '../target.ts';
import { flood, frame, upgrade } from './streams.ts';

const CONNECTIONS = 100;
const MESSAGES = 2_000;
/** Two missed pongs at the heartbeat of this engine, and the time to close. */
const GONE_MS_MAX = 15_000;
const MESSAGE_TOO_BIG = 1009;
const BOMB = deflateRawSync(Buffer.alloc(8 * 1_048_576), { finishFlush: constants.Z_SYNC_FLUSH });
const DEFLATE = 'Sec-WebSocket-Extensions: permessage-deflate\r\n';

/** An upgraded connection over TLS. */
async function open(target: Target): Promise<Socket> {
  const port = Number(target.settings[ENGINE_PORTS.tls]);
  const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false });
  socket.on('error', () => {});
  target.onEnd(() => socket.destroy());
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once('data', () => resolve());
  socket.write(upgrade(target, '/'));
  await Promise.race([promise, target.wait(5_000)]);
  return socket;
}

/** Peers that vanish without a word: they read nothing and answer no ping. */
async function vanish(target: Target): Promise<void> {
  let found = 0;
  await target.each(CONNECTIONS, async () => {
    const socket = await open(target);
    socket.pause();
    await target.wait(GONE_MS_MAX);
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.resume();
    if (await Promise.race([closed.then(() => true), target.wait(500).then(() => false)]))
      found += 1;
  });
  target.expect(found === CONNECTIONS, `${CONNECTIONS - found} lost peers are still connected`);
}

/** A peer that reads, and whose waiting output is above the limit for a moment. */
async function receiveLarge(target: Target): Promise<void> {
  await target.each(CONNECTIONS, async () => {
    const socket = await open(target);
    let received = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.on('data', ({ length }) => {
      received += length;
      if (received > LARGE_BYTES) resolve();
    });
    socket.write(frame(0x81, Buffer.from(LARGE_REQUEST)));
    await Promise.race([promise, target.wait(5_000)]);
    target.expect(received > LARGE_BYTES, `a peer that reads has received ${received} bytes`);
  });
}

/** A peer that ends its side after its last message. */
async function sendAndEnd(target: Target): Promise<void> {
  const bytes = Buffer.concat(
    Array.from({ length: MESSAGES }, () => frame(0x81, Buffer.from('m'))),
  );
  await target.each(10, async () => {
    const socket = await open(target);
    let received = 0;
    const ended = new Promise<void>((resolve) => socket.once('end', () => resolve()));
    socket.on('data', ({ length }) => {
      received += length;
    });
    socket.end(bytes);
    await Promise.race([ended, target.wait(5_000)]);
    // A header of two bytes, and one of text.
    target.expect(received >= 3 * MESSAGES, `${MESSAGES} messages, ${received} bytes of answers`);
  });
}

const GONE = 'Peers that are gone';

export const ENGINE_ATTACKS: readonly Attack[] = [
  {
    name: 'inflating-fragments',
    about: 'Fragments that inflate to far more than a message may have, and never end',
    threat: 'Endless streams of frames',
    run: flood('/', {
      extension: DEFLATE,
      port: ENGINE_PORTS.compressing,
      first: frame(0x41, BOMB.subarray(0, 4000)),
      piece: frame(0x0, BOMB.subarray(4000, 8000)),
      closeCode: MESSAGE_TOO_BIG,
    }),
  },
  {
    name: 'gone-over-tls',
    about: `${CONNECTIONS} peers over TLS that vanish without closing`,
    threat: GONE,
    durationMs: 25_000,
    run: vanish,
  },
  {
    name: 'large-over-tls',
    about: 'Peers over TLS that read a message above the write buffer limit, and one after it',
    threat: GONE,
    durationMs: 10_000,
    run: receiveLarge,
  },
  {
    name: 'end-over-tls',
    about: `Peers over TLS that end their side after ${MESSAGES} messages`,
    threat: GONE,
    durationMs: 10_000,
    run: sendAndEnd,
  },
].map((attack) => ({ ...attack, server: { hasEngines: true } }));
