/** Merges the given options with the defaults, and rejects values that cannot work. */

import { isAddressRange } from '../admission/address.ts';
import { FORWARDED_HEADERS } from '../admission/client-address.ts';
import { SHED_PRIORITIES } from '../admission/shedding-policy.ts';
import type { Clock } from '../clock.ts';
import type { TraceHooks } from '../observability/trace-hooks.ts';
import { READ_BUFFER_USES } from '../receive/shared-read-buffer.ts';
import { checkDeflateSettings } from './deflate-settings.ts';
import { REDUCTION_MARKS } from './pressure-limits.ts';
import { RATE_LIMIT_POLICIES } from './rate-limits.ts';
import { NUMBER_BOUNDS, OPTION_DEFAULTS, type WebSocketServerOptions } from './server-options.ts';
import { SLOW_CONSUMER_POLICIES } from './size-limits.ts';
import { checkTlsSettings } from './tls-settings.ts';
import {
  checkInteger,
  checkProtocols,
  isOrigin,
  isPath,
  isTextList,
  pickGiven,
  rejectOption,
} from './value-checks.ts';

/** The options whose value is one of a few words. */
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

/** Messages of the maximum size that may be unfinished at the same time, by default. */
const UNFINISHED_MESSAGES = 64;

const HOOKS = ['isOriginAllowed', 'selectProtocol', 'authorize'] as const;
const TRACE_HOOKS = ['connection', 'message', 'sent'] as const satisfies (keyof TraceHooks)[];
const CLOCK_CALLS = ['now', 'setTimeout', 'setInterval'] as const satisfies (keyof Clock)[];

const KNOWN: ReadonlySet<string> = new Set([...Object.keys(OPTION_DEFAULTS), ...HOOKS]);

/**
 * Returns the complete options. An option that is `undefined` keeps its default; 0 is a value.
 *
 * @throws {WebSocketError} `INVALID_ARGUMENT`, naming the option, the value and the range.
 */
export function checkServerOptions<M>(
  given: Partial<WebSocketServerOptions<M>>,
): WebSocketServerOptions<M> {
  const set = pickGiven(given, KNOWN);
  // The defaults contain no hooks, and only hooks depend on M.
  const defaults = OPTION_DEFAULTS as WebSocketServerOptions<M>;
  const merged: WebSocketServerOptions<M> = { ...defaults, ...Object.fromEntries(set) };
  checkNumbers(merged);
  checkOthers(merged);

  const options = Object.freeze(withDerived(merged));
  checkRelations(options);
  return options;
}

/** Options that may change while a server runs: limits and intervals. */
export type UpdatableOption = Exclude<keyof typeof NUMBER_BOUNDS, 'port'>;

export type ServerUpdate = Partial<Pick<WebSocketServerOptions<never>, UpdatableOption>>;

/**
 * Returns the given changes; `undefined` changes nothing.
 *
 * @throws {WebSocketError} `INVALID_ARGUMENT` for an option that is fixed at construction.
 */
export function checkServerUpdate(changes: ServerUpdate): ServerUpdate {
  const set = Object.entries(changes).filter(([, value]) => value !== undefined);
  for (const [name, value] of set) {
    const isUpdatable = name !== 'port' && name in NUMBER_BOUNDS;
    if (!isUpdatable) rejectOption(name, value, 'only at construction');
  }
  return Object.fromEntries(set);
}

/** @throws {WebSocketError} `INVALID_ARGUMENT`; 0 does not wait at all. */
export function checkShutdownTimeout(timeoutMs: number): void {
  checkInteger('timeoutMs', timeoutMs, [0, NUMBER_BOUNDS.shutdownTimeout[1]]);
}

function checkNumbers<M>(options: WebSocketServerOptions<M>): void {
  // The keys of the table are exactly the keys of its type.
  for (const name of Object.keys(NUMBER_BOUNDS) as (keyof typeof NUMBER_BOUNDS)[]) {
    checkInteger(name, options[name], NUMBER_BOUNDS[name]);
  }
}

