/** One set of listeners for all sockets: own functions would cost each some hundred bytes. */
import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { compactListeners } from '../connection/compact-listeners.ts';
import { MAY_USE_INTERNALS } from '../node-internals-switch.ts';
import { readIntoSharedBuffer } from './shared-read-buffer.ts';

export interface SocketListener {
  /** Whether its bytes may be read into the shared buffer by now. */
  readonly readsInPlace: boolean;
  /** The first `byteCount` bytes of `chunk`, which are overwritten after control returns. */
  handleSocketData(chunk: Uint8Array, byteCount: number): void;
  handleSocketEnd(): void;
  handleSocketError(cause: Error): void;
  handleSocketClose(): void;
}

const LISTENER = Symbol('listener');

/** Of Node's sockets: does nothing if `allowHalfOpen` is set, as it is here. */
const HALF_CLOSE_LISTENER = 'onReadableStreamEnd';

/** A socket that has a listener; the functions below are on no other sockets. */
interface ListenedSocket extends Duplex {
  [LISTENER]: SocketListener;
  /** Node's table: a function, or an array of several. */
  readonly _events?: { readonly data?: unknown };
}

/** Claims the socket of an upgrade for one server; returns whether it was free. */
export function adoptSocket(socket: Duplex & { [LISTENER]?: SocketListener | undefined }): boolean {
  if (LISTENER in socket) return false;
  socket[LISTENER] = undefined;
  return true;
}

export function listenToSocket(socket: Duplex, listener: SocketListener): void {
  // This assignment makes it one.
  (socket as ListenedSocket)[LISTENER] = listener;
  // Two listeners in an array take 100 bytes more, for each socket.
  for (const each of MAY_USE_INTERNALS ? socket.listeners('end') : []) {
    if (each.name === HALF_CLOSE_LISTENER) socket.off('end', each as () => void);
  }
  // 72 bytes less, for each socket.
  compactListeners(socket, 'socket');
  for (const event of EVENTS) socket.on(event, LISTENERS[event]);
}

/** From here on its listener gets the bytes in place where they were read, if possible. */
export function readInPlace(socket: Duplex): boolean {
  return readIntoSharedBuffer(socket, passRead);
}

function passRead(this: Socket, byteCount: number, bytes: Uint8Array): boolean {
  // Only sockets that have a listener are read this way.
  const socket = this as Duplex as ListenedSocket;
  if (socket._events?.data === LISTENERS.data) socket[LISTENER].handleSocketData(bytes, byteCount);
  // Other code also reads the socket, and may keep the bytes.
  else socket.emit('data', Buffer.from(bytes.subarray(0, byteCount)));
  return true;
}

export function stopListeningToSocket(socket: Duplex, event: keyof typeof LISTENERS): void {
  socket.off(event, LISTENERS[event]);
}

const EVENTS = ['data', 'error', 'end', 'close'] as const;

const LISTENERS = {
  data(this: ListenedSocket, chunk: Uint8Array): void {
    const listener = this[LISTENER];
    listener.handleSocketData(chunk, chunk.length);
    // Bytes that came before the 101 were still unread when the connection was opened. A paused
    // socket stops reading only if it uses the buffer before the pause.
    if (listener.readsInPlace && !this.isPaused()) readInPlace(this);
  },
  error(this: ListenedSocket, cause: Error): void {
    this[LISTENER].handleSocketError(cause);
  },
  end(this: ListenedSocket): void {
    this[LISTENER].handleSocketEnd();
  },
  close(this: ListenedSocket): void {
    this[LISTENER].handleSocketClose();
  },
};
