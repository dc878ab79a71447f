/** Derives the connection and rate limits of each component from the settings. */
import type { ConnectionRateLimits } from '../gateways/common/web-socket-connection.ts';
import type { ConnectionLimits } from '../http/limits/chat-connection-limiter.ts';
import type { SocketLimits } from '../http/limits/tcp-socket-limiter.ts';
import { DESCRIPTOR_LIMIT } from '../system/descriptor-limit.ts';
import type { Values } from './load-config.ts';

const MAX_CONNECTIONS_DEFAULT = 50_000;
/** Leaves the other descriptors for files, the database and HTTP. */
const DESCRIPTOR_SHARE = 0.65;
/** Descriptors reserved for the database, files and the runtime; a quarter if the limit is low. */
const RESERVED_DESCRIPTORS_MAX = 128;
const RESERVED_DESCRIPTORS_SHARE = 0.25;
/** Sockets that are not connections: HTTP requests, and new sockets before their first request. */
const OTHER_SOCKETS = 100;
/**
 * The default limit of Linux. Node's 511 is too few: when all clients of a server come back at once,
 * the others wait for TCP to try again, each time twice as long.
 */
const BACKLOG_MAX = 4096;
/** Many users may share an address: a school, an office, a mobile network. */
const CONNECTIONS_PER_ADDRESS_DEFAULT = 100;
const CONNECTIONS_PER_MINUTE_DEFAULT = 600;
/** Connections of a user that may each send at their full rate. */
const DEVICES_PER_USER = 4;
const LOOPBACK = Object.freeze(['127.0.0.0/8', '::1']);

/** Limits of the connections of all dialects and transports together. */
export function connectionLimits(values: Values): ConnectionLimits {
  return {
    connectionsMax: values.MAX_CONNECTIONS ?? maxConnectionsHere(),
    perAddressMax: values.MAX_CONNECTIONS_PER_ADDRESS ?? CONNECTIONS_PER_ADDRESS_DEFAULT,
    perAddressAndMinuteMax:
      values.CONNECTIONS_PER_MINUTE_PER_ADDRESS ?? CONNECTIONS_PER_MINUTE_DEFAULT,
    // A proxy's address is shared by all clients behind it.
    unlimitedAddresses: [...values.TRUST_PROXY, ...unlimitedLoopback(values)],
  };
}

/** Limits of sockets of any kind: twice as many as connections, plus a constant. */
export function socketLimits(values: Values): SocketLimits {
  const { connectionsMax, perAddressMax, unlimitedAddresses } = connectionLimits(values);
  return {
    socketsMax: Math.min(2 * connectionsMax + OTHER_SOCKETS, socketsMaxHere(values)),
    perAddressMax: perAddressMax === 0 ? 0 : 2 * perAddressMax + OTHER_SOCKETS,
    unlimitedAddresses,
  };
}

/**
 * Maximum number of connections waiting to be accepted. All are accepted in one step, so it must be
 * lower than the socket limit: otherwise a burst closes sockets whose request is not read yet.
 */
export function acceptBacklog(values: Values): number {
  return Math.min(BACKLOG_MAX, Math.ceil(socketLimits(values).socketsMax / 2));
}

/** Rate limit of a dialect with flat frames; each connection has its own token bucket. */
export function flatLimits(values: Values): ConnectionRateLimits {
  const { CHANNELS_BUCKET_CAPACITY: capacity, CHANNELS_REFILL_PER_SECOND: refill } = values;
  return {
    messageRateMax: values.MESSAGE_RATE_MAX === 0 ? 0 : capacity,
    messageRateWindowMs: (capacity / refill) * 1000,
  };
}

/** Rate limits per user over all connections: enough for several devices and for a flat dialect. */
export function userRates(values: Values) {
  const flatPerMs = values.CHANNELS_REFILL_PER_SECOND / 1000;
  const flatMax = values.CHANNELS_BUCKET_CAPACITY + flatPerMs * values.MESSAGE_RATE_WINDOW_MS;
  const fallback = Math.ceil(Math.max(values.MESSAGE_RATE_MAX * DEVICES_PER_USER, flatMax));
  const userMessageRateMax = values.USER_MESSAGE_RATE_MAX ?? fallback;
  return {
    userMessageRateMax,
    userChangeRateMax: values.USER_CHANGE_RATE_MAX ?? userMessageRateMax,
    userReadRateMax: values.USER_READ_RATE_MAX,
    userRequestRateMax: values.USER_REQUEST_RATE_MAX,
    userCreationRateMax: values.USER_CREATION_RATE_MAX,
    userBytesPerDay: values.USER_BYTES_PER_DAY,
    userFileBytesPerDay: values.USER_FILE_BYTES_PER_DAY,
    registrationsPerHour: values.REGISTRATIONS_PER_HOUR,
  };
}

/** Loopback addresses, unless the operator has set a limit. */
export function unlimitedLoopback(values: Values): readonly string[] {
  const perAddress = values.MAX_CONNECTIONS_PER_ADDRESS ?? 0;
  const perMinute = values.CONNECTIONS_PER_MINUTE_PER_ADDRESS ?? 0;
  return perAddress > 0 || perMinute > 0 ? [] : LOOPBACK;
}

/** As many as the descriptors allow. */
export function maxConnectionsHere(): number {
  if (DESCRIPTOR_LIMIT === undefined) return MAX_CONNECTIONS_DEFAULT;
  return Math.min(MAX_CONNECTIONS_DEFAULT, Math.floor(DESCRIPTOR_LIMIT * DESCRIPTOR_SHARE));
}

/** Connections to PostgreSQL for commits, health checks and the lock of the server. */
const OWN_DATABASE_SOCKETS = 7;

function socketsMaxHere({ DATABASE_CONNECTIONS_MAX: databaseSockets }: Values): number {
  const limit = DESCRIPTOR_LIMIT;
  if (limit === undefined) return Number.POSITIVE_INFINITY;
  const reserve = Math.min(RESERVED_DESCRIPTORS_MAX, limit * RESERVED_DESCRIPTORS_SHARE);
  return Math.max(1, Math.floor(limit - reserve - databaseSockets - OWN_DATABASE_SOCKETS));
}
