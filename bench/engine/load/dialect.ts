/** The protocols of the subjects: how a connection starts, and the format of a message and its echo. */
import { encodeFrame, OPCODES } from './frames.ts';

/** The first bytes that a raw server sends. */
export const GREETING = Buffer.from('hello\n');

export type DialectName = 'websocket' | 'socketio' | 'raw';

interface EventEncoder {
  /** The path of the upgrade; `undefined` if there is none. */
  readonly path: string | undefined;
  /** Wraps a text in the envelope of the protocol, before framing. */
  wrap(text: string): string;
  /** The server's answer to a message; a raw server echoes the bytes. */
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
