/** Responses to requests that HTTP has parsed, and has not handed over as upgrades. */
import { Buffer } from 'node:buffer';
import type { ServerResponse } from 'node:http';
import { createRejection, type Rejection } from '../../protocol/handshake-rejection.ts';

export function respondWithRejection(
  response: ServerResponse,
  { status, headers, body, contentType }: Rejection,
  connection = 'close',
): void {
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    ...headers,
    Connection: connection,
  });
  response.end(body);
}

/** Responds with 500 for a handler that failed. A response that the handler has begun is cut. */
export function respondWithFailure(response: ServerResponse): void {
  if (!response.headersSent) {
    // They describe a body that does not follow.
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    respondWithRejection(response, createRejection('internal'));
  } else if (!response.writableEnded) {
    response.destroy();
  }
}

/** Responds that the server only speaks WebSocket; keeps the connection if its client does. */
export function respondUpgradeRequired(response: ServerResponse, rejection: Rejection): void {
  // An explicit `Connection` header replaces the one that Node would send.
  const connection = response.shouldKeepAlive ? 'Upgrade' : 'Upgrade, close';
  respondWithRejection(response, rejection, connection);
}

/** The rejection of a request that is no upgrade. */
export function upgradeRequired(body: string): Rejection {
  return { ...createRejection('version'), body, contentType: 'text/plain' };
}
