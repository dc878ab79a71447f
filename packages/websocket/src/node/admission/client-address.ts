/**
 * Finds the client's address behind trusted proxies (RFC 7239 sections 4, 5.2 and 7.5).
 *
 * Each proxy appends the address of its peer, so the list is read from the right for as long as the
 * sender is trusted; any client could have written the rest, and the header that is not read.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { type AddressMatcher, readAddress } from './address.ts';

export const FORWARDED_HEADERS = ['x-forwarded-for', 'forwarded'] as const;

export type ForwardedHeader = (typeof FORWARDED_HEADERS)[number];

export interface ProxyTrust {
  readonly isTrusted: AddressMatcher;
  readonly header: ForwardedHeader;
}

/** Undefined if the socket has no address, such as a local pipe. */
export function clientAddress(
  remoteAddress: string | undefined,
  headers: IncomingHttpHeaders,
  { isTrusted, header }: ProxyTrust,
): string | undefined {
  let address = remoteAddress === undefined ? undefined : readAddress(remoteAddress);
  if (address === undefined || !isTrusted(address)) return address;
  const hops = hopsOf(headers, header);
  while (isTrusted(address)) {
    const previous = readHop(hops.pop() ?? '', header);
    // The rest is unknown: use the last proxy that has an address.
    if (previous === undefined) break;
    address = previous;
  }
  return address;
}

/** The header that names another client than `address`, which may be a proxy then. */
export function findForwardedHeader(address: string, headers: IncomingHttpHeaders) {
  return FORWARDED_HEADERS.find((header) => {
    const [first] = hopsOf(headers, header);
    return first !== undefined && readHop(first, header) !== address;
  });
}

function hopsOf(headers: IncomingHttpHeaders, header: ForwardedHeader): string[] {
  return [headers[header] ?? []].flat().flatMap((line) => {
    const elements = header === 'forwarded' ? readForwarded(line) : undefined;
    return elements ?? line.split(',');
  });
}

/** A parameter, its value, and what ends it; sticky, so that each character is read once. */
const PARAMETER = /\s*([^\s;,="]+)=("(?:[^"\\]|\\.)*"|[^\s;,"]*)\s*([;,]|$)/y;

/**
 * The `for` parameter of each element. `undefined` if a quote is not closed, and for other forms: a
 * client can open one that would hide what a proxy adds.
 */
function readForwarded(line: string): string[] | undefined {
  const elements: string[] = [];
  let element = '';
  let end = '';
  PARAMETER.lastIndex = 0;
  do {
    const match = PARAMETER.exec(line);
    if (match === null) return undefined;
    const [, name = '', value = '', separator = ''] = match;
    if (name.toLowerCase() === 'for') element = `for=${value}`;
    end = separator;
    if (end === ';') continue;
    elements.push(element);
    element = '';
  } while (end !== '');
  return elements;
}

function readHop(hop: string, header: ForwardedHeader): string | undefined {
  if (header === 'x-forwarded-for') return readAddress(hop);
  const [, name = ''] = /(?:^|;)\s*for=([^;]*)/i.exec(hop) ?? [];
  return readAddress(name.replaceAll('"', ''));
}
