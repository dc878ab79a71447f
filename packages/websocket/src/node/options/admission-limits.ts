/** Limits on who may connect, and how many connections there may be. */
import { isAddressRange } from '../admission/address.ts';
import { FORWARDED_HEADERS } from '../admission/client-address.ts';
import { choice, integer, isTextList, type OptionValues, option } from './option-table.ts';

const ADDRESS_RANGES = option<readonly string[]>(
  Object.freeze([]),
  'a list of addresses, or of ranges such as 10.0.0.0/8',
  (value) => isTextList(value) && value.every(isAddressRange),
);

export const ADMISSION_OPTIONS = Object.freeze({
  /**
   * Maximum number of connections at one time, unfinished handshakes included. Above it, upgrades
   * get 503 until the count falls below 95 % of it. From 80 % of it until the count falls below 70
   * %, new connections wait 100 ms for their response. Range 1 to 10,000,000. Default 1,000,000: the own
   * port accepts no more than the process has file descriptors for; set what the machine carries.
   */
  maxConnections: integer(1_000_000, [1, 10_000_000]),

  /**
   * Connection slots within `maxConnections` that are reserved for clients of high or critical
   * priority; `authorize` returns the priority. Range 0 to `maxConnections`. Default 0: without
   * priorities, a reserve would only lower the limit.
   */
  reservedConnections: integer(0, [0, 10_000_000]),

  /**
   * Maximum number of connections per client address at one time, unfinished handshakes included;
   * above it, upgrades get 429. IPv6 addresses are counted by their first 64 bits. Sockets without
   * an upgrade are limited together, not by address: a firewall can do that. Range 0 to
   * 10,000,000; 0 means no limit. Default 0: behind a proxy that is not in `trustedProxies`, all
   * clients have one address. `UNTRUSTED_PEERS` has 10: a household's open tabs; offices need more.
   */
  maxConnectionsPerIp: integer(0, [0, 10_000_000]),

  /**
   * Maximum number of new connections per client address within a minute, approximately; above it,
   * upgrades get 429. Addresses are counted as for `maxConnectionsPerIp`. Range 0 to 10,000,000; 0 means no
   * limit. Default 0; `UNTRUSTED_PEERS` has 100: ten tabs that reconnect every six seconds.
   */
  maxConnectionsPerMinutePerIp: integer(0, [0, 10_000_000]),

  /**
   * Maximum number of connections per client address that end within a minute because of a protocol
   * violation; above it, upgrades get 429. Addresses are counted as for `maxConnectionsPerIp`.
   * Range 0 to 10,000,000; 0 means no limit. Default 0; `UNTRUSTED_PEERS` has 30: slows down a
   * faulty client that reconnects every two seconds.
   */
  maxViolationsPerMinutePerIp: integer(0, [0, 10_000_000]),

  /**
   * Addresses, or ranges such as `10.0.0.0/8`, to which the per-address limits do not apply, as
   * they never do to those of trusted proxies. Default none.
   */
  unlimitedAddresses: ADDRESS_RANGES,

  /**
   * Addresses, or ranges, of the proxies that are trusted to report the client's address, which
   * becomes `connection.clientAddress`. Default none: any client can send such a header.
   */
  trustedProxies: ADDRESS_RANGES,

  /**
   * Header in which trusted proxies report the client's address; no other header is read.
   * `x-forwarded-for` or `forwarded` (RFC 7239). Default `x-forwarded-for`: most proxies set it.
   */
  forwardedHeader: choice('x-forwarded-for', FORWARDED_HEADERS),
});

export type AdmissionLimits = OptionValues<typeof ADMISSION_OPTIONS>;
