/** A refusal for which there is no response object: written to the socket as it is, which then closes. */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ChatError } from '@parley/protocol';
import { toHttpFailure } from './error-body.ts';

export function rejectRaw(socket: Duplex, error: ChatError): void {
  const { status, headers, body } = toHttpFailure(error);
  const text = JSON.stringify(body);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const answer =
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n` +
    `Connection: close\r\n${lines.join('')}` +
    'Content-Type: application/json; charset=utf-8\r\n' +
    `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
  // A peer that never closes its side does not keep ours.
  socket.end(answer, () => socket.destroy());
}
