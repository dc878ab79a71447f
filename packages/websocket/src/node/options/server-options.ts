/**
 * All options of a server and their defaults, grouped by subject in `options/`. `checkServerOptions`
 * merges and checks them.
 */

import { type Clock, systemClock } from '../clock.ts';
import type { UpgradeHooks } from '../handshake/upgrade-hooks.ts';
import { ADMISSION_BOUNDS, ADMISSION_DEFAULTS, type AdmissionLimits } from './admission-limits.ts';
import { COMPRESSION_DEFAULTS, type CompressionSettings } from './deflate-settings.ts';
import { LISTEN_BOUNDS, LISTEN_DEFAULTS, type ListenOptions } from './listen-options.ts';
import { OBSERVABILITY_DEFAULTS, type ObservabilityOptions } from './observability-options.ts';
import { PRESSURE_BOUNDS, PRESSURE_DEFAULTS, type PressureLimits } from './pressure-limits.ts';
import { RATE_BOUNDS, RATE_DEFAULTS, type RateLimits } from './rate-limits.ts';
import { SIZE_BOUNDS, SIZE_DEFAULTS, type SizeLimits } from './size-limits.ts';
import { TIME_BOUNDS, TIME_DEFAULTS, type TimeLimits } from './time-limits.ts';
import { UPGRADE_DEFAULTS, type UpgradeOptions } from './upgrade-options.ts';

export interface WebSocketServerOptions<M = unknown>
  extends ListenOptions,
    UpgradeOptions,
    TimeLimits,
    SizeLimits,
    AdmissionLimits,
    CompressionSettings,
    ObservabilityOptions<M>,
    RateLimits,
    PressureLimits,
    UpgradeHooks<M> {
  /** Source of time and timers. Default: the machine's monotonic clock. */
  readonly clock: Clock;
}

export const OPTION_DEFAULTS: WebSocketServerOptions = Object.freeze({
  ...LISTEN_DEFAULTS,
  ...UPGRADE_DEFAULTS,
  ...TIME_DEFAULTS,
  ...SIZE_DEFAULTS,
  ...ADMISSION_DEFAULTS,
  ...COMPRESSION_DEFAULTS,
  ...OBSERVABILITY_DEFAULTS,
  ...RATE_DEFAULTS,
  ...PRESSURE_DEFAULTS,
  clock: systemClock,
});

/**
 * Options for a server with trusted peers only, such as services in one network or load generators:
 * no per-address limits, no rate limits, no overload protection. The limits that bound memory stay:
 * `new WebSocketServer({ ...TRUSTED_PEERS, port: 8080 })`.
 */
export const TRUSTED_PEERS: Partial<WebSocketServerOptions<never>> = Object.freeze({
  maxConnectionsPerIp: 0,
  maxConnectionsPerMinutePerIp: 0,
  maxViolationsPerMinutePerIp: 0,
  messageRate: 0,
  byteRate: 0,
  pressureInterval: 0,
});

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
});

/** Range of each whole-number option. */
export const NUMBER_BOUNDS = Object.freeze({
  ...LISTEN_BOUNDS,
  ...TIME_BOUNDS,
  ...SIZE_BOUNDS,
  ...ADMISSION_BOUNDS,
  ...RATE_BOUNDS,
  ...PRESSURE_BOUNDS,
});
