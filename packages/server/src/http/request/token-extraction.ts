/** Where a request may carry its token. Read here and nowhere else; never logged. */
import type { IncomingMessage } from 'node:http';
import { requestPath } from '@parley/websocket';

const PROTOCOL_PREFIX = 'parley.token.';

/**
 * The token that a request shows on purpose: it counts before the cookie, which a
 * browser adds by itself.
 */
export function readToken({ headers }: IncomingMessage): string | undefined {
  return bearerOf(headers.authorization);
}

/** Who asks for a socket out of a browser can set no header: there are two more places. */
export function readUpgradeToken(request: IncomingMessage): string | undefined {
  return (
    readToken(request) ??
    queryOf(request.url).get('token') ??
    protocolOf(request.headers['sec-websocket-protocol'])
  );
}

/** Path of a request without its query, which may hold a token. */
export function pathOf(url: string | undefined): string {
  return requestPath(url);
}

function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
}

function queryOf(url: string | undefined): URLSearchParams {
  const at = url?.indexOf('?') ?? -1;
  return new URLSearchParams(at < 0 ? '' : url?.slice(at + 1));
}

function protocolOf(header: string | undefined): string | undefined {
  return header
    ?.split(',')
    .map((item) => item.trim())
    .find((item) => item.startsWith(PROTOCOL_PREFIX))
    ?.slice(PROTOCOL_PREFIX.length);
}
