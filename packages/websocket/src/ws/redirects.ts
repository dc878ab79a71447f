/** Redirects of an upgrade request, and who gets the secrets in its headers. */
import { Buffer } from 'node:buffer';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';

export interface Target {
  readonly url: URL;
  readonly headers: OutgoingHttpHeaders;
}

/** The address that a response redirects to, if it does. */
export function readRedirect({ statusCode = 0, headers }: IncomingMessage): string | undefined {
  return statusCode >= 300 && statusCode < 400 ? headers.location : undefined;
}

/** @throws {SyntaxError} for an invalid address. */
export function resolve(location: string, base: URL): URL {
  if (!URL.canParse(location, base.href)) throw new SyntaxError(`Invalid URL: ${location}`);
  return new URL(location, base);
}

/** Adds the credentials of the address as a header, which redirects to the same host keep. */
export function withCredentials(
  headers: OutgoingHttpHeaders,
  credentials: string | null | undefined,
): OutgoingHttpHeaders {
  const isGiven = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
  if (isGiven || !credentials) return headers;
  return { ...headers, Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
}

/** Removes what only the first host may get. */
export function withoutSecrets({ url: target, headers }: Target, first: URL): Target {
  const isSameHost = target.host === first.host;
  const isLessSecure = first.protocol === 'wss:' && target.protocol !== 'wss:';
  if (isSameHost && !isLessSecure) return { url: target, headers };
  const dropped = ['authorization', 'cookie', ...(isSameHost ? [] : ['host'])];
  const kept = Object.entries(headers).filter(([name]) => !dropped.includes(name.toLowerCase()));
  const url = new URL(target);
  url.username = '';
  url.password = '';
  return { url, headers: Object.fromEntries(kept) };
}
