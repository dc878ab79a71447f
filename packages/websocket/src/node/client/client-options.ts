/** All options of a client and their defaults; those of servers are described in `options/`. */
import type { Agent } from 'node:http';
import type { ConnectionOptions } from 'node:tls';
import { argumentError } from '../../protocol/errors.ts';
import { checkHeaders, type HeaderValues } from '../handshake/upgrade-response.ts';
import { checkServerOptions } from '../options/check-server-options.ts';
import {
  completeOptions,
  type OptionValues,
  optional,
  optionalFunction,
  rejectOption,
} from '../options/option-table.ts';
import type { WebSocketServerOptions } from '../options/server-options.ts';
import { UPGRADE_OPTIONS } from '../options/upgrade-options.ts';

/** Options of a server that shape the state which clients share. */
export const GROUP_OPTIONS = [
  'enableHeartbeat',
  'heartbeatInterval',
  'heartbeatTimeout',
  'maxMissedPongs',
  'maxIdleTime',
  'fragmentTimeout',
  'writeTimeout',
  'maxMessageSize',
  'perMessageDeflate',
] as const satisfies (keyof WebSocketServerOptions)[];

/** All options that mean the same as for a server. */
const SHARED = [
  ...GROUP_OPTIONS,
  'handshakeTimeout',
  'closeTimeout',
  'maxFrameSize',
  'maxFragments',
  'writeBufferLimit',
  'writeBufferBurst',
  'slowConsumerPolicy',
  'discardLimit',
  'readBuffer',
  'clock',
] as const satisfies (keyof WebSocketServerOptions)[];

type SharedOptions = Pick<WebSocketServerOptions<never>, (typeof SHARED)[number]>;

const CLIENT_OPTIONS = Object.freeze({
  /** Subprotocols to offer, best first. The server must choose one of them. Default none. */
  protocols: UPGRADE_OPTIONS.protocols,

  /** Headers of the request, such as `Authorization` or `Origin`. Default none. */
  headers: {
    initial: Object.freeze({}) as Readonly<Record<string, string>>,
    check: checkRequestHeaders,
  },

  /**
   * Signal that ends the connection attempt; `connect` rejects with its reason. It does not affect
   * an open connection. Default `undefined`.
   */
  signal: optional<AbortSignal>('an AbortSignal', (value) => value instanceof AbortSignal),

  /**
   * TLS options for `wss`: certificates, keys, versions, as for `tls.connect`. The server's
   * certificate is checked unless an option here disables that. Default `undefined`.
   */
  tls: optional<ConnectionOptions>('an object', isObject),

  /** Agent that opens the socket, such as a proxy agent. Default `undefined`: a new socket. */
  agent: optional<Agent>('an object', isObject),

  /** The connection's `metadata`. */
  metadata: optional('any value', () => true),

  /**
   * Called with an error thrown by a listener of the connection; the connection closes with 1011.
   * Default `undefined`: a process warning.
   */
  handleListenerError: optionalFunction<(error: unknown) => void>(),
});

/**
 * Two defaults differ from a server's: `handshakeTimeout` is 10,000, because it also covers DNS
 * lookup, TCP and TLS; `slowConsumerPolicy` is `report`, because a client's queue is filled by the
 * application itself, not by strangers.
 */
const SHARED_DEFAULTS = Object.freeze({ handshakeTimeout: 10_000, slowConsumerPolicy: 'report' });

export interface ClientOptions<M = unknown>
  extends SharedOptions,
    Omit<OptionValues<typeof CLIENT_OPTIONS>, 'metadata'> {
  readonly metadata: M;
}

export function checkClientOptions<M>(given: Partial<ClientOptions<M>>): ClientOptions<M> {
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  const isShared = ([name]: [string, unknown]) => SHARED.some((each) => each === name);
  const shared = set.filter(isShared);
  const own = set.filter((entry) => !isShared(entry));
  return Object.freeze({
    ...checkServerOptions<never>({ ...SHARED_DEFAULTS, ...Object.fromEntries(shared) }),
    ...completeOptions(CLIENT_OPTIONS, Object.fromEntries(own)),
    // A caller that sets M passes the metadata; otherwise M is `unknown`.
    metadata: given.metadata as M,
  });
}

/** @throws {WebSocketError} `INVALID_ARGUMENT` for anything but a `ws` or `wss` URL. */
export function checkTarget(address: string | URL, { tls }: Pick<ClientOptions, 'tls'>): URL {
  const text = String(address);
  if (!URL.canParse(text)) throw argumentError('the address is not a URL');
  const url = new URL(text);
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw argumentError('the scheme of the address must be ws or wss');
  }
  // A fragment has no meaning for a server (RFC 6455 section 3).
  if (url.hash !== '') throw argumentError('the address has a fragment');
  if (tls !== undefined && url.protocol !== 'wss:')
    throw argumentError('option tls requires a wss address');
  return url;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function checkRequestHeaders(name: string, headers: unknown): void {
  if (!isObject(headers)) rejectOption(name, headers, 'an object of names and values');
  try {
    // Names and values of other types are rejected.
    checkHeaders(headers as HeaderValues);
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw argumentError(`option headers: ${text}`, { cause });
  }
}
