/** Compression of a raw client: one zlib stream per direction, with or without context takeover. */
import assert from 'node:assert/strict';
import {
  constants,
  createDeflateRaw,
  createInflateRaw,
  type DeflateRaw,
  type InflateRaw,
} from 'node:zlib';
import type { RawPeer } from './raw-peer.ts';
import { inTime } from './wait.ts';

interface ReceivedMessage {
  readonly opcode: number;
  readonly isCompressed: boolean;
  readonly payload: Buffer;
}

const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);

/** Compresses messages one after the other; with `isKept`, each may refer to earlier ones. */
export function startDeflater({ isKept = true, windowBits = 15 } = {}) {
  const open = () => createDeflateRaw({ windowBits });
  let stream = open();
  return async (plain: string | Uint8Array): Promise<Buffer> => {
    if (!isKept) stream = open();
    const output = await pass(stream, plain);
    assert.deepEqual(output.subarray(-4), TAIL);
    return output.subarray(0, -4);
  };
}

/** Inflates in the same way. */
export function startInflater({ isKept = true, windowBits = 15 } = {}) {
  const open = () => createInflateRaw({ windowBits });
  let stream = open();
  return (data: Uint8Array): Promise<Buffer> => {
    if (!isKept) stream = open();
    return pass(stream, Buffer.concat([data, TAIL]));
  };
}

/** The next message, inflated by `inflate` if it is compressed. */
export async function nextMessage(
  peer: RawPeer,
  inflate: (data: Uint8Array) => Promise<Buffer>,
): Promise<ReceivedMessage> {
  const { opcode, reservedBits, payload } = await peer.nextFrameWithBits();
  const isCompressed = reservedBits === 0x40;
  assert(isCompressed || reservedBits === 0, 'the only extension owns RSV1');
  return { opcode, isCompressed, payload: isCompressed ? await inflate(payload) : payload };
}

/** Passes the input through the stream; returns its output up to a flush. */
function pass(stream: DeflateRaw | InflateRaw, input: string | Uint8Array): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.removeAllListeners();
  stream.on('data', (chunk) => chunks.push(chunk));
  const output = new Promise<Buffer>((resolve, reject) => {
    stream.on('error', reject);
    stream.write(input);
    stream.flush(constants.Z_SYNC_FLUSH, () => resolve(Buffer.concat(chunks)));
  });
  return inTime(output, 'zlib');
}
