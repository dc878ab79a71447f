/** The domain and the origins of passkeys, which browsers bind to them. */
import { isIP } from 'node:net';
import type { Values } from './load-config.ts';

/**
 * By `PUBLIC_URL`, or else the first of `ALLOWED_HOSTS`, or localhost. Undefined if browsers would offer no passkeys there, or another application
 * logs users in.
 */
export function readPasskeyPlace({
  PUBLIC_URL,
  ALLOWED_HOSTS,
  CORS_ORIGINS,
  SESSION_STORE,
  TLS_CERT_FILE,
  PORT,
}: Pick<
  Values,
  'PUBLIC_URL' | 'ALLOWED_HOSTS' | 'CORS_ORIGINS' | 'SESSION_STORE' | 'TLS_CERT_FILE' | 'PORT'
>): { readonly site: string; readonly origins: readonly string[] } | undefined {
  if (SESSION_STORE !== 'own') return undefined;
  const scheme = TLS_CERT_FILE === undefined ? 'http' : 'https';
  const url = new URL(PUBLIC_URL ?? `${scheme}://${ALLOWED_HOSTS[0] ?? 'localhost'}:${PORT}`);
  const { hostname: site, protocol, origin } = url;
  const isSecure = protocol === 'https:' || site === 'localhost' || site.endsWith('.localhost');
  if (!isSecure || isIP(site.replace(/^\[|\]$/g, '')) !== 0) return undefined;
  const others = CORS_ORIGINS.filter((each) => {
    const { hostname } = new URL(each);
    return hostname === site || hostname.endsWith(`.${site}`);
  });
  return { site, origins: [origin, ...others] };
}
