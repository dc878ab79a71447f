/** Keeps what callbacks, encoders and the log throw away from the process: an error costs one connection at most. */

import type { Dialect } from '../../ports/client-transport.ts';
import type { Journal, JournalEntry } from '../../ports/logger.ts';

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
export function recordSafely(journal: Journal, entry: JournalEntry): void {
  try {
    journal.record(entry);
  } catch {
    // There is nowhere to report it.
  }
}

/** Takes the place of a frame that could not be encoded. A link that is given it closes. */
export const NOT_ENCODED = Object.freeze({ kind: 'not-encoded' });

/** Logs each event that the dialect fails to encode, once for all its connections. */
export function containEncoding(dialect: Dialect, journal: Journal): Dialect {
  return {
    ...dialect,
    encode(event) {
      try {
        return dialect.encode(event);
      } catch (error) {
        recordSafely(journal, { event: 'command.failed', error });
        return NOT_ENCODED;
      }
    },
  };
}
