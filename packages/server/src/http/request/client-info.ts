/** Reads client information from a request; uses forwarding headers only from trusted proxies. */
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { type AddressMatcher, clientAddress, readAddress } from '@parley/websocket/http';

/** Longer values carry no more information. */
const USER_AGENT_LENGTH_MAX = 256;

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

export function userAgentOf({ headers }: IncomingMessage): string {
  return (headers['user-agent'] ?? 'unknown').slice(0, USER_AGENT_LENGTH_MAX);
}
