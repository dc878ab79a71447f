/** Whether a page may talk to this server: the only shield against a foreign page's requests. */
import type { IncomingHttpHeaders } from 'node:http';
import type { ClientInfo } from './client-info.ts';

export interface OriginPolicy {
  /** Origins of other hosts that may. */
  readonly allowed: readonly string[];
}

/**
 * An `Origin` must be the server's own or on the list; where there is none, the
 * browser must say that no other site asks. What is no browser says nothing.
 */
export function isOriginAllowed(
  headers: IncomingHttpHeaders,
  facts: Pick<ClientInfo, 'host' | 'isSecure'>,
  { allowed }: OriginPolicy,
): boolean {
  const { origin } = headers;
  if (origin !== undefined) return allowed.includes(origin) || isOwn(origin, facts);
  const site = headers['sec-fetch-site'];
  return site === undefined || site === 'none' || site === 'same-origin';
}

function isOwn(origin: string, { host, isSecure }: Pick<ClientInfo, 'host' | 'isSecure'>): boolean {
  if (host === undefined || !URL.canParse(origin)) return false;
  const { protocol, host: originHost, origin: normal } = new URL(origin);
  if (protocol !== 'http:' && protocol !== 'https:') return false;
  // A page that came over plain HTTP may be anybody's on the way. The other way round it is our own:
  // not every proxy that ends TLS says so.
  if (isSecure && protocol === 'http:') return false;
  if (normal !== origin || !URL.canParse(`${protocol}//${host}`)) return false;
  // Parsed with the same scheme, so that a default port counts as none on both sides.
  return new URL(`${protocol}//${host}`).host === originHost;
}
