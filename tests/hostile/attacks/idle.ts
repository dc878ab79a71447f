/** Connections that cost the attacker nothing: idle, slow, or never reading. */
import type { Socket } from 'node:net';
import { type Attack, LIMITED_ADDRESSES } from '../attack.ts';
import type { Target } from '../target.ts';

const DESCRIPTORS_MAX = 1024;
const IDLE_SOCKETS = 1100;
const SLOW_SOCKETS = 100;
const HEAD = 'POST /login HTTP/1.1\r\nHost: localhost\r\n';
/** The time limits of headers and bodies have expired by then, with some seconds to spare. */
const HEADERS_END_MS = 16_000;
const BODY_END_MS = 38_000;

/** From many addresses of this machine, so that a limit per address does not help. */
async function holdIdle(
  target: Target,
  count: number,
  from: (index: number) => string,
): Promise<void> {
  for (let index = 0; index < count && !target.isOver; index += 1) {
    const socket = target.tcp(from(index));
    // A rejected client reconnects.
    socket.on('close', () => {
      if (!target.isOver) setTimeout(() => target.isOver || target.tcp(from(index)), 500);
    });
    if (index % 50 === 49) await target.wait(20);
  }
  await target.repeat(() => target.wait(500));
}

/** Sends slowly; resolves to the number of connections that the server closed in time. */
async function drip(
  target: Target,
  first: string,
  piece: string,
  everyMs: number,
): Promise<number> {
  let ended = 0;
  const sockets: Socket[] = [];
  for (let index = 0; index < SLOW_SOCKETS; index += 1) {
    const socket = target.tcp(`127.0.1.${index % 50}`);
    socket.on('close', () => {
      if (!target.isOver) ended += 1;
    });
    socket.resume();
    socket.write(first);
    sockets.push(socket);
  }
  await target.repeat(async () => {
    for (const socket of sockets) if (socket.writable) socket.write(piece);
    await target.wait(everyMs);
  });
  return ended;
}

export const IDLE_ATTACKS: readonly Attack[] = [
  {
    name: 'idle-sockets-many-addresses',
    about: `${IDLE_SOCKETS} TCP connections that send nothing, from many addresses, against ${DESCRIPTORS_MAX} descriptors`,
    threat: 'Idle TCP connections',
    server: { descriptorsMax: DESCRIPTORS_MAX, ...LIMITED_ADDRESSES },
    durationMs: 12_000,
    run: (target) => holdIdle(target, IDLE_SOCKETS, (index) => `127.0.1.${1 + (index % 250)}`),
  },
  {
    name: 'idle-sockets-one-address',
    about: `${IDLE_SOCKETS} TCP connections that send nothing, from one address`,
    threat: 'Idle TCP connections',
    server: { descriptorsMax: DESCRIPTORS_MAX, ...LIMITED_ADDRESSES },
    durationMs: 8000,
    run: (target) => holdIdle(target, IDLE_SOCKETS, () => '127.0.0.66'),
  },
  {
    name: 'slow-headers',
    about: `${SLOW_SOCKETS} requests whose header arrives at one line per second`,
    threat: 'Slow senders',
    durationMs: HEADERS_END_MS,
    run: async (target) => {
      const ended = await drip(target, HEAD, 'x-more: 1\r\n', 1000);
      target.expect(
        ended === SLOW_SOCKETS,
        `${SLOW_SOCKETS - ended} slow heads outlived their time`,
      );
    },
  },
  {
    name: 'slow-bodies',
    about: `${SLOW_SOCKETS} requests whose body arrives at one byte per second`,
    threat: 'Slow senders',
    durationMs: BODY_END_MS,
    run: async (target) => {
      const head = `${HEAD}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n`;
      const ended = await drip(target, head, ' ', 1000);
      target.expect(
        ended === SLOW_SOCKETS,
        `${SLOW_SOCKETS - ended} slow bodies outlived their time`,
      );
    },
  },
];
