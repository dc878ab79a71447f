/** The client side of a `WebSocket`: from the constructor arguments to an open endpoint. */
import {
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  validateHeaderName,
  validateHeaderValue,
} from 'node:http';
import type { RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { type ClientCall, openClient } from '../node/client/client.ts';
import { credentialsOf } from '../node/client/send-upgrade-request.ts';
import { systemClock } from '../node/clock.ts';
import { isToken } from '../protocol/header-grammar.ts';
import { toConnectError } from './errors.ts';
import {
  createContext,
  type Given,
  type PerMessageDeflateOptions,
  type SocketOptions,
} from './options.ts';
import {
  readRedirect,
  resolve,
  type Target,
  withCredentials,
  withoutSecrets,
} from './redirects.ts';

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
  /**
   * Whether redirects are followed. Another host, and a host without TLS after one with it, do not
   * get the headers `Authorization` and `Cookie`, unless there are listeners for `redirect`, which
   * decide then. Default `false`.
   */
  readonly followRedirects?: boolean | undefined;
  /** Redirects that are followed at most. Default 10. */
  readonly maxRedirects?: number | undefined;
  /** Ends each request, after changes to it. Default: ends it unchanged. */
  readonly finishRequest?: FinishRequest | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: the class of the sockets is defined in another file
type FinishRequest = (request: ClientRequest, webSocket: any) => void;

/** The socket of an attempt. */
interface ClientHost<M> extends Pick<ClientCall<M>, 'metadata' | 'handleUpgrade' | 'prepare'> {
  onRejection(request: ClientRequest, response: IncomingMessage): boolean;
  /** The request to the new address is about to be sent. */
  handleRedirect(url: string, request: ClientRequest): void;
  /** Whether the application decides which headers a redirected request has. */
  isRedirectWatched(): boolean;
  handleFailure(error: Error): void;
}

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
  host: ClientHost<M>,
): [url: string, attempt: AbortController] {
  const [protocols, options] = parseArguments(protocolsOrOptions, givenOptions);
  checkSupported(options);
  const url = toTarget(address);
  checkProtocols(protocols);
  const { followRedirects = false, maxRedirects = 10, finishRequest, ...others } = options;
  const { perMessageDeflate = true, handshakeTimeout = 0, ...requestOptions } = others;
  const headers = toHeaders(options);
  // A budget is for the connections of a server together.
  const socketOptions = { ...requestOptions, maxUnfinishedBytes: undefined };
  const context = createContext<M>('client', socketOptions, perMessageDeflate);
  // Callers that pass `createConnection` choose their own agent, or none.
  const agent = requestOptions.agent ?? (requestOptions.createConnection ? undefined : false);
  // Ignored, as in `ws`: the address and `handshakeTimeout` determine them.
  const ignored = {
    socketPath: undefined,
    timeout: undefined,
    // Part of the headers, so that another host does not get them.
    ...(followRedirects && { auth: undefined }),
  };
  const attempt = new AbortController();
  const call = {
    ...host,
    protocols,
    signal: attempt.signal,
    handleUpgrade: (response: IncomingMessage & { readonly socket: Duplex }) => {
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
  };
  const open = async (target: Target, redirects: number): Promise<unknown> => {
    let location: string | undefined;
    try {
      return await openClient({
        ...call,
        ...target,
        onRejection: (request, response) => {
          location = followRedirects ? readRedirect(response) : undefined;
          return location === undefined && host.onRejection(request, response);
        },
        finishRequest: (request) => {
          if (redirects > 0) host.handleRedirect(target.url.href, request);
          if (finishRequest === undefined) request.end();
          else finishRequest(request, host.metadata);
        },
      });
    } catch (failure) {
      if (location === undefined || attempt.signal.aborted) throw failure;
      if (redirects >= maxRedirects) throw new Error('Maximum redirects exceeded');
      const next = { url: toTarget(resolve(location, target.url)), headers: first.headers };
      return open(host.isRedirectWatched() ? next : withoutSecrets(next, url), redirects + 1);
    }
  };
  const first = {
    url,
    headers: followRedirects
      ? withCredentials(headers, credentialsOf(url) ?? options.auth)
      : headers,
  };
  // Only argument errors are thrown from the constructor; `open` and `error` are emitted later.
  open(first, 0).catch((failure: unknown) => {
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
  // It must not be ignored silently.
  if ('generateMask' in options && options.generateMask) {
    throw new TypeError('option generateMask is not supported');
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
