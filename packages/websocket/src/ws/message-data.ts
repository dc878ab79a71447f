/** What may be sent, and in which form binary messages are received. */
import { Buffer } from 'node:buffer';

/** A `Blob` cannot be sent: reading it takes time, in which others would overtake. */
export type MessageData =
  | string
  | number
  | ArrayBufferLike
  | ArrayBufferView
  | readonly number[]
  | null
  | undefined;

export const BINARY_TYPES = ['nodebuffer', 'arraybuffer', 'fragments', 'blob'] as const;
export type BinaryType = (typeof BINARY_TYPES)[number];

/** `fragments` is a list of one: messages are put together before anybody sees them. */
export type ReceivedData = Buffer | ArrayBuffer | Buffer[] | Blob;

/**
 * A string, or bytes as they lie.
 *
 * @throws {TypeError} for what is neither.
 */
export function toPayload(data: MessageData): string | Uint8Array {
  if (typeof data === 'string' || data instanceof Uint8Array) return data;
  if (typeof data === 'number') return String(data);
  if (data === undefined || data === null) return new Uint8Array(0);
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) return Buffer.from(data);
  if (Array.isArray(data)) return Buffer.from(data);
  throw new TypeError('a message is a string, a number, or bytes');
}

export function byteLengthOf(payload: string | Uint8Array): number {
  return typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
}

export function toReceived(data: Buffer, type: BinaryType): ReceivedData {
  switch (type) {
    case 'nodebuffer':
      return data;
    case 'arraybuffer':
      // A copy: the bytes may lie in a larger read.
      return new Uint8Array(data).buffer;
    case 'fragments':
      return [data];
    case 'blob':
      return new Blob([new Uint8Array(data)]);
  }
}
