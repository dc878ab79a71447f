/** Every reason to reject an upgrade, and the response: detailed for protocol errors only. */
import type { ErrorCode } from './errors.ts';

/** Required headers of a 426 response (RFC 9110 section 15.5.22). */
const UPGRADE_REQUIRED_HEADERS = Object.freeze({
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
});

/** When a rejected client may retry; short, since slots and restarts free up in seconds. */
const RETRY_AFTER = Object.freeze({ 'Retry-After': '5' });

type RejectionEntry = Pick<Rejection, 'status' | 'code' | 'body'> &
  Partial<Pick<Rejection, 'headers'>>;

export const REJECTIONS = Object.freeze({
  method: malformed(405, 'The method of an upgrade is GET', { Allow: 'GET' }),
  httpVersion: malformed(400, 'An upgrade needs HTTP 1.1'),
  host: malformed(400, 'An upgrade has exactly one Host header'),
  upgrade: malformed(400, 'The Upgrade header does not name websocket'),
  connection: malformed(400, 'The Connection header does not name upgrade'),
  body: malformed(400, 'An upgrade has no body'),
  version: malformed(426, 'The version of the WebSocket protocol is 13', UPGRADE_REQUIRED_HEADERS),
  repeatedVersion: malformed(400, 'An upgrade has exactly one Sec-WebSocket-Version header'),
  key: malformed(400, 'An upgrade has exactly one Sec-WebSocket-Key header: 16 bytes in base64'),
  protocol: malformed(400, 'The Sec-WebSocket-Protocol header is malformed'),
  extension: malformed(400, 'The Sec-WebSocket-Extensions header is malformed'),
  path: { status: 404, code: 'HANDSHAKE_ERROR', body: 'Not found' },
  origin: { status: 403, code: 'HANDSHAKE_ERROR', body: 'Forbidden' },
  full: retryLater(503, 'SERVER_FULL', 'Try again later'),
  resources: retryLater(503, 'INSUFFICIENT_RESOURCES', 'Try again later'),
  addressFull: retryLater(429, 'IP_LIMIT_EXCEEDED', 'Too many connections'),
  addressRate: retryLater(429, 'RATE_LIMITED', 'Too many new connections'),
  addressViolations: retryLater(429, 'RATE_LIMITED', 'Too many faults'),
  shutdown: retryLater(503, 'HANDSHAKE_ERROR', 'Try again later'),
  timeout: { status: 408, code: 'HANDSHAKE_ERROR', body: 'Too late' },
  internal: { status: 500, code: 'INTERNAL_ERROR', body: 'Something went wrong' },
} satisfies Record<string, RejectionEntry>);

export type RejectionReason = keyof typeof REJECTIONS;

export interface Rejection {
  /** For logs and metrics: a key of the table, or `authorize` if the application rejected. */
  readonly reason: RejectionReason | 'authorize';
  readonly status: number;
  readonly code: ErrorCode;
  /** Each value of a list becomes a header line of its own. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
  readonly contentType: string;
}

/** @param retryAfterSeconds Replaces the table's value if a better one is known. */
export function createRejection(reason: RejectionReason, retryAfterSeconds?: number): Rejection {
  const entry: RejectionEntry = REJECTIONS[reason];
  const headers: Record<string, string | readonly string[]> = { ...entry.headers };
  if (retryAfterSeconds !== undefined) headers['Retry-After'] = String(retryAfterSeconds);
  return { reason, contentType: 'text/plain; charset=utf-8', ...entry, headers };
}

function malformed(status: number, body: string, headers: Record<string, string> = {}) {
  return { status, code: 'MALFORMED_HANDSHAKE', body, headers } as const;
}

function retryLater(status: number, code: ErrorCode, body: string) {
  return { status, code, body, headers: RETRY_AFTER } as const;
}
