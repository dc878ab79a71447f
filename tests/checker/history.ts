/**
 * The records of test clients, which the checker judges afterwards.
 *
 * A history has the entries of all clients of one run, in the order of each connection;
 * no order between connections is assumed. The names are those of the domain, not of a
 * dialect, so the same rules judge every dialect and store.
 */

/** A message in the state of a client: the result of its events. */
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

/** One event of a room's log as a client received it. */
export interface RoomEvent {
  readonly kind: CommandKind | 'access_lost';
  readonly sequence: number;
  /** The message itself, or the message that the event changes; absent for `access_lost`. */
  readonly messageId?: string;
  readonly userId: string;
  readonly clientMessageId?: string;
  readonly content?: string;
}

interface Entry {
  /** Milliseconds of one monotonic clock; for readers of the report. */
  readonly atMs: number;
}

/** Entries of one connection and one room. */
interface ConnectionEntry extends Entry {
  readonly connection: string;
  readonly userId: string;
  readonly roomId: string;
}

/** An attempt; each retry of a command is a separate entry. */
export interface SendEntry extends ConnectionEntry {
  readonly type: 'send';
  readonly kind: CommandKind;
  readonly clientMessageId: string;
  readonly content?: string;
  readonly attachments?: readonly unknown[];
  /** For every kind except `message`. */
  readonly targetId?: string;
  readonly emoji?: string;
}

export interface AckEntry extends ConnectionEntry {
  readonly type: 'ack';
  readonly clientMessageId: string;
  /** The message that was sent, or that the command refers to. */
  readonly messageId: string;
  readonly sequence: number;
  readonly duplicate: boolean;
}

/** An error that answers a command. `UNAVAILABLE`: perhaps stored. Any other: nothing stored. */
interface RejectionEntry extends ConnectionEntry {
  readonly type: 'refusal';
  readonly clientMessageId: string;
  readonly code: string;
}

export interface DeliveryEntry extends ConnectionEntry {
  readonly type: 'delivery';
  readonly event: RoomEvent;
}

/** The answer to a join or a resume. From here on the room is open on this connection. */
interface SnapshotEntry extends ConnectionEntry {
  readonly type: 'snapshot';
  /** The position that the client gave; without a position it starts from a snapshot. */
  readonly after?: number;
  readonly headSequence: number;
  readonly truncated: boolean;
  readonly messages: readonly HeldMessage[];
  readonly events: readonly RoomEvent[];
}

/** The room is no longer open on this connection: left, resynchronisation, connection lost. */
interface ClosedEntry extends ConnectionEntry {
  readonly type: 'closed';
}

/** A room as the client shows it. It may be incomplete: the client need not load all history. */
interface ShownEntry extends ConnectionEntry {
  readonly type: 'shown';
  readonly headSequence: number;
  readonly messages: readonly HeldMessage[];
}

/** A complete room, freshly fetched after all clients stopped sending. */
export interface FetchedEntry extends Entry {
  readonly type: 'fetched';
  readonly roomId: string;
  readonly headSequence: number;
  readonly messages: readonly HeldMessage[];
}

interface UnreadEntry extends Entry {
  readonly type: 'unread';
  readonly userId: string;
  readonly roomId: string;
  /** The user's read position, and the head, when the count was reported. */
  readonly readSequence: number;
  readonly headSequence: number;
  readonly count: number;
}

/**
 * Recorded by the test: the user may see nothing above `sequence`, until `regained`. The loss is recorded when it
 * was acknowledged, what ends it when it was requested, with the latest position that was known then.
 */
export interface AccessEntry extends Entry {
  readonly type: 'access_lost' | 'access_regained';
  readonly userId: string;
  readonly roomId: string;
  readonly sequence: number;
}

/** Recorded by the test, as the loss of access is: the room stores no messages, and a deleted room shows none. */
interface RoomEndEntry extends Entry {
  readonly type: 'archived' | 'restored' | 'deleted';
  readonly roomId: string;
  /** The latest message of an archived room, read afterwards. */
  readonly lastSequence?: number;
}

/** Recorded by the test when it was acknowledged. */
interface AccountEndEntry extends Entry {
  readonly type: 'account_disabled';
  readonly userId: string;
}

/** An attempt to read a room without opening it. */
interface ReadEntry extends ConnectionEntry {
  readonly type: 'read';
  /** When it was requested. */
  readonly atMs: number;
  readonly sequences: readonly number[];
}

/** Recorded by the test: messages that were sent here before this time may have been deleted. */
interface RetentionEntry extends Entry {
  readonly type: 'retention';
  readonly roomId: string;
  readonly beforeMs: number;
}

/** A user in a room, and the user's presence as one text. */
export interface HeldMember {
  readonly userId: string;
  readonly status: string;
}

/** Recorded by the test at rest: the users who have the room open. */
interface PresentEntry extends Entry {
  readonly type: 'present';
  readonly roomId: string;
  readonly members: readonly HeldMember[];
}

/** The users whom a client shows in a room; compared with the last `present` entry of the room. */
interface MembersEntry extends ConnectionEntry {
  readonly type: 'members';
  /** Whether they were asked for, or follow from events. */
  readonly source: 'asked' | 'events';
  readonly members: readonly HeldMember[];
  readonly count: number;
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
  | RoomEndEntry
  | AccountEndEntry
  | ReadEntry
  | RetentionEntry
  | PresentEntry
  | MembersEntry;

export type History = readonly HistoryEntry[];
