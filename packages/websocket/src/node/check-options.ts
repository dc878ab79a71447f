/** Merges given options over the defaults, and refuses what cannot work. */

import { WebSocketError } from '../protocol/errors.ts';
import { isAddressRange } from './admission/address.ts';
import { FORWARDED_HEADERS } from './admission/client-address.ts';
import { SHED_PRIORITIES } from './admission/load-shedder.ts';
import { REDUCTION_MARKS } from './admission/service-quality.ts';
import { checkDeflateSettings } from './options/deflate-settings.ts';
import { RATE_LIMIT_POLICIES } from './options/rate-limits.ts';
import { SLOW_CONSUMER_POLICIES } from './options/size-limits.ts';
import { checkTlsSettings } from './options/tls-settings.ts';
import { NUMBER_BOUNDS, OPTION_DEFAULTS, type WebSocketServerOptions } from './options.ts';
import { READ_BUFFER_USES } from './read-buffer.ts';

/** The limits that ticks judge by. */
type TickLimits = Pick<
  WebSocketServerOptions,
  'heartbeatInterval' | 'heartbeatTimeout' | 'fragmentTimeout' | 'writeTimeout'
>;

/** The options that are one of a few words. */
const CHOICES = {
  slowConsumerPolicy: SLOW_CONSUMER_POLICIES,
  rateLimitPolicy: RATE_LIMIT_POLICIES,
  shedPriority: SHED_PRIORITIES,
  stopCompressionAt: REDUCTION_MARKS,
  dropLowPriorityAt: REDUCTION_MARKS,
  forwardedHeader: FORWARDED_HEADERS,
  readBuffer: READ_BUFFER_USES,
} as const;

const ADDRESS_RANGES = 'a list of addresses, or of ranges such as 10.0.0.0/8';

const UPDATABLE_LISTS = [
  'paths',
  'allowedOrigins',
  'unlimitedAddresses',
  'trustedProxies',
] as const;

const HOOKS = ['isOriginAllowed', 'selectProtocol', 'authorize'] as const;
/** What is bound or made at construction. */
const SETTLED = ['port', 'debugPayloadBytes', 'readBuffer'] as const;

const UPDATABLE: ReadonlySet<string> = new Set([
  ...Object.keys({ ...NUMBER_BOUNDS, ...CHOICES }).filter((name) => !isSettled(name)),
  ...UPDATABLE_LISTS,
]);
const KNOWN: ReadonlySet<string> = new Set([...Object.keys(OPTION_DEFAULTS), ...HOOKS]);

/**
 * The options in full. One that is given as `undefined` keeps its default; 0 is a value.
 *
 * @throws {WebSocketError} `INVALID_ARGUMENT`, naming option, value found and range.
 */
export function checkOptions<M>(
  given: Partial<WebSocketServerOptions<M>>,
): WebSocketServerOptions<M> {
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [name] of set) {
    if (!KNOWN.has(name)) refuse(name, 'set', 'an option that exists');
  }
  // The defaults hold no hook, which is all that M stands for.
  const defaults = OPTION_DEFAULTS as WebSocketServerOptions<M>;
  const merged: WebSocketServerOptions<M> = { ...defaults, ...Object.fromEntries(set) };
  checkNumbers(merged);
  checkOthers(merged);

  const options = Object.freeze(withDerived(merged));
  checkRelations(options);
  return options;
}

/** What may change while a server runs: limits, policies, and lists of who is allowed what. */
export type UpdatableOption =
  | Exclude<keyof typeof NUMBER_BOUNDS | keyof typeof CHOICES, (typeof SETTLED)[number]>
  | (typeof UPDATABLE_LISTS)[number];

export type ServerUpdate = Partial<Pick<WebSocketServerOptions<never>, UpdatableOption>>;

/**
 * The changes that were given; one that is `undefined` changes nothing.
 *
 * @throws {WebSocketError} `INVALID_ARGUMENT` for an option that is settled at construction.
 */
export function checkUpdate(changes: ServerUpdate): ServerUpdate {
  const set = Object.entries(changes).filter(([, value]) => value !== undefined);
  for (const [name, value] of set) {
    if (!UPDATABLE.has(name)) refuse(name, value, 'no change while the server runs');
  }
  return Object.fromEntries(set);
}

