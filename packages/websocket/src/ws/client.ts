/** The client's side of a `WebSocket`: from the arguments of its constructor to an open endpoint. */
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { callServer, openClient, stillWanted } from '../node/client/client.ts';
import { createMask } from '../node/client/client-mask.ts';
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
  toDeflateSettings,
} from './options.ts';

/** All else, such as `agent`, `ca` or `family`, is for the platform's request. */
export interface WebSocketClientOptions extends RequestOptions, Given<SocketOptions> {
  /** The subprotocols to offer, best first; as the constructor's second argument. Default none. */
  readonly protocols?: string | readonly string[] | undefined;
  /** Whether compression is offered, or the settings for it: see below. Default `true`. */
  readonly perMessageDeflate?: boolean | PerMessageDeflateOptions | undefined;
  /** The value of the `Origin` header. Default none. */
  readonly origin?: string | undefined;
  /** How long the answer may take. Default `undefined`: as long as it likes. */
  readonly handshakeTimeout?: number | undefined;
  /** Of the WebSocket protocol: 13, and no other. */
  readonly protocolVersion?: number | undefined;
  /** Refused when `true`: redirects are not followed. Default `false`. */
  readonly followRedirects?: boolean | undefined;
  /** Ignored. */
  readonly maxRedirects?: number | undefined;
}

/** The socket that is to be opened. */
export interface ClientHost {
  handleUpgrade(response: IncomingMessage): void;
  /** Whether somebody takes care of an answer that is no 101. */
  takeRejection(request: ClientRequest, response: IncomingMessage): boolean;
  attach(endpoint: Endpoint<unknown>, socket: Duplex): void;
  handleOpen(): void;
  handleFailure(error: Error): void;
}

/** An attempt that was begun. */
export interface ClientAttempt {
  readonly url: string;
  abort(reason: Error): void;
}

const HTTP_SCHEME = /^http(?=s?:)/;

/** What the address and the protocol settle; options of these names are passed over, as in `ws`. */
const SETTLED = {
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

/** Options of `ws` that would be a lie to pass over. */
const UNSUPPORTED = ['followRedirects', 'generateMask', 'finishRequest'];

/** @throws {SyntaxError} for an address or a subprotocol; {TypeError} or {RangeError} for an option. */
export function startClient(
  address: string | URL,
  protocolsOrOptions: string | readonly string[] | WebSocketClientOptions | undefined,
  givenOptions: WebSocketClientOptions | undefined,
  host: ClientHost,
): ClientAttempt {
  const [given, options] = takeApart(protocolsOrOptions, givenOptions);
  checkSupported(options);
  const url = toTarget(address);
  const protocols = checkProtocols(given);
  const attempt = new AbortController();
  // In the constructor's own turn only what throws; `open` and `error` come later.
  void connect({ url, protocols, options, signal: attempt.signal }, host);
  return { url: url.href, abort: (reason) => attempt.abort(reason) };
}

interface ClientPlan {
  readonly url: URL;
  readonly protocols: readonly string[];
  readonly options: WebSocketClientOptions;
  readonly signal: AbortSignal;
}

async function connect(plan: ClientPlan, host: ClientHost): Promise<void> {
  try {
    await open(plan, host);
  } catch (failure) {
    const { protocols, options } = plan;
    const { perMessageDeflate = true } = options;
    const error = toConnectError(failure, {
      hasProtocols: protocols.length > 0,
      hasExtension: Boolean(perMessageDeflate),
    });
    // What a listener throws now is the process's affair, no rejection.
    process.nextTick(() => host.handleFailure(error));
  }
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
  const deflate = toDeflateSettings(perMessageDeflate);
  const call = {
    url,
    // An array of names and values in turn is not taken.
    headers: {
      ...(headers as OutgoingHttpHeaders),
      ...(origin && { Origin: origin }),
    },
    options: { ...ownSocket(requestOptions), ...requestOptions, ...SETTLED },
    timeoutMs: handshakeTimeout,
    clock: systemClock,
    signal,
    handleUpgrade: host.handleUpgrade,
    takeRejection: host.takeRejection,
  };
  const answered = stillWanted(await callServer(call, { protocols, deflate }), signal);
  const context = createContext<unknown>(
    { name: 'client', maskFrame: createMask() },
    { maxPayload, maxFragments, closeTimeout, autoPong },
    deflate,
    { handleGone: () => {} },
  );
  openClient(context, answered, undefined, (endpoint) => {
    host.attach(endpoint, answered.socket);
    // What a listener throws must not look like a failure to connect.
    process.nextTick(() => host.handleOpen());
  });
}

/** Whoever brings a way to connect brings its own agent, or none. */
function ownSocket({ createConnection }: RequestOptions): RequestOptions {
  return createConnection === undefined ? { agent: false } : { agent: undefined };
}

function takeApart(
  second: string | readonly string[] | WebSocketClientOptions | undefined,
  third: WebSocketClientOptions | undefined,
): [protocols: readonly string[], options: WebSocketClientOptions] {
  // `null` and numbers are no options but protocols, of which they are refused.
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
