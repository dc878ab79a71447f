/**
 * All options of a client and their defaults, merged and checked in one place.
 *
 * Times are in milliseconds, sizes in bytes. Options that a client shares with a server are
 * described in `options/`, and checked by the same table.
 */
import type { Agent } from 'node:http';
import type { ConnectionOptions } from 'node:tls';
import { WebSocketError } from '../../protocol/errors.ts';
import { checkHeaders } from '../handshake/upgrade-response.ts';
import { checkServerOptions } from '../options/check-server-options.ts';
import type { WebSocketServerOptions } from '../options/server-options.ts';
import { checkProtocols, pickGiven, rejectOption } from '../options/value-checks.ts';

/** The options that mean the same on both sides. */
const SHARED = [
  'handshakeTimeout',
  'enableHeartbeat',
  'heartbeatInterval',
  'heartbeatTimeout',
  'maxMissedPongs',
  'maxIdleTime',
  'closeTimeout',
  'fragmentTimeout',
  'writeTimeout',
  'maxMessageSize',
  'maxFrameSize',
  'maxFragments',
  'writeBufferLimit',
  'slowConsumerPolicy',
  'discardLimit',
  'readBuffer',
  'perMessageDeflate',
  'clock',
] as const satisfies (keyof WebSocketServerOptions)[];

type SharedOptions = Pick<WebSocketServerOptions<never>, (typeof SHARED)[number]>;

/**
 * Two defaults differ from a server's: `handshakeTimeout` is 10,000, because it also covers DNS
 * lookup, TCP and TLS; `slowConsumerPolicy` is `report`, because a client's queue is filled by the
 * application itself, not by strangers.
 */
export interface ClientOptions<M = unknown> extends SharedOptions {
  /** Subprotocols to offer, best first. The server must choose one of them. Default none. */
  readonly protocols: readonly string[];

  /** Headers of the request, such as `Authorization` or `Origin`. Default none. */
  readonly headers: Readonly<Record<string, string>>;

  /**
   * Signal that ends the connection attempt; `connect` rejects with its reason. It does not affect
   * an open connection. Default `undefined`.
   */
  readonly signal: AbortSignal | undefined;

  /**
   * TLS options for `wss`: certificates, keys, versions, as for `tls.connect`. The server's
   * certificate is checked unless an option here disables that. Default `undefined`.
   */
  readonly tls: ConnectionOptions | undefined;

  /**
   * Agent that opens the socket, such as a proxy agent. Default `undefined`: a new socket for each
   * connection.
   */
  readonly agent: Agent | undefined;

  /** The connection's `metadata`. */
  readonly metadata: M;

  /**
   * Called with an error thrown by a listener of the connection; the connection closes with 1011.
   * Default `undefined`: a process warning.
   */
  readonly handleListenerError: ((error: unknown) => void) | undefined;
}

const DEFAULTS = Object.freeze({
  protocols: Object.freeze([]),
  headers: Object.freeze({}),
  signal: undefined,
  tls: undefined,
  agent: undefined,
  handleListenerError: undefined,
});

const SHARED_DEFAULTS = Object.freeze({ handshakeTimeout: 10_000, slowConsumerPolicy: 'report' });

const KNOWN: ReadonlySet<string> = new Set([...Object.keys(DEFAULTS), ...SHARED, 'metadata']);

/**
 * @throws {WebSocketError} `INVALID_ARGUMENT`, naming the option, the value and what is allowed.
 */
export function checkClientOptions<M>(given: Partial<ClientOptions<M>>): ClientOptions<M> {
  const set = pickGiven(given, KNOWN);
  const shared = set.filter(([name]) => SHARED.some((each) => each === name));
  const own = set.filter(([name]) => !SHARED.some((each) => each === name));
  const options: ClientOptions<M> = {
    ...checkServerOptions<never>({ ...SHARED_DEFAULTS, ...Object.fromEntries(shared) }),
    ...DEFAULTS,
    // A caller that sets M passes the metadata; otherwise M is `unknown`.
    metadata: undefined as M,
    ...Object.fromEntries(own),
  };
  checkProtocols(options.protocols);
  checkRequestHeaders(options.headers);
  checkOthers(options);
  return Object.freeze(options);
}

/**
 * Parses the address to connect to.
 *
 * @throws {WebSocketError} `INVALID_ARGUMENT` for anything but a `ws` or `wss` URL without a
 * fragment.
 */
export function checkTarget(address: string | URL, { tls }: Pick<ClientOptions, 'tls'>): URL {
  const text = String(address);
  if (!URL.canParse(text)) reject('the address is not a URL');
  const url = new URL(text);
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    reject('the scheme of the address must be ws or wss');
  }
  // A fragment has no meaning for a server (RFC 6455 section 3).
  if (url.hash !== '') reject('the address has a fragment');
  if (tls !== undefined && url.protocol !== 'wss:') reject('option tls requires a wss address');
  return url;
}

function checkOthers<M>({ signal, tls, agent, handleListenerError }: ClientOptions<M>): void {
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    rejectOption('signal', signal, 'an AbortSignal');
  }
  for (const [name, value] of Object.entries({ tls, agent })) {
    const isObject = typeof value === 'object' && value !== null;
    if (value !== undefined && !isObject) rejectOption(name, value, 'an object');
  }
  if (handleListenerError !== undefined && typeof handleListenerError !== 'function') {
    rejectOption('handleListenerError', handleListenerError, 'a function');
  }
}

function checkRequestHeaders(headers: Readonly<Record<string, string>>): void {
  if (typeof headers !== 'object' || headers === null) {
    rejectOption('headers', headers, 'an object of names and values');
  }
  try {
    checkHeaders(headers);
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new WebSocketError(`option headers: ${text}`, 'INVALID_ARGUMENT', { cause });
  }
}

function reject(text: string): never {
  throw new WebSocketError(text, 'INVALID_ARGUMENT');
}
