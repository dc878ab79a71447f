/** Where a server listens, and how it handles ordinary HTTP requests there. */
import type { RequestListener } from 'node:http';
import type { TlsSettings } from './tls-settings.ts';
import type { IntegerRange } from './value-checks.ts';

export interface ListenOptions {
  /**
   * Port that `listen` binds if its caller gives none. 0 picks any free port. Range 0 to 65,535.
   * Default 8080, by convention.
   */
  readonly port: number;

  /** Address that `listen` binds. Default: all addresses of the machine. */
  readonly host: string | undefined;

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
}

export const LISTEN_DEFAULTS: ListenOptions = Object.freeze({
  port: 8080,
  host: undefined,
  tls: undefined,
  handleRequest: undefined,
});

export const LISTEN_BOUNDS = {
  port: [0, 65_535],
} as const satisfies Partial<Record<keyof ListenOptions, IntegerRange>>;
