/** How many may connect, and how much they may send: what the settings come to for each who counts. */

import type { FlatLimits } from '../gateways/common/flat-dialect.ts';
import type { ConnectionLimits } from '../http/limits/connection-limiter.ts';
import type { SocketLimits } from '../http/limits/socket-limiter.ts';
import { descriptorLimit } from '../system/descriptor-limit.ts';
import type { Values } from './load-config.ts';

/** A phone that loses its network for a while is no reason to cut it off; a minute is. */
const STALLED_WRITE_MS = 60_000;
const MAX_CONNECTIONS_DEFAULT = 50_000;
/** The rest of the descriptors is for files, the database and HTTP (CA-020). */
const DESCRIPTOR_SHARE = 0.65;
/** Descriptors for the database, files and the runtime; of few descriptors, a quarter. */
const RESERVED_DESCRIPTORS_MAX = 128;
const RESERVED_DESCRIPTORS_SHARE = 0.25;
/** Sockets that are not connections: HTTP requests, and newcomers that have not said what they are. */
const OTHER_SOCKETS = 100;
/** What Node takes by default. */
const BACKLOG_MAX = 511;
/** People behind one address are many here: a school, an office, a mobile network. */
const CONNECTIONS_PER_ADDRESS_DEFAULT = 100;
const CONNECTIONS_PER_MINUTE_DEFAULT = 600;
/** Connections that may each send at their full rate. */
const DEVICES_PER_USER = 4;
const THIS_MACHINE = Object.freeze(['127.0.0.0/8', '::1']);

/** Of the connections of all dialects and transports together. */
export function connectionLimits(values: Values): ConnectionLimits {
  return {
    connectionsMax: values.MAX_CONNECTIONS ?? maxConnectionsHere(),
    perAddressMax: values.MAX_CONNECTIONS_PER_ADDRESS ?? CONNECTIONS_PER_ADDRESS_DEFAULT,
    perAddressAndMinuteMax:
      values.CONNECTIONS_PER_MINUTE_PER_ADDRESS ?? CONNECTIONS_PER_MINUTE_DEFAULT,
    // A proxy's own address stands for all who come through it.
    unlimitedAddresses: [...values.TRUST_PROXY, ...unlimitedMachines(values)],
  };
}

/** Of all sockets, whatever they turn out to be: twice as many as connections, and some. */
export function socketLimits(values: Values): SocketLimits {
  const { connectionsMax, perAddressMax, unlimitedAddresses } = connectionLimits(values);
  return {
    socketsMax: Math.min(2 * connectionsMax + OTHER_SOCKETS, socketsMaxHere(values)),
    perAddressMax: perAddressMax === 0 ? 0 : 2 * perAddressMax + OTHER_SOCKETS,
    unlimitedAddresses,
  };
}

/**
 * Connections that wait to be accepted. They are accepted in one step, so fewer than there may be
 * sockets: otherwise a burst closes sockets whose request has arrived but is not read yet.
 */
export function acceptBacklog(values: Values): number {
  return Math.min(BACKLOG_MAX, Math.ceil(socketLimits(values).socketsMax / 2));
}

/** Of the engine under one dialect. */
export function engineLimits(values: Values) {
  return {
    // From the domain's own limit on, so that it hears when what waits has drained.
    writeBufferLimit: values.HARD_BUFFER_BYTES,
    ...engineConnectionLimits(values),
    // The setting is said to switch off every limit on the number of messages.
    ...(values.MESSAGE_RATE_MAX === 0 ? { messageRate: 0, byteRate: 0 } : {}),
    heartbeatInterval: values.HEARTBEAT_INTERVAL_MS,
    heartbeatTimeout: values.HEARTBEAT_TIMEOUT_MS,
    maxMissedPongs: values.HEARTBEAT_MISSES,
    // A loop that is busy all the time harms nobody whose turn comes soon; the delay tells.
    cpuThreshold: 0,
    slowConsumerPolicy: 'report',
    writeTimeout: STALLED_WRITE_MS,
  } as const;
}

/** Of a dialect with flat frames, whose connections have a bucket each. */
export function flatLimits(values: Values): FlatLimits {
  const { CHANNELS_BUCKET_CAPACITY: capacity, CHANNELS_REFILL_PER_SECOND: refill } = values;
  return {
    messageRateMax: values.MESSAGE_RATE_MAX === 0 ? 0 : capacity,
    messageRateWindowMs: (capacity / refill) * 1000,
  };
}

/** Of one user over all connections: several devices and a flat dialect fit in. */
export function userRates(values: Values) {
  const flatPerMs = values.CHANNELS_REFILL_PER_SECOND / 1000;
  const flatMax = values.CHANNELS_BUCKET_CAPACITY + flatPerMs * values.MESSAGE_RATE_WINDOW_MS;
  const fallback = Math.ceil(Math.max(values.MESSAGE_RATE_MAX * DEVICES_PER_USER, flatMax));
  const userMessageRateMax = values.USER_MESSAGE_RATE_MAX ?? fallback;
  return {
    userMessageRateMax,
    userChangeRateMax: values.USER_CHANGE_RATE_MAX ?? userMessageRateMax,
    userCreationRateMax: values.USER_CREATION_RATE_MAX,
  };
}

function engineConnectionLimits(values: Values) {
  const maxConnections = values.MAX_CONNECTIONS ?? maxConnectionsHere();
  return {
    maxConnections,
    // How many, and how often, is counted over all gateways together.
    maxConnectionsPerIp: 0,
    maxConnectionsPerMinutePerIp: 0,
    trustedProxies: values.TRUST_PROXY,
    unlimitedAddresses: unlimitedMachines(values),
    // Of many phones some are always out of reach for a moment.
    maxBlockedConnections: Math.max(1_000, Math.ceil(maxConnections / 5)),
  };
}

/** This machine, unless a limit is set. */
function unlimitedMachines(values: Values): readonly string[] {
  const perAddress = values.MAX_CONNECTIONS_PER_ADDRESS ?? 0;
  const perMinute = values.CONNECTIONS_PER_MINUTE_PER_ADDRESS ?? 0;
  return perAddress > 0 || perMinute > 0 ? [] : THIS_MACHINE;
}

function maxConnectionsHere(): number {
  const limit = descriptorLimit();
  if (limit === undefined) return MAX_CONNECTIONS_DEFAULT;
  return Math.min(MAX_CONNECTIONS_DEFAULT, Math.floor(limit * DESCRIPTOR_SHARE));
}

function socketsMaxHere({ DATABASE_CONNECTIONS_MAX: databaseSockets }: Values): number {
  const limit = descriptorLimit();
  if (limit === undefined) return Number.POSITIVE_INFINITY;
  const reserve = Math.min(RESERVED_DESCRIPTORS_MAX, limit * RESERVED_DESCRIPTORS_SHARE);
  return Math.max(1, Math.floor(limit - reserve - databaseSockets));
}
