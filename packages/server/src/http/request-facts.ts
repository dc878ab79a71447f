/** What a request says of its client, believing a proxy's headers only where it is trusted. */
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';

export interface RequestFacts {
  /** Address of the client. */
  readonly address: string;
  /** Host and port that the client asked for. */
  readonly host: string | undefined;
  readonly isSecure: boolean;
}

export type TrustsAddress = (address: string) => boolean;

export function readRequestFacts(request: IncomingMessage, isTrusted: TrustsAddress): RequestFacts {
  const { headers, socket } = request;
  const peer = plainAddress(socket.remoteAddress ?? '');
  const isEncrypted = (socket as TLSSocket).encrypted === true; // Absent on a plain socket.
  if (!isTrusted(peer)) return { address: peer, host: headers.host, isSecure: isEncrypted };
  return {
    address: clientBehind(peer, itemsOf(headers['x-forwarded-for']), isTrusted),
    host: itemsOf(headers['x-forwarded-host']).at(-1) ?? headers.host,
    isSecure:
      (itemsOf(headers['x-forwarded-proto']).at(-1) ?? (isEncrypted ? 'https' : 'http')) ===
      'https',
  };
}

/** The last address that no trusted proxy has: what stands before it anybody could have written. */
function clientBehind(
  peer: string,
  forwarded: readonly string[],
  isTrusted: TrustsAddress,
): string {
  const chain = [...forwarded.map(plainAddress), peer];
  return chain.findLast((address) => !isTrusted(address)) ?? chain[0] ?? peer;
}

function itemsOf(header: string | string[] | undefined): string[] {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** An IPv4 address that came over an IPv6 socket, as what it is. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
