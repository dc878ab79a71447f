/** Checks whether a page may use this server: the only protection against cross-site requests. */
import type { IncomingHttpHeaders } from 'node:http';
import type { ClientInfo } from './client-info.ts';

export interface OriginPolicy {
  /** Additional allowed origins. */
  readonly allowed: readonly string[];
}

/**
 * An `Origin` must be the server's own or on the list. Without `Origin`, `Sec-Fetch-Site` must not
 * name another site. Clients other than browsers send neither header.
 */
export function isOriginAllowed(
  headers: IncomingHttpHeaders,
  client: Pick<ClientInfo, 'host' | 'isSecure'>,
  { allowed }: OriginPolicy,
): boolean {
  const { origin } = headers;
  if (origin !== undefined) return allowed.includes(origin) || isOwn(origin, client);
  const site = headers['sec-fetch-site'];
  return site === undefined || site === 'none' || site === 'same-origin';
}

function isOwn(origin: string, { host, isSecure }: Pick<ClientInfo, 'host' | 'isSecure'>): boolean {
  if (host === undefined || !URL.canParse(origin)) return false;
  const { protocol, host: originHost, origin: normal } = new URL(origin);
  if (protocol !== 'http:' && protocol !== 'https:') return false;
  // A page loaded over plain HTTP may have been modified in transit. The opposite case is accepted,
  // because not every TLS-terminating proxy sends `X-Forwarded-Proto`.
  if (isSecure && protocol === 'http:') return false;
  if (normal !== origin || !URL.canParse(`${protocol}//${host}`)) return false;
  // Parsed with the same scheme, so that the default port is dropped on both sides.
  return new URL(`${protocol}//${host}`).host === originHost;
}
