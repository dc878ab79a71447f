/** Answers to requests that HTTP has read, and has not handed over as upgrades. */
import { Buffer } from 'node:buffer';
import type { ServerResponse } from 'node:http';
import { type Rejection, UPGRADE_REQUIRED_HEADERS } from '../../protocol/handshake-refusal.ts';

/** Refuses, and ends the connection behind it. */
export function respondWithRejection(
  response: ServerResponse,
  { status, headers, body, contentType }: Rejection,
): void {
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    ...headers,
    Connection: 'close',
  });
  response.end(body);
}

/** Says that there is nothing here but WebSockets; the connection ends where its client wants that. */
export function respondUpgradeRequired(response: ServerResponse, body: string): void {
  const { Connection: token } = UPGRADE_REQUIRED_HEADERS;
  response.writeHead(426, {
    'Content-Type': 'text/plain',
    'Content-Length': Buffer.byteLength(body),
    ...UPGRADE_REQUIRED_HEADERS,
    // A `Connection` of one's own takes the place of what Node would say.
    Connection: response.shouldKeepAlive ? token : `${token}, close`,
  });
  response.end(body);
}
