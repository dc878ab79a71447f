/**
 * The address of the client behind the proxies that are trusted.
 *
 * Each proxy adds on the right whom it speaks with. So the list is read from the right for as long
 * as the speaker is trusted; what stands further left anybody could have written. Only one header
 * is read: a proxy that sets one of them passes the other on as the client sent it.
 *
 * Requirement WS-109. Source: RFC 7239 sections 4, 5.2 and 7.5.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { type AddressMatcher, readAddress } from './address.ts';

export const FORWARDED_HEADERS = ['x-forwarded-for', 'forwarded'] as const;

export type ForwardedHeader = (typeof FORWARDED_HEADERS)[number];

export interface ProxyTrust {
  readonly isTrusted: AddressMatcher;
  readonly header: ForwardedHeader;
}

/** Undefined where the socket has no address, such as a local pipe. */
export function clientAddress(
  remoteAddress: string | undefined,
  headers: IncomingHttpHeaders,
  { isTrusted, header }: ProxyTrust,
): string | undefined {
  let address = remoteAddress === undefined ? undefined : readAddress(remoteAddress);
  const hops = [headers[header] ?? []].flat().join(',').split(',');
  while (address !== undefined && isTrusted(address)) {
    const hop = hops.pop();
    const previous = hop === undefined ? undefined : readAddress(addressOf(hop, header));
    // Nothing further is known: the last proxy that can be named.
    if (previous === undefined) break;
    address = previous;
  }
  return address;
}

function addressOf(hop: string, header: ForwardedHeader): string {
  if (header === 'x-forwarded-for') return hop;
  const pair = hop.split(';').find((each) => /^\s*for=/i.test(each)) ?? '';
  return pair.replace(/^\s*for=/i, '').replaceAll('"', '');
}
