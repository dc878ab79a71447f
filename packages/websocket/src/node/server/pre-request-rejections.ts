/**
 * Input that a server's own port rejects before there is a request: not HTTP, too large or too
 * slow, failed TLS handshakes, excess sockets. Node handles it unnoticed; here it is reported.
 */
import { STATUS_CODES } from 'node:http';
import type { HttpListener } from './http-listener.ts';
import type { PortSockets } from './port-sockets.ts';

export interface PreRequestRejection {
  readonly result: 'malformed' | 'tooLarge' | 'timeout' | 'tls' | 'dropped';
  readonly status?: number;
}

export function listenForPreRequestRejections(
  server: HttpListener,
  sockets: PortSockets,
  handleRejection: (rejection: PreRequestRejection) => void,
): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const rejection = rejectionOf(error.code);
    if (rejection !== undefined) {
      handleRejection(rejection);
      if (socket.writable && !sockets.isResponding(socket)) {
        const { status } = rejection;
        socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`);
      }
    }
    socket.destroy(error);
  });
  server.on('tlsClientError', () => handleRejection({ result: 'tls' }));
  server.on('drop', () => handleRejection({ result: 'dropped' }));
}

/** `undefined` for transport errors: no client is left to receive a response. */
function rejectionOf(code = ''): (PreRequestRejection & { readonly status: number }) | undefined {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { result: 'tooLarge', status: 431 };
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return { result: 'tooLarge', status: 413 };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { result: 'timeout', status: 408 };
    default:
      return code.startsWith('HPE_') ? { result: 'malformed', status: 400 } : undefined;
  }
}
