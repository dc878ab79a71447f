/** Reads client information from a request; uses forwarding headers only from trusted proxies. */
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { type AddressMatcher, clientAddress, readAddress } from '@parley/websocket';

/** Key under which limits count an address. */
export { addressKey as networkOf } from '@parley/websocket';

export interface ClientInfo {
  /** Address of the client. */
  readonly address: string;
  /** Host and port that the client requested. */
  readonly host: string | undefined;
  /** Whether the request is known to have arrived over HTTPS. */
  readonly isSecure: boolean;
}

export function readClientInfo(request: IncomingMessage, isTrusted: AddressMatcher): ClientInfo {
  const { headers, socket } = request;
  const { remoteAddress } = socket;
  const isEncrypted = (socket as TLSSocket).encrypted === true; // Absent on a plain socket.
  const address = clientAddress(remoteAddress, headers, { isTrusted, header: 'x-forwarded-for' });
  if (address === undefined || !isTrusted(readAddress(remoteAddress ?? '') ?? '')) {
    return { address: address ?? '', host: directHostOf(request), isSecure: isEncrypted };
  }
  return {
    address,
    host: itemsOf(headers['x-forwarded-host']).at(-1) ?? directHostOf(request),
    isSecure:
      (itemsOf(headers['x-forwarded-proto']).at(-1)?.toLowerCase() ??
        (isEncrypted ? 'https' : 'http')) === 'https',
  };
}

/** The host of an absolute target overrides the header (RFC 9112, section 3.2.2). */
function directHostOf({ url = '/', headers }: IncomingMessage): string | undefined {
  return !url.startsWith('/') && URL.canParse(url) ? new URL(url).host : headers.host;
}

function itemsOf(header: string | string[] | undefined): string[] {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** Whether browsers treat the host as local, and therefore plain HTTP to it as secure. */
export function isLocalHost(host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(`http://${host}`)) return false;
  const { hostname } = new URL(`http://${host}`);
  return /^(?:.+\.)?localhost$/.test(hostname) || isLoopback(hostname.replace(/^\[|\]$/g, ''));
}
