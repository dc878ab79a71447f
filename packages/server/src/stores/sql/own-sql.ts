/**
 * Statements that differ between the databases in more than their notation, by name. Both versions
 * have the same parameters and columns.
 */
export interface OwnSql {
  /** The latest message of each of the rooms `$1`. */
  readonly latestMessages: string;
  /** The heads of rooms that differ from `$1`: as JSON, an id and the known head each. */
  readonly movedHeads: string;
  /** The reactions on the messages `$1`, with the first users of each. */
  readonly reactions: string;
  /** Up to `$2` members `m`, with their users, of each of the rooms `$1`, ordered by id. */
  readonly membersOfRooms: string;
  /** Up to `$2` rooms of each of the users `$1`, as a JSON array of ids. */
  readonly roomIdsOfUsers: string;
  /** Up to `$3` read steps of each member of the room `$1` from the sequence `$2`, and the positions. */
  readonly readSteps: string;
  /** The first read step, or else the position, of each member at or above a sequence of a room. */
  readonly firstReads: string;
  /** Deletes up to `$3` reactions on the messages of the room `$1` up to the sequence `$2`. */
  readonly deleteReactionsUpTo: string;
  /** Deletes up to `$2` reactions on the message `$1`. */
  readonly deleteReactionsOf: string;
  /** Deletes up to `$2` idempotency keys of the room `$1`. */
  readonly deleteSendKeys: string;
  /**
   * Writes documents, which `$1` has as JSON in the order of their times: room, sequence, time, and terms
   * separated by spaces, each. Those that the index has stay.
   */
  readonly indexTexts: string;
  /**
   * Up to `$9` messages of the rooms `$1` with the terms of the condition of the room in `$2`, of the
   * times from `$3` to below `$4`, after the position of `$5` to `$8` (time, tie, room, sequence) in the
   * order of a search, in that order.
   */
  readonly searchMatches: string;
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
