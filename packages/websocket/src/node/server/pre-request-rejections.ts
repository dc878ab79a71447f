/**
 * Input that a server's own port rejects before there is a request: not HTTP, too large or too
 * slow, failed TLS handshakes, excess sockets. Node handles it unnoticed; here it is reported.
 */
import { STATUS_CODES } from 'node:http';
import { isDescriptorError } from '../admission/descriptors.ts';
import type { HttpListener } from './http-listener.ts';
import type { PortSockets } from './port-sockets.ts';

interface PreRequestRejection {
  readonly result: 'malformed' | 'tooLarge' | 'timeout' | 'tls' | 'dropped' | 'descriptors';
  readonly status?: number;
}

const MALFORMED = { result: 'malformed', status: 400 } as const;

/** By the code of Node's error; the HTTP parser's other errors are malformed requests. */
const REJECTIONS: Readonly<Record<string, Required<PreRequestRejection>>> = {
  HPE_HEADER_OVERFLOW: { result: 'tooLarge', status: 431 },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { result: 'tooLarge', status: 413 },
  ERR_HTTP_REQUEST_TIMEOUT: { result: 'timeout', status: 408 },
};

export function listenForPreRequestRejections(
  server: HttpListener,
  sockets: PortSockets,
  handleRejection: (rejection: PreRequestRejection) => void,
): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const { code = '' } = error;
    const rejection = REJECTIONS[code] ?? (code.startsWith('HPE_') ? MALFORMED : undefined);
    // After a transport error no client is left to receive a response.
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
  server.on('error', (error) => {
    if (isDescriptorError(error)) handleRejection({ result: 'descriptors' });
  });
}
