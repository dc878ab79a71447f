/**
 * Statements that differ between the databases in more than their notation, by name. Both versions
 * have the same parameters and columns.
 */
export interface OwnSql {
  /** Waits for other transactions that lock one of these keys, until the end of the transaction. */
  readonly lockKeys: string;
  /**
   * Keys of sessions that ended after a cursor, with the next cursor: at least one row, if only with
   * a cursor. `$1` is the cursor, above all others if there is none yet.
   */
  readonly endedSessions: string;
  /** `$1`: milliseconds for which they are kept. */
  readonly deleteOldRevocations: string;
}
