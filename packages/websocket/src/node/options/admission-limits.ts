/** Who is let in, and how many. */
import type { ForwardedHeader } from '../admission/client-address.ts';
import type { Bounds } from './bounds.ts';

export interface AdmissionLimits {
  /**
   * Connections at one time, unfinished handshakes included; above it upgrades get 503, until
   * there are fewer than 95 % of it. From 80 % of it, until there are fewer than 70 %, newcomers
   * wait 100 ms for their answer. Range 1 to 10,000,000. Default 1,000: what a small machine
   * carries by any measure; a server with more memory and descriptors raises it.
   */
  readonly maxConnections: number;

  /**
   * Places within `maxConnections` that only clients of high or critical priority get; the
   * priority is what `authorize` gives. Range 0 to `maxConnections`. Default 0: until somebody is
   * called important, a reserve would only lower the limit.
   */
  readonly reservedConnections: number;

  /**
   * Connections of one client address at a time, unfinished handshakes included; above it 429.
   * IPv6 addresses count by their first 64 bits. Range 0 to 10,000,000; 0 is no limit. Default 10:
   * a household with open tabs. Raise it where many share an address, as offices do.
   */
  readonly maxConnectionsPerIp: number;

  /**
   * New connections of one client address within a minute; above it 429. Counted as above. Range
   * 0 to 10,000,000; 0 is no limit. Default 100: ten tabs that come back every six seconds.
   */
  readonly maxConnectionsPerMinutePerIp: number;

  /**
   * Connections of one client address that end within a minute because it broke a rule of the
   * protocol; above it new ones get 429 until there are fewer. Counted as above. Range 0 to
   * 10,000,000; 0 is no limit. Default 30: a faulty client that comes back every two seconds is
   * slowed down, one that fails now and then is not.
   */
  readonly maxViolationsPerMinutePerIp: number;

  /**
   * Addresses, or ranges such as `10.0.0.0/8`, that the limits of one address do not hold for.
   * Default none. A trusted proxy's own address is never limited: it stands for everybody.
   */
  readonly unlimitedAddresses: readonly string[];

  /**
   * Addresses, or ranges, of the proxies whose word about the client's address is taken; it
   * becomes `connection.clientAddress`. Default none: anybody can send such a header.
   */
  readonly trustedProxies: readonly string[];

  /**
   * The header by which trusted proxies tell; only this one is read. `x-forwarded-for` or
   * `forwarded` (RFC 7239). Default `x-forwarded-for`: what most proxies set.
   */
  readonly forwardedHeader: ForwardedHeader;
}

export const ADMISSION_DEFAULTS: AdmissionLimits = Object.freeze({
  maxConnections: 1_000,
  reservedConnections: 0,
  maxConnectionsPerIp: 10,
  maxConnectionsPerMinutePerIp: 100,
  maxViolationsPerMinutePerIp: 30,
  unlimitedAddresses: Object.freeze([]),
  trustedProxies: Object.freeze([]),
  forwardedHeader: 'x-forwarded-for',
});

export const ADMISSION_BOUNDS = {
  maxConnections: [1, 10_000_000],
  reservedConnections: [0, 10_000_000],
  maxConnectionsPerIp: [0, 10_000_000],
  maxConnectionsPerMinutePerIp: [0, 10_000_000],
  maxViolationsPerMinutePerIp: [0, 10_000_000],
} as const satisfies Partial<Record<keyof AdmissionLimits, Bounds>>;
