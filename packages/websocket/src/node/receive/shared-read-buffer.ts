/**
 * One buffer into which all sockets of a thread are read: Node otherwise allocates 64 KiB for each
 * read. It is part of the memory of the masking function, which then copies nothing. Its content is
 * valid until control returns to the event loop; `toKept` copies what is kept.
 *
 * Node offers this only for sockets that are created with it (`onread` of `new net.Socket`). So
 * this sets on an accepted socket what that option would have set, if these fields exist; otherwise
 * sockets are read the normal way (docs/decisions/0021).
 */
import { Buffer } from 'node:buffer';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { MASK_BUFFER } from '../../protocol/mask.ts';
import type { HandOut } from '../../protocol/message-assembler.ts';
import { headerBytes } from '../../protocol/single-frame-fast-path.ts';
import { MAY_USE_INTERNALS } from '../node-internals-switch.ts';
import { viewBuffer } from './buffer-view.ts';
import { forbidTransfer } from './forbid-transfer.ts';
import { MessageBufferPool } from './message-buffer-pool.ts';
import { copyMessage, copyRange } from './message-memory.ts';

const READ_BUFFER: Uint8Array = MASK_BUFFER ?? new Uint8Array(131_072);

if (MASK_BUFFER === undefined) forbidTransfer(READ_BUFFER.buffer);

/** A read of this size may have left more in the system, which is read within the same turn. */
export const READ_BYTES = READ_BUFFER.length;

/** Its address: reading it from the array is a call out of compiled code. */
const { buffer: READ_MEMORY, byteOffset: READ_START } = READ_BUFFER;

/** The creation of a view takes longer than the copy of a small message: these are created once. */
const SOURCE_BYTES_MAX = 2_048;
const SOURCES: (Uint8Array | undefined)[] = new Array(SOURCE_BYTES_MAX + 1);

type SocketWithKeys = Socket & {
  [key: symbol]: unknown;
  _handle?: { useUserBuffer?(buffer: Uint8Array): void } | null;
};

/** For messages that arrive in several reads, and for replies that wait. */
export const BUFFER_POOL = new MessageBufferPool();

const KEYS = MAY_USE_INTERNALS ? findOnreadKeys() : undefined;

export const HAS_SHARED_READS: boolean = KEYS !== undefined;

export const READ_BUFFER_USES = ['shared', 'pooled', 'own'] as const;

export type ReadBufferUse = (typeof READ_BUFFER_USES)[number];

/** Reads the socket into the shared buffer from now on; returns whether that is possible. */
export function readIntoSharedBuffer(
  socket: Duplex,
  callback: (this: Socket, byteCount: number, bytes: Uint8Array) => boolean,
): boolean {
  if (KEYS === undefined || !(socket instanceof Socket) || isOverStream(socket)) return false;
  const plain = socket as SocketWithKeys;
  const { _handle: handle } = plain;
  if (typeof handle?.useUserBuffer !== 'function' || plain.readableLength > 0) return false;
  plain[KEYS.buffer] = READ_BUFFER;
  plain[KEYS.callback] = callback;
  // biome-ignore lint/correctness/useHookAtTopLevel: A method of Node's, no hook.
  handle.useUserBuffer(READ_BUFFER);
  return true;
}

/** A read of TLS over a stream may begin within the handling of another read; it has no address. */
function isOverStream(socket: Socket): boolean {
  return socket instanceof TLSSocket && socket.remoteAddress === undefined;
}

/** Returns bytes that are never overwritten: a copy of those that are shared or pooled. */
export function toKept(bytes: Uint8Array): Uint8Array {
  return isTransient(bytes) ? Buffer.from(bytes) : bytes;
}

function isTransient(bytes: Uint8Array): boolean {
  // The first comparison is the fastest.
  return bytes === READ_BUFFER || bytes.buffer === READ_MEMORY || BUFFER_POOL.contains(bytes);
}

export function copyTransient(bytes: Uint8Array, start: number, end: number): Uint8Array {
  if (bytes === READ_BUFFER) return copyMessage(viewSource(start, end));
  const range = viewRange(bytes, start, end);
  return isTransient(bytes) ? copyMessage(range) : range;
}

export function copyTransientRun(bytes: Uint8Array, start: number, end: number): HandOut {
  if (!isTransient(bytes)) return (from, to) => viewRange(bytes, from, to);
  return copyRange(viewRange(bytes, start, end), start);
}

/** Of the first message in a read, which begins behind its header. */
function viewSource(start: number, end: number): Uint8Array {
  const byteCount = end - start;
  const isKept = byteCount <= SOURCE_BYTES_MAX && start === headerBytes(byteCount);
  const found = isKept ? SOURCES[byteCount] : undefined;
  if (found !== undefined) return found;
  const view = viewRange(READ_BUFFER, start, end);
  if (isKept) SOURCES[byteCount] = view;
  return view;
}

/** Faster than `subarray` in the read buffer, whose memory nobody can transfer. */
export function viewRange(bytes: Uint8Array, start: number, end: number): Uint8Array {
  if (bytes === READ_BUFFER) return viewBuffer(READ_MEMORY, READ_START + start, end - start);
  forbidTransfer(bytes.buffer);
  return bytes.subarray(start, end);
}

/** Finds them by value, because their names are internal; `undefined` if that fails. */
export function findOnreadKeys(SocketClass: typeof Socket = Socket) {
  try {
    const callback = () => true;
    const options = { onread: { buffer: READ_BUFFER, callback } };
    const socket = new SocketClass(options) as SocketWithKeys;
    const keys = Object.getOwnPropertySymbols(socket);
    const buffer = keys.find((key) => socket[key] === READ_BUFFER);
    const callbackKey = keys.find((key) => socket[key] === callback);
    socket.destroy();
    return buffer && callbackKey && { buffer, callback: callbackKey };
  } catch {
    return undefined;
  }
}
