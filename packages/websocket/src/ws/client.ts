/** The client side of a `WebSocket`: from the constructor arguments to an open endpoint. */
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { callServer, openClient, unlessAborted } from '../node/client/client.ts';
import { CLIENT_SHARED } from '../node/client/shared-client-context.ts';
import { systemClock } from '../node/clock.ts';
import type { Endpoint } from '../node/connection/endpoint.ts';
import { isToken } from '../protocol/header-grammar.ts';
import { toConnectError } from './errors.ts';
import {
  createContext,
  type Given,
  type PerMessageDeflateOptions,
  SOCKET_DEFAULTS,
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
  /** Timeout of the opening handshake. Default `undefined`: no timeout. */
  readonly handshakeTimeout?: number | undefined;
  /** The version of the WebSocket protocol; only 13 is supported. */
  readonly protocolVersion?: number | undefined;
  /** Rejected if `true`: redirects are not followed. Default `false`. */
  readonly followRedirects?: boolean | undefined;
  /** Ignored. */
  readonly maxRedirects?: number | undefined;
}

export interface ClientHost {
  handleUpgrade(response: IncomingMessage): void;
  /** Whether a listener handles a response other than 101. */
  onRejection(request: ClientRequest, response: IncomingMessage): boolean;
  attach(endpoint: Endpoint<unknown>, socket: Duplex): void;
  handleOpen(): void;
  handleFailure(error: Error): void;
}

export interface ClientAttempt {
  readonly url: string;
  abort(reason: Error): void;
}

const HTTP_SCHEME = /^http(?=s?:)/;

/** Options that the address and the protocol determine; given values are ignored, as in `ws`. */
const DETERMINED = {
  socketPath: undefined,
  hostname: undefined,
  protocol: undefined,
  timeout: undefined,
  method: undefined,
  host: undefined,
  path: undefined,
  port: undefined,
  signal: undefined,
} satisfies RequestOptions;

/** Options of `ws` that must not be ignored silently. */
const UNSUPPORTED = ['followRedirects', 'generateMask', 'finishRequest'];

/** @throws {SyntaxError} for address or subprotocol; {TypeError} or {RangeError} for an option. */
export function startClient(
  address: string | URL,
  protocolsOrOptions: string | readonly string[] | WebSocketClientOptions | undefined,
  givenOptions: WebSocketClientOptions | undefined,
  host: ClientHost,
): ClientAttempt {
  const [given, options] = parseArguments(protocolsOrOptions, givenOptions);
  checkSupported(options);
  const url = toTarget(address);
  const protocols = checkProtocols(given);
  const attempt = new AbortController();
  // Only argument errors are thrown from the constructor; `open` and `error` are emitted later.
  open({ url, protocols, options, signal: attempt.signal }, host).catch((failure: unknown) => {
    const { perMessageDeflate = true } = options;
    const error = toConnectError(failure, {
      hasProtocols: protocols.length > 0,
      hasExtension: Boolean(perMessageDeflate),
    });
    // An error that a listener throws is an uncaught exception, not a rejected promise.
    process.nextTick(() => host.handleFailure(error));
  });
  return { url: url.href, abort: (reason) => attempt.abort(reason) };
}

interface ClientPlan {
  readonly url: URL;
  readonly protocols: readonly string[];
  readonly options: WebSocketClientOptions;
  readonly signal: AbortSignal;
}

async function open(
  { url, protocols, options, signal }: ClientPlan,
  host: ClientHost,
): Promise<void> {
  const {
    perMessageDeflate = true,
    origin,
    headers,
    handshakeTimeout = 0,
    maxPayload = SOCKET_DEFAULTS.maxPayload,
    maxFragments = SOCKET_DEFAULTS.maxFragments,
    closeTimeout = SOCKET_DEFAULTS.closeTimeout,
    autoPong = SOCKET_DEFAULTS.autoPong,
    ...requestOptions
  } = options;
  const limits = { maxPayload, maxFragments, closeTimeout, autoPong };
  const context = createContext<unknown>(CLIENT_SHARED, limits, perMessageDeflate);
  // Callers that pass `createConnection` choose their own agent, or none.
  const agent = requestOptions.createConnection === undefined ? false : undefined;
  const call = {
    url,
    // Alternating names and values in an array are not supported.
    headers: {
      ...(headers as OutgoingHttpHeaders),
      ...(origin && { Origin: origin }),
    },
    options: { agent, ...requestOptions, ...DETERMINED },
    timeoutMs: handshakeTimeout,
    clock: systemClock,
    signal,
    handleUpgrade: host.handleUpgrade,
    onRejection: host.onRejection,
  };
  const offer = { protocols, deflate: context.deflate?.settings };
  const answered = unlessAborted(await callServer(call, offer), signal);
  openClient(context, answered, undefined, (endpoint) => {
    host.attach(endpoint, answered.socket);
    // An error that a listener throws must not look like a failed connection.
    process.nextTick(() => host.handleOpen());
  });
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
  url.protocol = url.protocol.replace(HTTP_SCHEME, 'ws');
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw new SyntaxError(`The URL's protocol must be one of "ws:", "wss:", "http:", or "https:"`);
  }
  if (url.hash !== '') throw new SyntaxError('The URL contains a fragment identifier');
  return url;
}

function checkProtocols(protocols: readonly string[]): readonly string[] {
  const isSound = protocols.every((each) => typeof each === 'string' && isToken(each));
  if (isSound && new Set(protocols).size === protocols.length) return protocols;
  throw new SyntaxError('An invalid or duplicated subprotocol was specified');
}
