/**
 * The sockets of a server's own port whose end nothing else limits for certain: those in a TLS
 * handshake, with a request, or with a rejected upgrade. Over TLS also those of open connections.
 */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { HttpListener } from './http-listener.ts';

interface PreRequestRejection {
  readonly result: 'malformed' | 'tooLarge' | 'timeout' | 'tls' | 'dropped';
  readonly status?: number;
}

const MALFORMED = { result: 'malformed', status: 400 } as const;

/** By the code of Node's error; the HTTP parser's other errors are malformed requests. */
const REJECTIONS: Readonly<Record<string, Required<PreRequestRejection>>> = {
  HPE_HEADER_OVERFLOW: { result: 'tooLarge', status: 431 },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { result: 'tooLarge', status: 413 },
  ERR_HTTP_REQUEST_TIMEOUT: { result: 'timeout', status: 408 },
};

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

  /**
   * Reports the input that is rejected before there is a request: not HTTP, too large or too slow,
   * failed TLS handshakes, excess sockets. Node handles it unnoticed.
   */
  reportRejections(
    server: HttpListener,
    handleRejection: (rejection: PreRequestRejection) => void,
  ): void {
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      const { code = '' } = error;
      const rejection = REJECTIONS[code] ?? (code.startsWith('HPE_') ? MALFORMED : undefined);
      // After a transport error no client is left to receive a response.
      if (rejection !== undefined) {
        handleRejection(rejection);
        const [current] = this.#responses.get(socket) ?? [];
        // During a response it would be taken for its body.
        const isResponding = current?.headersSent === true && !current.writableFinished;
        if (socket.writable && !isResponding) {
          const { status } = rejection;
          socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`);
        }
      }
      socket.destroy(error);
    });
    server.on('tlsClientError', () => handleRejection({ result: 'tls' }));
    server.on('drop', () => handleRejection({ result: 'dropped' }));
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
