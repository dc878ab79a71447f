/** Where a server listens, which requests it accepts, and which clock it uses. */
import type { RequestListener } from 'node:http';
import { type Clock, systemClock } from '../clock.ts';
import type { IntegerRange } from './integer-range.ts';
import type { TlsSettings } from './tls-settings.ts';

export interface ListenOptions {
  /**
   * Port that `listen` binds if its caller gives none. 0 picks any free port. Range 0 to 65,535.
   * Default 8080, by convention.
   */
  readonly port: number;

  /** Address that `listen` binds. Default: all addresses of the machine. */
  readonly host: string | undefined;

  /**
   * Paths that accept upgrades; other paths get 404. A path does not include the query. Default
   * `undefined`: all paths.
   */
  readonly paths: readonly string[] | undefined;

  /**
   * Values of the `Origin` header that may connect, as browsers write them
   * (`https://chat.example`). A client without the header is accepted: it is not a browser and
   * sends no user's cookies. `isOriginAllowed` is checked in addition. Default `undefined`: all
   * origins.
   */
  readonly allowedOrigins: readonly string[] | undefined;

  /** Subprotocols that the server supports, best first. Default none. */
  readonly protocols: readonly string[];

  /**
   * Certificate of the server's own port, which then speaks TLS 1.2 or later. Default `undefined`:
   * plain HTTP, as behind a proxy that terminates TLS.
   */
  readonly tls: TlsSettings | undefined;

  /**
   * Handler of ordinary HTTP requests on the server's own port. Requests must arrive within
   * `handshakeTimeout`. Failed upgrades (requests with a WebSocket key or version) are rejected
   * before they reach it. Default `undefined`: all requests get 426.
   */
  readonly handleRequest: RequestListener | undefined;

  /** Source of time and timers. Default: the machine's monotonic clock. */
  readonly clock: Clock;
}

export const LISTEN_DEFAULTS: ListenOptions = Object.freeze({
  port: 8080,
  host: undefined,
  paths: undefined,
  allowedOrigins: undefined,
  protocols: Object.freeze([]),
  tls: undefined,
  handleRequest: undefined,
  clock: systemClock,
});

export const LISTEN_BOUNDS = {
  port: [0, 65_535],
} as const satisfies Partial<Record<keyof ListenOptions, IntegerRange>>;
