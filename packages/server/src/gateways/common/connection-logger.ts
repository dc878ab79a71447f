/** What the journal says of one connection: its beginning, what was refused to it, its end. */
import type { ChatError, ErrorCode } from '@parley/protocol';
import type { ChatConnection } from '../../domain/delivery/connection.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { recordSafely } from './error-containment.ts';

export interface LoggedClient {
  readonly address: string;
  readonly userAgent: string;
  readonly socketId?: string;
}

/** Of what a client calls its command, which may be anything. */
const TYPE_LENGTH_MAX = 64;

export class ConnectionLogger {
  readonly #connection: ChatConnection;
  readonly #address: string;
  readonly #socketId: string | undefined;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #openedAtMs: number;
  /** How often, by code; of most connections nothing. */
  #rejections: Partial<Record<ErrorCode, number>> | undefined;

  constructor(
    connection: ChatConnection,
    { address, socketId }: Pick<LoggedClient, 'address' | 'socketId'>,
    parts: { readonly logger: Logger; readonly clock: Clock },
  ) {
    this.#connection = connection;
    this.#address = address;
    this.#socketId = socketId;
    this.#logger = parts.logger;
    this.#clock = parts.clock;
    this.#openedAtMs = parts.clock.monotonicMs();
  }

  opened(how: { readonly userAgent: string; readonly transport?: string }): void {
    this.#logger.record({ event: 'connection.opened', ...this.#about, ...how });
  }

  /** A client's mistake is told once; how often it was repeated stands in the line of the close. */
  rejected(error: ChatError, originalType: string | null): void {
    const { id: connectionId } = this.#connection;
    const { code } = error;
    this.#rejections ??= {};
    // A defect is logged by `crashed`.
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

  /** The server failed, and closes the connection next. Never throws: the log may be what failed. */
  crashed(error: unknown): void {
    const { id: connectionId } = this.#connection;
    recordSafely(this.#logger, { event: 'command.failed', connectionId, error });
  }

  /** The peer does not answer any more. */
  dead(how: { readonly transport?: string } = {}): void {
    this.#logger.record({ event: 'connection.dead', ...this.#about, ...how });
  }

  /** The peer broke the protocol or a limit, or its socket failed; it is closed next. */
  failed(code: string): void {
    const { id: connectionId } = this.#connection;
    this.#logger.record({ event: 'connection.failed', connectionId, code });
  }

  closed(end: {
    readonly code?: number;
    readonly reason: string;
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
