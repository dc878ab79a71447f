/**
 * One set of listeners for all sockets, which find their connection through the
 * socket: a function for each event and connection would cost some hundred bytes.
 */
import type { Duplex } from 'node:stream';

export interface SocketListener {
  handleSocketData(chunk: Uint8Array): void;
  handleSocketEnd(): void;
  handleSocketError(cause: Error): void;
  handleSocketClose(): void;
}

const LISTENER = Symbol('listener');

/** A socket that has a listener; the functions below are on no other. */
interface ListenedSocket extends Duplex {
  [LISTENER]: SocketListener;
}

export function listenToSocket(socket: Duplex, listener: SocketListener): void {
  // It becomes one by this.
  (socket as ListenedSocket)[LISTENER] = listener;
  for (const event of EVENTS) socket.on(event, LISTENERS[event]);
}

export function stopListeningToSocket(socket: Duplex, event: keyof typeof LISTENERS): void {
  socket.off(event, LISTENERS[event]);
}

const EVENTS = ['data', 'error', 'end', 'close'] as const;

const LISTENERS = {
  data(this: ListenedSocket, chunk: Uint8Array): void {
    this[LISTENER].handleSocketData(chunk);
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
