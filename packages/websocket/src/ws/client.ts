/** The client side of a `WebSocket`: from the constructor arguments to an open endpoint. */
import { type OutgoingHttpHeaders, validateHeaderName, validateHeaderValue } from 'node:http';
import type { RequestOptions } from 'node:https';
import { type ClientCall, openClient } from '../node/client/client.ts';
import { systemClock } from '../node/clock.ts';
import { isToken } from '../protocol/header-grammar.ts';
import { toConnectError } from './errors.ts';
import {
  createContext,
  type Given,
  type PerMessageDeflateOptions,
  type SocketOptions,
} from './options.ts';

/** All other options, such as `agent`, `ca` or `family`, are passed to the platform's request. */
export interface WebSocketClientOptions extends RequestOptions, Given<SocketOptions> {
  /** The subprotocols to offer, best first; also the second argument. Default none. */
  readonly protocols?: string | readonly string[] | undefined;
  /** Whether compression is offered, or the settings for it: see below. Default `true`. */
  readonly perMessageDeflate?: boolean | PerMessageDeflateOptions | undefined;
  /** The value of the `Origin` header. Default none. */
  readonly origin?: string | undefined;
  /** Timeout of the opening handshake; 0: none. Default `undefined`: none. */
  readonly handshakeTimeout?: number | undefined;
  /** The version of the WebSocket protocol; only 13 is supported. */
  readonly protocolVersion?: number | undefined;
  /** Rejected if `true`: redirects are not followed. Default `false`. */
  readonly followRedirects?: boolean | undefined;
  /** Ignored. */
  readonly maxRedirects?: number | undefined;
}

/** Options of `ws` that must not be ignored silently. */
const UNSUPPORTED = ['followRedirects', 'generateMask', 'finishRequest'];

/**
 * Returns the address, and the controller that aborts the attempt with an error.
 *
 * @throws {SyntaxError} for address or subprotocol; {TypeError} or {RangeError} for an option, or
 * {WebSocketError} for one of compression.
 */
export function startClient<M>(
  address: string | URL,
  protocolsOrOptions: string | readonly string[] | WebSocketClientOptions | undefined,
  givenOptions: WebSocketClientOptions | undefined,
  host: Pick<ClientCall<M>, 'metadata' | 'handleUpgrade' | 'onRejection' | 'prepare'> & {
    handleFailure(error: Error): void;
  },
): [url: string, attempt: AbortController] {
  const [protocols, options] = parseArguments(protocolsOrOptions, givenOptions);
  checkSupported(options);
  const url = toTarget(address);
  checkProtocols(protocols);
  const headers = toHeaders(options);
  const { perMessageDeflate = true, handshakeTimeout = 0, ...requestOptions } = options;
  // A budget is for the connections of a server together.
  const socketOptions = { ...requestOptions, maxUnfinishedBytes: undefined };
  const context = createContext<M>('client', socketOptions, perMessageDeflate);
  // Callers that pass `createConnection` choose their own agent, or none.
  const agent = requestOptions.agent ?? (requestOptions.createConnection ? undefined : false);
  // Ignored, as in `ws`: the address and `handshakeTimeout` determine them.
  const ignored = { socketPath: undefined, timeout: undefined };
  const attempt = new AbortController();
  // Only argument errors are thrown from the constructor; `open` and `error` are emitted later.
  openClient({
    ...host,
    url,
    protocols,
    headers,
    signal: attempt.signal,
    handleUpgrade: (response) => {
      host.handleUpgrade?.(response);
      // The request has destroyed the socket, which emits `error` before it has another listener;
      // that of Node 26 leaves the socket open.
      if (requestOptions.signal?.aborted) response.socket.on('error', () => {}).destroy();
    },
    options: { ...requestOptions, ...ignored, agent },
    handshakeTimeout,
    clock: systemClock,
    deflate: context.deflate?.settings,
    createContext: () => context,
  }).catch((failure: unknown) => {
    const error = toConnectError(failure, { protocols, perMessageDeflate });
    // An error that a listener throws is an uncaught exception, not a rejected promise.
    process.nextTick(() => host.handleFailure(error));
  });
  return [url.href, attempt];
}

function parseArguments(
  second: string | readonly string[] | WebSocketClientOptions | undefined,
  third: WebSocketClientOptions | undefined,
): [protocols: readonly string[], options: WebSocketClientOptions] {
  // `null` and numbers are treated as protocols, and rejected there.
  const isOptions = typeof second === 'object' && second !== null && !Array.isArray(second);
  const options = isOptions ? (second as WebSocketClientOptions) : third;
  const { protocols: named = [], ...others } = options ?? {};
  const protocols = isOptions || second === undefined ? named : second;
  return [Array.isArray(protocols) ? protocols : [protocols as string], others];
}

function checkSupported(options: WebSocketClientOptions): void {
  const { protocolVersion = 13 } = options;
  if (protocolVersion !== 13) {
    throw new RangeError(`Unsupported protocol version: ${protocolVersion} (supported: 13)`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (value && UNSUPPORTED.includes(name)) throw new TypeError(`option ${name} is not supported`);
  }
}

function toTarget(address: string | URL): URL {
  if (!URL.canParse(String(address))) throw new SyntaxError(`Invalid URL: ${address}`);
  const url = new URL(address);
  url.protocol = url.protocol.replace(/^http(?=s?:)/, 'ws');
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw new SyntaxError(`The URL's protocol must be one of "ws:", "wss:", "http:", or "https:"`);
  }
  if (url.hash !== '') throw new SyntaxError('The URL contains a fragment identifier');
  return url;
}

/** Checked as by Node's request, which begins later. Names and values in an array are unsupported. */
function toHeaders({ headers: given, origin }: WebSocketClientOptions): OutgoingHttpHeaders {
  const headers = { ...(given as OutgoingHttpHeaders), ...(origin && { Origin: origin }) };
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name);
    validateHeaderValue(name, value as string);
  }
  return headers;
}

function checkProtocols(protocols: readonly string[]): void {
  const isSound = protocols.every((each) => typeof each === 'string' && isToken(each));
  if (isSound && new Set(protocols).size === protocols.length) return;
  throw new SyntaxError('An invalid or duplicated subprotocol was specified');
}
