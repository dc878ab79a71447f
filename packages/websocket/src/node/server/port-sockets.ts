/**
 * The sockets of a server's own port whose end nothing else limits for certain: those in a TLS
 * handshake, with a request, or with a rejected upgrade. Over TLS also those of open connections.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { HttpListener } from './http-listener.ts';

export class PortSockets {
  readonly #sockets = new Set<Duplex>();
  /** The responses of each socket that did not end yet, in the order in which they are sent. */
  readonly #responses = new Map<Duplex, Set<ServerResponse>>();
  /** One function for all sockets. */
  readonly #forget: (this: Duplex) => void;
  #handleAnswered: (() => void) | undefined;

  constructor(server: HttpListener) {
    const sockets = this.#sockets;
    const settle = (socket: Duplex) => {
      this.#responses.delete(socket);
      if (this.#responses.size === 0) this.#handleAnswered?.();
    };
    this.#forget = function forget() {
      sockets.delete(this);
      // A response that waits for an earlier one emits no `close` when its socket does.
      settle(this);
    };
    server.on('connection', (socket) => sockets.add(socket.on('close', this.#forget)));
    server.on('secureConnection', (socket) => socket.on('close', this.#forget));
    server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      const responses = this.#responses.get(socket) ?? new Set();
      this.#responses.set(socket, responses.add(response));
      response.on('close', () => {
        responses.delete(response);
        if (responses.size === 0) settle(socket);
      });
    });
  }

  /** The socket has become a connection, which then costs no memory here. */
  release(socket: Duplex): void {
    this.#sockets.delete(socket);
    if (!this.#responses.has(socket)) socket.off('close', this.#forget);
  }

  /** Whether a response is under way: what is written now would be taken for its body. */
  isResponding(socket: Duplex): boolean {
    const [current] = this.#responses.get(socket) ?? [];
    return current?.headersSent === true && !current.writableFinished;
  }

  /** Resolves when all ordinary requests are answered, or `destroy` was called. */
  async areAnswered(): Promise<void> {
    if (this.#responses.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#handleAnswered = resolve;
    });
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
    // A stream may end without a `close` event.
    this.#responses.clear();
    this.#handleAnswered?.();
  }
}
