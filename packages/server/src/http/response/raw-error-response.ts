/** Writes an error response directly to a socket without a response object, and closes the socket. */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ChatError } from '@parley/protocol';
import { toErrorResponse } from './error-response.ts';

export function rejectRaw(socket: Duplex, error: ChatError): void {
  const { status, headers, body } = toErrorResponse(error);
  const text = JSON.stringify(body);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const answer =
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n` +
    `Connection: close\r\n${lines.join('')}` +
    'Content-Type: application/json; charset=utf-8\r\n' +
    `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
  // Destroyed even if the peer never closes its side.
  socket.end(answer, () => socket.destroy());
}