/** How often time limits are looked at: each second, or four times within the shortest limit. */
export function tickMs(options: TickLimits): number {
  const shortest = Math.min(
    options.heartbeatInterval,
    options.heartbeatTimeout,
    options.fragmentTimeout,
    options.writeTimeout,
  );
  return Math.min(Math.max(Math.floor(shortest / 4), 5), 1_000);
}

function checkNumbers<M>(options: WebSocketServerOptions<M>): void {
  // The keys of the table are its type's keys, no others.
  for (const name of Object.keys(NUMBER_BOUNDS) as (keyof typeof NUMBER_BOUNDS)[]) {
    const value: unknown = options[name];
    const [min, max] = NUMBER_BOUNDS[name];
    const isInRange =
      typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
    if (!isInRange) refuse(name, value, `a whole number from ${min} to ${max}`);
  }
}

function checkOthers<M>(options: WebSocketServerOptions<M>): void {
  checkTlsSettings(options.tls);
  const { enableHeartbeat, paths, allowedOrigins, protocols } = options;
  for (const [name, values] of Object.entries(CHOICES) as [keyof typeof CHOICES, string[]][]) {
    if (!values.includes(options[name])) refuse(name, options[name], values.join(', '));
  }
  if (typeof enableHeartbeat !== 'boolean') {
    refuse('enableHeartbeat', enableHeartbeat, 'true or false');
  }
  for (const [name, list] of Object.entries({ paths, allowedOrigins, protocols })) {
    if (list !== undefined && !isTextList(list)) refuse(name, list, 'a list of texts');
  }
  for (const name of ['unlimitedAddresses', 'trustedProxies'] as const) {
    const list: unknown = options[name];
    if (!Array.isArray(list)) refuse(name, list, ADDRESS_RANGES);
    for (const each of list) if (!isAddressRange(each)) refuse(name, each, ADDRESS_RANGES);
  }
  for (const name of [...HOOKS, 'handleRequest', 'debugLog'] as const) {
    const value = options[name];
    if (value !== undefined && typeof value !== 'function') refuse(name, value, 'a function');
  }
  for (const [name, hook] of Object.entries({ ...options.trace })) {
    if (typeof hook !== 'function') refuse(`trace.${name}`, hook, 'a function');
  }
}

function withDerived<M>(options: WebSocketServerOptions<M>): WebSocketServerOptions<M> {
  const { heartbeatInterval, heartbeatTimeout, maxMissedPongs } = options;
  return {
    ...options,
    perMessageDeflate: checkDeflateSettings(options.perMessageDeflate) ?? false,
    maxFrameSize: options.maxFrameSize || options.maxMessageSize,
    maxIdleTime:
      options.maxIdleTime || heartbeatInterval + maxMissedPongs * heartbeatTimeout + 1_000,
  };
}

function checkRelations<M>(options: WebSocketServerOptions<M>): void {
  const { heartbeatInterval, heartbeatTimeout, maxIdleTime } = options;
  if (options.enableHeartbeat && heartbeatTimeout >= heartbeatInterval) {
    refuse(
      'heartbeatTimeout',
      heartbeatTimeout,
      `less than heartbeatInterval, ${heartbeatInterval}`,
    );
  }
  if (maxIdleTime < heartbeatInterval) {
    refuse('maxIdleTime', maxIdleTime, `heartbeatInterval, ${heartbeatInterval}, or more`);
  }
  if (options.maxFrameSize > options.maxMessageSize) {
    refuse(
      'maxFrameSize',
      options.maxFrameSize,
      `maxMessageSize, ${options.maxMessageSize}, or less`,
    );
  }
  if (options.reservedConnections > options.maxConnections) {
    refuse(
      'reservedConnections',
      options.reservedConnections,
      `maxConnections, ${options.maxConnections}, or less`,
    );
  }
  if (options.shutdownTimeout <= options.closeTimeout) {
    refuse(
      'shutdownTimeout',
      options.shutdownTimeout,
      `more than closeTimeout, ${options.closeTimeout}`,
    );
  }
}

function isTextList(list: unknown): boolean {
  return Array.isArray(list) && list.every((each) => typeof each === 'string');
}

function refuse(name: string, found: unknown, allowed: string): never {
  const text = typeof found === 'string' ? `'${found}'` : String(found);
  throw new WebSocketError(`option ${name} is ${text}; allowed: ${allowed}`, 'INVALID_ARGUMENT');
}

function isSettled(name: string): boolean {
  return SETTLED.some((each) => each === name);
}
