/**
 * What test clients write down, for the checker to judge afterwards.
 *
 * A history is the entries of all clients of one run, in each connection's own
 * order; how those of different connections lie in time is not relied on. The
 * names are those of the domain, not of a dialect, so every dialect and store is
 * judged by the same rules.
 */

/** A message as a client holds it: the fold of its events. */
export interface HeldMessage {
  readonly id: string;
  readonly sequence: number;
  readonly userId: string;
  readonly clientMessageId?: string;
  readonly content: string;
  readonly edited?: boolean;
  readonly deleted?: boolean;
  readonly pinned?: boolean;
  /** Each as `emoji userId`, in any order. */
  readonly reactions?: readonly string[];
  readonly attachments?: readonly unknown[];
}

export type CommandKind =
  | 'message'
  | 'edit'
  | 'delete'
  | 'add_reaction'
  | 'remove_reaction'
  | 'pin'
  | 'unpin';

/** One event of a room's log as a client was told of it. */
export interface RoomEvent {
  readonly kind: CommandKind | 'access_lost';
  readonly sequence: number;
  /** The message itself, or the one that the event is about; of `access_lost` nothing. */
  readonly messageId?: string;
  readonly userId: string;
  readonly clientMessageId?: string;
  readonly content?: string;
}

interface Entry {
  /** Milliseconds of one monotonic clock; for whoever reads the report. */
  readonly atMs: number;
}

/** Of one connection and one room. */
interface ConnectionEntry extends Entry {
  readonly connection: string;
  readonly userId: string;
  readonly roomId: string;
}

/** An attempt; retries of a command are entries of their own. */
export interface SendEntry extends ConnectionEntry {
  readonly type: 'send';
  readonly kind: CommandKind;
  readonly clientMessageId: string;
  readonly content?: string;
  readonly attachments?: readonly unknown[];
  /** Of every kind but `message`. */
  readonly targetId?: string;
  readonly emoji?: string;
}

export interface AckEntry extends ConnectionEntry {
  readonly type: 'ack';
  readonly clientMessageId: string;
  /** Of the message that was sent, or that the command is about. */
  readonly messageId: string;
  readonly sequence: number;
  readonly duplicate: boolean;
}

/** An error that answers a command. `UNAVAILABLE`: perhaps stored. Any other: nothing stored. */
export interface RejectionEntry extends ConnectionEntry {
  readonly type: 'refusal';
  readonly clientMessageId: string;
  readonly code: string;
}

export interface DeliveryEntry extends ConnectionEntry {
  readonly type: 'delivery';
  readonly event: RoomEvent;
}

/** The answer to a join or a resume. From here on the room is open on this connection. */
export interface SnapshotEntry extends ConnectionEntry {
  readonly type: 'snapshot';
  /** The position that the client gave; without one it starts anew. */
  readonly after?: number;
  readonly headSequence: number;
  readonly truncated: boolean;
  readonly messages: readonly HeldMessage[];
  readonly events: readonly RoomEvent[];
}

/** The room is no longer open on this connection: left, resynchronisation, connection lost. */
export interface ClosedEntry extends ConnectionEntry {
  readonly type: 'closed';
}

/** What the client shows of a room. It may hold less than all: it need not have paged back. */
export interface ShownEntry extends ConnectionEntry {
  readonly type: 'shown';
  readonly headSequence: number;
  readonly messages: readonly HeldMessage[];
}

/** A room as freshly fetched, whole, when nobody sent any more. */
export interface FetchedEntry extends Entry {
  readonly type: 'fetched';
  readonly roomId: string;
  readonly headSequence: number;
  readonly messages: readonly HeldMessage[];
}

export interface UnreadEntry extends Entry {
  readonly type: 'unread';
  readonly userId: string;
  readonly roomId: string;
  /** Up to where the person had read, and the head, when the count was given. */
  readonly readSequence: number;
  readonly headSequence: number;
  readonly count: number;
}

/** Told by whoever ran the test: the person may see nothing above `sequence`, until `regained`. */
export interface AccessEntry extends Entry {
  readonly type: 'access_lost' | 'access_regained';
  readonly userId: string;
  readonly roomId: string;
  readonly sequence: number;
}

/** Told by whoever ran the test: what was sent here before this time may have been taken away. */
export interface RetentionEntry extends Entry {
  readonly type: 'retention';
  readonly roomId: string;
  readonly beforeMs: number;
}

export type HistoryEntry =
  | SendEntry
  | AckEntry
  | RejectionEntry
  | DeliveryEntry
  | SnapshotEntry
  | ClosedEntry
  | ShownEntry
  | FetchedEntry
  | UnreadEntry
  | AccessEntry
  | RetentionEntry;

export type History = readonly HistoryEntry[];
