/** Where a server listens, whom it serves, and what it runs on. */
import type { RequestListener } from 'node:http';
import { type Clock, systemClock } from '../clock.ts';
import type { Bounds } from './bounds.ts';
import type { TlsSettings } from './tls-settings.ts';

export interface ListenOptions {
  /**
   * Where `listen` binds if its caller names no port. 0 takes any free one.
   * Range 0 to 65,535. Default 8080, by custom.
   */
  readonly port: number;

  /** The address that `listen` binds. Default: all addresses of the machine. */
  readonly host: string | undefined;

  /**
   * The paths that may be upgraded; others are answered 404. The query is not
   * part of a path. Default `undefined`: all.
   */
  readonly paths: readonly string[] | undefined;

  /**
   * The values of `Origin` that may connect, as browsers write them
   * (`https://chat.example`). A client without the header is let through: it is
   * no browser, and carries nobody's cookies. `isOriginAllowed` comes on top.
   * Default `undefined`: all.
   */
  readonly allowedOrigins: readonly string[] | undefined;

  /** The subprotocols that the server speaks, best first. Default none. */
  readonly protocols: readonly string[];

  /**
   * The certificate of the server's own port, which then speaks TLS, 1.2 or later. Default
   * `undefined`: plain HTTP, as behind a proxy that ends TLS.
   */
  readonly tls: TlsSettings | undefined;

  /**
   * Answers ordinary HTTP requests on the server's own port; they have to arrive
   * within `handshakeTimeout`. Upgrades that failed, those with a key or a version of a WebSocket,
   * are refused before. Default `undefined`: 426 to all.
   */
  readonly handleRequest: RequestListener | undefined;

  /** Where time comes from. Default: the machine's monotonic clock. */
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
} as const satisfies Partial<Record<keyof ListenOptions, Bounds>>;
