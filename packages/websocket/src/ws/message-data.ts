/** The types of data that can be sent, and the forms of received binary messages. */
import { Buffer } from 'node:buffer';

/** A `Blob` cannot be sent: reading it takes time, and later messages would overtake it. */
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
 * `fragments` gives a list with one element: messages are assembled before delivery. The type
 * omits `Blob`, which `blob` gives, as the types of `ws` do: received data can be sent.
 */
export type RawData = Buffer | ArrayBuffer | Buffer[];

export type Data = string | RawData;

/**
 * A string, or the bytes without a copy; empty for `false` and absent data.
 *
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE`, for any other type.
 */
export function toPayload(data: MessageData): string | Uint8Array {
  if (typeof data === 'string' || data instanceof Uint8Array) return data;
  if (typeof data === 'number') return String(data);
  if (!data) return new Uint8Array(0);
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (Array.isArray(data) && data[0] instanceof Uint8Array) return Buffer.concat(data);
  // The platform handles other types: it accepts some and rejects the rest with its own errors.
  return Buffer.from(data as ArrayBuffer);
}

export function toReceived(data: Buffer, type: BinaryType): RawData {
  if (type === 'fragments') return [data];
  // Copied, because the bytes may be part of a larger read.
  if (type === 'arraybuffer') return new Uint8Array(data).buffer;
  if (type === 'blob') return new Blob([new Uint8Array(data)]) as unknown as RawData;
  return data;
}
