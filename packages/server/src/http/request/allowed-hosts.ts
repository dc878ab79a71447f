/**
 * The host names that this server answers for: the shield against DNS rebinding, by which a
 * foreign page gives its own name the address of this server, and is then of the same origin.
 */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

/** Whether the server answers for a host name in canonical form. */
export type HostMatcher = (hostname: string) => boolean;

/** What a `Host` may consist of; the URL parser would take a path or a user behind it, too. */
const HOST = /^(?:\[[\da-f:.]+\]|[^\s/?#@\\:[\]]+)(?::\d*)?$/i;

/** Host name of a `Host` header in canonical form; undefined if it is not well formed. */
export function hostnameOf(host: string): string | undefined {
  if (!HOST.test(host) || !URL.canParse(`http://${host}`)) return undefined;
  return new URL(`http://${host}`).hostname.replace(/\.$/, '');
}

/**
 * Accepts addresses and loopback names, for which no foreign name can be rebound, the names
 * given, and those of the server's own certificate.
 */
export function matchHosts(names: readonly string[], certificate: string | undefined): HostMatcher {
  const allowed = new Set(names.map((name) => hostnameOf(name)));
  const x509 = certificate === undefined ? undefined : new X509Certificate(certificate);
  return (hostname) =>
    isIP(hostname.replace(/^\[|\]$/g, '')) !== 0 ||
    /^(?:.+\.)?localhost$/.test(hostname) ||
    allowed.has(hostname) ||
    x509?.checkHost(hostname) !== undefined;
}
