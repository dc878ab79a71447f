/**
 * The TCP sockets of a server's own port whose end nothing else limits for certain: those in a TLS
 * handshake, with a request, or with a rejected upgrade. Over TLS also those of open connections.
 */
import type { Duplex } from 'node:stream';
import type { HttpListener } from './http-listener.ts';

export class PendingSockets {
  readonly #sockets = new Set<Duplex>();
  /** One function for all sockets. */
  readonly #forget: (this: Duplex) => void;

  constructor(server: HttpListener) {
    const sockets = this.#sockets;
    this.#forget = function forget() {
      sockets.delete(this);
    };
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', this.#forget);
    });
  }

  /** The socket has become a connection, which then costs no memory here. */
  release(socket: Duplex): void {
    this.#sockets.delete(socket);
    socket.off('close', this.#forget);
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
