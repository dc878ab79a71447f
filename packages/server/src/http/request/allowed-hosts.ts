/**
 * Matches the host names of this server. It protects against DNS rebinding, where a foreign page
 * points its own host name to the address of this server and so gets the same origin.
 */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

/** Whether a host name in canonical form belongs to this server. */
export type HostMatcher = (hostname: string) => boolean;

/** Syntax of a `Host` header; the URL parser would also accept a path or a user name. */
const HOST = /^(?:\[[\da-f:.]+\]|[^\s/?#@\\:[\]]+)(?::\d*)?$/i;

/** Host name of a `Host` header in canonical form; undefined if the header is invalid. */
export function hostnameOf(host: string): string | undefined {
  if (!HOST.test(host) || !URL.canParse(`http://${host}`)) return undefined;
  return new URL(`http://${host}`).hostname.replace(/\.$/, '');
}

/**
 * Accepts IP addresses and loopback names, which cannot be rebound, the given names, and the names
 * in the server's certificate.
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
