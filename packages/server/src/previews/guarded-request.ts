/**
 * Requests of the server to addresses that users write. A name is resolved once, all its addresses are
 * checked, and the connection is made to these addresses: a second answer of the name server has no
 * effect. Every redirect is checked in the same way.
 */
import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { AddressGuard } from './address-guard.ts';

export interface GuardedOptions {
  readonly guard: AddressGuard;
  /** The addresses of a host name. */
  readonly resolve: (hostname: string, signal: AbortSignal) => Promise<readonly string[]>;
  readonly signal: AbortSignal;
  /** Value of the header `Accept`. */
  readonly accept: string;
}

const REDIRECTS_MAX = 3;
const REDIRECTS: readonly (number | undefined)[] = [301, 302, 303, 307, 308];
const HEADER_BYTES_MAX = 16 * 1024;
/** Names the software, so that an operator can exclude it. */
const USER_AGENT = 'Mozilla/5.0 (compatible; ParleyLinkPreview/1.0)';

/** The address may not be fetched. */
class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

interface Answer {
  /** After redirects. */
  readonly url: URL;
  readonly response: IncomingMessage;
}

/** @throws {AddressRefused} Also an error of the network. */
export async function requestGuarded(first: URL, options: GuardedOptions): Promise<Answer> {
  let url = first;
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects += 1) {
    const response = await requestOnce(url, options);
    const { location } = response.headers;
    if (!REDIRECTS.includes(response.statusCode) || location === undefined)
      return { url, response };
    response.destroy();
    if (!URL.canParse(location, url.href))
      throw new AddressRefused('The redirect is not an address');
    url = new URL(location, url);
  }
  throw new AddressRefused('Too many redirects');
}

async function requestOnce(url: URL, options: GuardedOptions): Promise<IncomingMessage> {
  const { protocol, hostname, port, username, password, pathname, search } = url;
  if (protocol !== 'http:' && protocol !== 'https:') throw new AddressRefused('Not HTTP');
  if (username !== '' || password !== '') throw new AddressRefused('The address has a user');
  // `URL` has already written 2130706433, 0x7f.1 and 0177.0.0.1 as 127.0.0.1.
  const host = hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host) > 0 ? [host] : await options.resolve(host, options.signal);
  const verdicts = addresses.map(options.guard);
  if (verdicts.length === 0 || verdicts.includes('refused')) {
    throw new AddressRefused('The address is not public');
  }
  // A port that is the default of its scheme is empty.
  if (port !== '' && verdicts.includes('public')) throw new AddressRefused('Not a default port');
  options.signal.throwIfAborted();
  return open({
    ...{ protocol, hostname: host, port, path: pathname + search, method: 'GET' },
    // A connection of its own: one that is kept could belong to another answer of the name server.
    agent: false,
    signal: options.signal,
    maxHeaderSize: HEADER_BYTES_MAX,
    lookup: pinnedTo(addresses),
    headers: {
      host: url.host,
      accept: options.accept,
      'accept-encoding': 'gzip',
      'accept-language': 'en;q=0.8, *;q=0.5',
      'user-agent': USER_AGENT,
    },
  });
}

function open(options: RequestOptions): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const send = options.protocol === 'https:' ? requestHttps : requestHttp;
  const request = send(options, resolve);
  request.on('error', reject);
  // Without a listener the socket would stay open.
  request.on('upgrade', (_response, socket) => {
    socket.destroy();
    reject(new AddressRefused('Not HTTP'));
  });
  request.end();
  return promise;
}

/** Answers with these addresses, whatever is asked. */
function pinnedTo(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_hostname, options, done) => {
    const [first] = found;
    if (options.all === true || first === undefined) done(null, found);
    else done(null, first.address, first.family);
  };
}
