/** What a request says of its client, believing a proxy's headers only where it is trusted. */
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { type AddressMatcher, clientAddress, readAddress } from '@parley/websocket';

/** What limits count an address as. */
export { addressKey as networkOf } from '@parley/websocket';

export interface ClientInfo {
  /** Address of the client. */
  readonly address: string;
  /** Host and port that the client asked for. */
  readonly host: string | undefined;
  /** It is known to have come by HTTPS. */
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

/** The host of an absolute target counts before the header (RFC 9112, section 3.2.2). */
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

/** Whether a browser takes the host for this machine, whose plain HTTP nobody can listen to. */
export function isLocalHost(host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(`http://${host}`)) return false;
  const { hostname } = new URL(`http://${host}`);
  return /^(?:.+\.)?localhost$/.test(hostname) || isLoopback(hostname.replace(/^\[|\]$/g, ''));
}
