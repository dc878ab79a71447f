/** Endless streams of WebSocket frames, or streams whose peer has disappeared. */
import type { Attack } from '../attack.ts';
import { ATTACKER_ADDRESS, type Target } from '../target.ts';

const CONNECTIONS = 100;

/** A frame of a client, with a mask of zeros. */
export function frame(first: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(payload.length < 126 ? 6 : 8);
  head[0] = first;
  head[1] = 0x80 | (payload.length < 126 ? payload.length : 126);
  if (payload.length >= 126) head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

export function upgrade(target: Target, path: string, headers = ''): string {
  return (
    `GET ${path} HTTP/1.1\r\nHost: ${target.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${headers}\r\n`
  );
}

interface Flood {
  readonly first: Buffer;
  /** Repeated without end. */
  readonly piece: Buffer;
  readonly extension?: string;
  /** The setting with the port; absent for the server's own. */
  readonly port?: string;
  /** The close code that some connections must have received. */
  readonly closeCode?: number;
}

/** Writes the same bytes on each connection repeatedly; closed connections are reopened. */
export function flood(path: string, { first, piece, extension = '', port, closeCode }: Flood) {
  return async (target: Target): Promise<void> => {
    let rejected = 0;
    await target.each(CONNECTIONS, (index) =>
      target.repeat(async () => {
        const socket = target.tcp(ATTACKER_ADDRESS, port && target.settings[port]);
        socket.on('data', (chunk) => {
          if (closeCode !== undefined && hasCloseFrame(chunk, closeCode)) rejected += 1;
        });
        socket.resume();
        const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
        const token = `Authorization: Bearer ${target.attacker(index).token}\r\n`;
        socket.write(upgrade(target, path, token + extension));
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
    target.expect(closeCode === undefined || rejected > 0, `no connection got ${closeCode}`);
  };
}

/** Whether the read contains the start of a close frame with this code. */
function hasCloseFrame(chunk: Buffer, code: number): boolean {
  const at = chunk.indexOf(Buffer.from([code >> 8, code & 0xff]));
  return at >= 2 && chunk[at - 2] === 0x88;
}

const NOTHING = Buffer.alloc(0);
const THREAT = 'Endless streams of frames';

export const STREAM_ATTACKS: readonly Attack[] = [
  {
    name: 'endless-fragments',
    about: 'Fragments of one message without end, on 100 connections',
    threat: THREAT,
    run: flood('/ws', {
      first: frame(0x1, Buffer.from('{')),
      piece: frame(0x0, Buffer.alloc(1000, ' ')),
    }),
  },
  {
    name: 'empty-fragments',
    about: 'Empty fragments without end, on 100 connections',
    threat: THREAT,
    run: flood('/ws/chat', {
      first: frame(0x1, NOTHING),
      piece: Buffer.concat(Array.from({ length: 500 }, () => frame(0x0, NOTHING))),
    }),
  },
  {
    name: 'ping-flood',
    about: 'Pings as fast as possible, on 100 connections',
    threat: THREAT,
    run: flood('/ws', {
      first: NOTHING,
      piece: Buffer.concat(Array.from({ length: 100 }, () => frame(0x89, Buffer.alloc(125)))),
    }),
  },
];
