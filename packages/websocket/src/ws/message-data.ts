/** What may be sent, and in which form binary messages are received. */
import { Buffer } from 'node:buffer';

/** A `Blob` cannot be sent: reading it takes time, in which others would overtake. */
export type MessageData =
  | string
  | number
  | ArrayBufferLike
  | ArrayBufferView
  | readonly number[]
  | readonly Uint8Array[]
  | false
  | null
  | undefined;

export const BINARY_TYPES = ['nodebuffer', 'arraybuffer', 'fragments', 'blob'] as const;
export type BinaryType = (typeof BINARY_TYPES)[number];

/**
 * `fragments` is a list of one: messages are put together before anybody sees them. A `Blob`,
 * which `blob` gives, is left out, as in the types of `ws`: what came can be sent.
 */
export type RawData = Buffer | ArrayBuffer | Buffer[];

/** What the events of browsers carry. */
export type Data = string | RawData;

/**
 * A string, or bytes as they lie; nothing for `false` and what is not there.
 *
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE`, for what is neither.
 */
export function toPayload(data: MessageData): string | Uint8Array {
  if (typeof data === 'string' || data instanceof Uint8Array) return data;
  if (typeof data === 'number') return String(data);
  if (!data) return new Uint8Array(0);
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (isListOfBytes(data)) return Buffer.concat(data);
  // All else is for the platform, which takes some of it and refuses the rest in its own words.
  return Buffer.from(data as ArrayBuffer);
}

function isListOfBytes(data: unknown): data is Uint8Array[] {
  return Array.isArray(data) && data[0] instanceof Uint8Array;
}

export function byteLengthOf(payload: string | Uint8Array): number {
  return typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
}

export function toReceived(data: Buffer, type: BinaryType): RawData {
  switch (type) {
    case 'nodebuffer':
      return data;
    case 'arraybuffer':
      // A copy: the bytes may lie in a larger read.
      return new Uint8Array(data).buffer;
    case 'fragments':
      return [data];
    case 'blob':
      return new Blob([new Uint8Array(data)]) as unknown as RawData;
  }
}
