/** Extracts the token from a request. Only this file reads tokens; they are never logged. */
import type { IncomingMessage } from 'node:http';

const PROTOCOL_PREFIX = 'parley.token.';

/**
 * Reads the token that a client sends explicitly. It overrides the cookie, which a browser adds
 * automatically.
 */
export function readToken({ headers }: IncomingMessage): string | undefined {
  return bearerOf(headers.authorization);
}

/** A credential that the client of an upgrade sends explicitly. */
export interface UpgradeCredential {
  /** `url-token`: part of the address, which others may log. */
  readonly kind: 'token' | 'url-token' | 'ticket';
  readonly value: string;
}

/** Also reads the query and the subprotocol, because a browser cannot set headers on an upgrade. */
export function readUpgradeCredential(request: IncomingMessage): UpgradeCredential | undefined {
  const query = queryOf(request.url);
  const found: readonly [UpgradeCredential['kind'], string | null | undefined][] = [
    ['token', readToken(request)],
    ['ticket', query.get('ticket')],
    ['url-token', query.get('token')],
    ['token', protocolOf(request.headers['sec-websocket-protocol'])],
  ];
  for (const [kind, value] of found) {
    if (value !== null && value !== undefined) return { kind, value };
  }
  return undefined;
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
