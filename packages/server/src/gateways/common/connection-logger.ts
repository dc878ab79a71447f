/** Logs the opening, the rejected commands and the closing of one connection. */
import type { ChatError, ErrorCode } from '@parley/protocol';
import type { ChatConnection } from '../../domain/delivery/chat-connection.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { recordSafely } from './error-containment.ts';

export interface LoggedClient {
  readonly address: string;
  readonly userAgent: string;
  readonly socketId?: string;
}

/** Maximum logged length of a command name, which may be any text. */
const TYPE_LENGTH_MAX = 64;

export class ConnectionLogger {
  readonly #connection: ChatConnection;
  readonly #address: string;
  readonly #socketId: string | undefined;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #openedAtMs: number;
  /** Number of rejections by code; undefined for most connections. */
  #rejections: Partial<Record<ErrorCode, number>> | undefined;

  constructor(
    connection: ChatConnection,
    { address, socketId }: Pick<LoggedClient, 'address' | 'socketId'>,
    dependencies: { readonly logger: Logger; readonly clock: Clock },
  ) {
    this.#connection = connection;
    this.#address = address;
    this.#socketId = socketId;
    this.#logger = dependencies.logger;
    this.#clock = dependencies.clock;
    this.#openedAtMs = dependencies.clock.monotonicMs();
  }

  /** Where the connection comes from, and its age. */
  get origin(): { readonly address: string; readonly openForMs: number } {
    const openForMs = Math.round(this.#clock.monotonicMs() - this.#openedAtMs);
    return { address: this.#address, openForMs };
  }

  opened(details: { readonly userAgent: string; readonly transport?: string }): void {
    this.#logger.record({ event: 'connection.opened', ...this.#about, ...details });
  }

  /** Logs each kind of rejection once; the line of the close has the number of rejections. */
  rejected(error: ChatError, originalType: string | null): void {
    const { id: connectionId } = this.#connection;
    const { code } = error;
    this.#rejections ??= {};
    // Bugs are logged by `crashed`.
    if (code !== 'INTERNAL_ERROR' && this.#rejections[code] === undefined) {
      const shown = originalType?.slice(0, TYPE_LENGTH_MAX) ?? null;
      this.#logger.record({
        event: 'command.refused',
        connectionId,
        code,
        originalType: shown,
      });
    }
    this.#rejections[code] = (this.#rejections[code] ?? 0) + 1;
  }

  /** Logs an error of the server, which then closes the connection. Never throws, because the log itself may have failed. */
  crashed(error: unknown): void {
    const { id: connectionId } = this.#connection;
    recordSafely(this.#logger, { event: 'command.failed', connectionId, error });
  }

  /** Logs that the peer no longer answers. */
  dead({
    lastActivityAtMs,
    ...details
  }: {
    readonly lastActivityAtMs: number;
    readonly transport?: string;
  }): void {
    this.#logger.record({
      event: 'connection.dead',
      ...this.#about,
      ...details,
      lastActivityAt: new Date(lastActivityAtMs).toISOString(),
      silentMs: Math.max(0, this.#clock.nowMs() - lastActivityAtMs),
    });
  }

  /** Logs that the peer violated the protocol or a limit, or that its socket failed; the connection is closed next. */
  failed(code: string): void {
    const { id: connectionId } = this.#connection;
    this.#logger.record({ event: 'connection.failed', connectionId, code });
  }

  closed(end: {
    readonly code?: number;
    readonly reason: string;
    readonly cause?: string;
    readonly initiator?: string;
    readonly transport?: string;
  }): void {
    this.#logger.record({
      event: 'connection.closed',
      ...this.#about,
      ...end,
      durationMs: Math.round(this.#clock.monotonicMs() - this.#openedAtMs),
      rejections: this.#rejections ?? {},
    });
  }

  get #about() {
    const { id: connectionId, user } = this.#connection;
    return {
      connectionId,
      userId: user.id,
      username: user.username,
      address: this.#address,
      ...(this.#socketId === undefined ? {} : { socketId: this.#socketId }),
    };
  }
}
