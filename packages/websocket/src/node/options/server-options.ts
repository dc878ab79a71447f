/** All options of a server and their defaults, grouped by subject in `options/`. */
import { type Clock, systemClock } from '../clock.ts';
import type { UpgradeHooks } from '../handshake/upgrade-hooks.ts';
import { ADMISSION_OPTIONS } from './admission-limits.ts';
import { COMPRESSION_OPTIONS } from './deflate-settings.ts';
import { LISTEN_OPTIONS } from './listen-options.ts';
import { OBSERVABILITY_OPTIONS, type ObservabilityOptions } from './observability-options.ts';
import { defaultsOf, type OptionValues, option, optionalFunction } from './option-table.ts';
import { PRESSURE_OPTIONS } from './pressure-limits.ts';
import { RATE_OPTIONS } from './rate-limits.ts';
import { SIZE_OPTIONS } from './size-limits.ts';
import { TIME_OPTIONS } from './time-limits.ts';
import { UPGRADE_OPTIONS } from './upgrade-options.ts';

/** The options whose types do not depend on the metadata of connections. */
const PLAIN_OPTIONS = Object.freeze({
  ...LISTEN_OPTIONS,
  ...UPGRADE_OPTIONS,
  ...TIME_OPTIONS,
  ...SIZE_OPTIONS,
  ...ADMISSION_OPTIONS,
  ...COMPRESSION_OPTIONS,
  ...RATE_OPTIONS,
  ...PRESSURE_OPTIONS,
});

const CLOCK_CALLS = ['now', 'setTimeout', 'setInterval'] as const satisfies (keyof Clock)[];

export const SERVER_OPTIONS = Object.freeze({
  ...PLAIN_OPTIONS,
  ...OBSERVABILITY_OPTIONS,
  isOriginAllowed: optionalFunction(),
  selectProtocol: optionalFunction(),
  authorize: optionalFunction(),
  formatRejection: optionalFunction(),
  clock: option<Clock>(systemClock, `an object with ${CLOCK_CALLS.join(', ')}`, (value) =>
    CLOCK_CALLS.every((call) => typeof (value as Clock | null)?.[call] === 'function'),
  ),
});

export interface WebSocketServerOptions<M = unknown>
  extends OptionValues<typeof PLAIN_OPTIONS>,
    ObservabilityOptions<M>,
    UpgradeHooks<M> {
  /** Source of time and timers. Default: the machine's monotonic clock. */
  readonly clock: Clock;
}

// The hooks, whose types the table does not describe, are undefined.
export const OPTION_DEFAULTS = defaultsOf(SERVER_OPTIONS) as WebSocketServerOptions;

/**
 * Limits for a server that any client on the Internet can reach:
 * `new WebSocketServer({ ...UNTRUSTED_PEERS, trustedProxies: ['10.0.0.0/8'] })`. Behind a proxy,
 * list it in `trustedProxies`; otherwise all clients share the limits of its address.
 */
export const UNTRUSTED_PEERS: Partial<WebSocketServerOptions<never>> = Object.freeze({
  maxConnections: 1_000,
  maxConnectionsPerIp: 10,
  maxConnectionsPerMinutePerIp: 100,
  maxViolationsPerMinutePerIp: 30,
  messageRate: 100,
  byteRate: 1_048_576,
  writeBufferLimit: 262_144,
  writeBufferBurst: 1_048_576,
  cpuThreshold: 90,
  loopDelayThreshold: 50,
  responseTimeThreshold: 5,
  maxBlockedConnections: 1_000,
});
