/** How the subjects are spoken to: what a connection begins with, how a message and its echo look. */
import { encodeFrame, OPCODES } from './frames.ts';

/** What a raw server says first. */
export const GREETING = Buffer.from('hello\n');

export type DialectName = 'websocket' | 'socketio' | 'raw';

export interface EventEncoder {
  /** The path of the upgrade; `undefined` where there is none. */
  readonly path: string | undefined;
  /** What a text is wrapped into before it is framed. */
  wrap(text: string): string;
  /** What the server sends for a message; a raw server sends what it got. */
  answer(text: string, request: Buffer): Buffer;
}

const websocket: EventEncoder = {
  path: '/',
  wrap: (text) => text,
  answer: (text) => encodeFrame(Buffer.from(text), { opcode: OPCODES.text }),
};

const socketio: EventEncoder = {
  path: '/socket.io/?EIO=4&transport=websocket',
  // Engine.IO `message`, Socket.IO `event`, then the event as JSON.
  wrap: (text) => `42${JSON.stringify(['message', text])}`,
  answer: (text) => encodeFrame(Buffer.from(socketio.wrap(text)), { opcode: OPCODES.text }),
};

const raw: EventEncoder = {
  path: undefined,
  wrap: (text) => text,
  answer: (_text, request) => request,
};

export const DIALECTS: Readonly<Record<DialectName, EventEncoder>> = { websocket, socketio, raw };
