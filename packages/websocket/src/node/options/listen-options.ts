/** Where a server listens, and how it handles ordinary HTTP requests there. */
import type { RequestListener } from 'node:http';
import { integer, optional, optionalFunction } from './option-table.ts';
import { TLS_OPTION } from './tls-settings.ts';

export const LISTEN_OPTIONS = Object.freeze({
  /** Port that `listen` binds by default; 0 picks a free port. Range 0 to 65,535. Default 8080. */
  port: integer(8080, [0, 65_535]),

  /** Address that `listen` binds. Default: all addresses of the machine. */
  host: optional<string>('an address', (value) => typeof value === 'string'),

  /**
   * Certificate of the server's own port, which then speaks TLS 1.2 or later. Default `undefined`:
   * plain HTTP, as behind a proxy that terminates TLS.
   */
  tls: TLS_OPTION,

  /**
   * Handler of ordinary HTTP requests on the server's own port. Requests must arrive within
   * `handshakeTimeout`. Failed upgrades (requests with a WebSocket key or version) are rejected
   * before they reach it. If it throws or rejects, the server emits `error` and responds with 500.
   * Default `undefined`: all requests get 426.
   */
  handleRequest: optionalFunction<RequestListener>(),
});