function checkOthers<M>(options: WebSocketServerOptions<M>): void {
  checkTlsSettings(options.tls);
  const { enableHeartbeat, host, paths, allowedOrigins } = options;
  for (const [name, values] of Object.entries(CHOICES) as [keyof typeof CHOICES, string[]][]) {
    if (!values.includes(options[name])) rejectOption(name, options[name], values.join(', '));
  }
  if (typeof enableHeartbeat !== 'boolean') {
    rejectOption('enableHeartbeat', enableHeartbeat, 'true or false');
  }
  if (host !== undefined && typeof host !== 'string') rejectOption('host', host, 'an address');
  if (paths !== undefined && !(isTextList(paths) && paths.length > 0 && paths.every(isPath))) {
    rejectOption('paths', paths, 'a list of paths such as /chat, without a query');
  }
  if (
    allowedOrigins !== undefined &&
    !(isTextList(allowedOrigins) && allowedOrigins.every(isOrigin))
  ) {
    rejectOption(
      'allowedOrigins',
      allowedOrigins,
      'a list of origins such as https://chat.example',
    );
  }
  checkProtocols(options.protocols);
  for (const name of ['unlimitedAddresses', 'trustedProxies'] as const) {
    const list: unknown = options[name];
    if (!Array.isArray(list)) rejectOption(name, list, ADDRESS_RANGES);
    for (const each of list) if (!isAddressRange(each)) rejectOption(name, each, ADDRESS_RANGES);
  }
  for (const name of [...HOOKS, 'handleRequest'] as const) {
    const value = options[name];
    if (value !== undefined && typeof value !== 'function') rejectOption(name, value, 'a function');
  }
  const debugLog: unknown = options.debugLog;
  if (debugLog !== undefined && typeof options.debugLog?.start !== 'function') {
    rejectOption('debugLog', debugLog, 'a result of createDebugLog of @parley/websocket/debug');
  }
  checkTrace(options.trace);
  checkClock(options.clock);
}

function checkTrace(trace: unknown): void {
  if (trace === undefined) return;
  if (typeof trace !== 'object' || trace === null) rejectOption('trace', trace, 'an object');
  for (const [name, hook] of Object.entries(trace)) {
    const isHook = TRACE_HOOKS.some((each) => each === name) && typeof hook === 'function';
    if (!isHook) rejectOption(`trace.${name}`, hook, `functions named ${TRACE_HOOKS.join(', ')}`);
  }
}

function checkClock(clock: unknown): void {
  const isClock = CLOCK_CALLS.every(
    (call) => typeof (clock as Clock | null)?.[call] === 'function',
  );
  if (!isClock) rejectOption('clock', clock, `an object with ${CLOCK_CALLS.join(', ')}`);
}

function withDerived<M>(options: WebSocketServerOptions<M>): WebSocketServerOptions<M> {
  const { heartbeatInterval, heartbeatTimeout, maxMissedPongs } = options;
  return {
    ...options,
    perMessageDeflate: checkDeflateSettings(options.perMessageDeflate) ?? false,
    maxFrameSize: options.maxFrameSize || options.maxMessageSize,
    maxUnfinishedBytes: options.maxUnfinishedBytes || UNFINISHED_MESSAGES * options.maxMessageSize,
    maxIdleTime:
      options.maxIdleTime || heartbeatInterval + maxMissedPongs * heartbeatTimeout + 1_000,
  };
}

function checkRelations<M>(options: WebSocketServerOptions<M>): void {
  const { heartbeatInterval, heartbeatTimeout, maxIdleTime } = options;
  if (options.enableHeartbeat && heartbeatTimeout >= heartbeatInterval) {
    rejectOption(
      'heartbeatTimeout',
      heartbeatTimeout,
      `less than heartbeatInterval, ${heartbeatInterval}`,
    );
  }
  if (maxIdleTime < heartbeatInterval) {
    rejectOption('maxIdleTime', maxIdleTime, `heartbeatInterval, ${heartbeatInterval}, or more`);
  }
  if (options.maxUnfinishedBytes < options.maxMessageSize) {
    rejectOption(
      'maxUnfinishedBytes',
      options.maxUnfinishedBytes,
      `0, or at least maxMessageSize, ${options.maxMessageSize}`,
    );
  }
  if (options.maxFrameSize > options.maxMessageSize) {
    rejectOption(
      'maxFrameSize',
      options.maxFrameSize,
      `maxMessageSize, ${options.maxMessageSize}, or less`,
    );
  }
  if (options.reservedConnections > options.maxConnections) {
    rejectOption(
      'reservedConnections',
      options.reservedConnections,
      `maxConnections, ${options.maxConnections}, or less`,
    );
  }
  if (options.shutdownTimeout <= options.closeTimeout) {
    rejectOption(
      'shutdownTimeout',
      options.shutdownTimeout,
      `more than closeTimeout, ${options.closeTimeout}`,
    );
  }
}
