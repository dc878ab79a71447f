/** Catches errors of callbacks, encoders and the log, so that an error closes at most one connection, not the process. */

import type { EventEncoder } from '../../ports/client-transport.ts';
import type { Logger, LogRecord } from '../../ports/logger.ts';

/** Passes whatever `run` throws to `onError`. */
export function contained<Args extends unknown[]>(
  onError: (error: unknown) => void,
  run: (...args: Args) => void,
): (...args: Args) => void {
  return (...args) => {
    try {
      run(...args);
    } catch (error) {
      onError(error);
    }
  };
}

/** Records an entry. An error of the log itself cannot be logged, and is dropped. */
export function recordSafely(logger: Logger, entry: LogRecord): void {
  try {
    logger.record(entry);
  } catch {
    // There is nowhere to report it.
  }
}

/** Replaces a frame that could not be encoded. A transport that receives it closes. */
export const NOT_ENCODED = Object.freeze({ kind: 'not-encoded' });

/** Logs an event that the dialect fails to encode, once for all connections of the dialect. */
export function containEncoding(dialect: EventEncoder, logger: Logger): EventEncoder {
  return {
    ...dialect,
    encode(event) {
      try {
        return dialect.encode(event);
      } catch (error) {
        recordSafely(logger, { event: 'command.failed', error });
        return NOT_ENCODED;
      }
    },
  };
}

export interface GuardedConnection {
  /** Logs the error. Never throws. */
  logFailure(error: unknown): void;
  closeAfterFailure(): void;
}

/** Keeps a bug to the connection that it hits: logs it once and closes the connection. */
export class FailureGuard {
  readonly #connection: GuardedConnection;
  #hasFailed = false;

  constructor(connection: GuardedConnection) {
    this.#connection = connection;
  }

  /** Passes whatever `run` throws to `fail`. */
  contain(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.fail(error);
    }
  }

  fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#connection.logFailure(error);
    this.close();
  }

  /** Closes because of an error that is logged already. */
  close(): void {
    this.#hasFailed = true;
    try {
      this.#connection.closeAfterFailure();
    } catch (error) {
      this.#connection.logFailure(error);
    }
  }
}
