/**
 * Outgoing messages: the queue, its order, and the errors. Pure.
 *
 * Entries of a room are sent one at a time in the order of writing; a failed entry is set
 * aside until its author decides.
 */
import type { Attachment, ClientMessageId, ErrorCode, MessageId, RoomId } from '@parley/protocol';

export interface OutboxEntry {
  /** The same on every attempt, so that the server stores the message once. */
  readonly clientMessageId: ClientMessageId;
  readonly roomId: RoomId;
  readonly content: string;
  /** The text that replaces the content once it is stored. */
  readonly edit?: string | undefined;
  readonly composedAtMs: number;
  /** The message that it replies to. */
  readonly replyTo?: MessageId;
  /** The reply is also a message of the room. */
  readonly alsoToRoom?: true;
  /** Not empty. */
  readonly attachments?: readonly Attachment[];
  /** Number of attempts that the server postponed. */
  readonly attempts: number;
  /** It was sent, or is about to be, and the outcome is unknown. */
  readonly mayBeStored: boolean;
  readonly state: OutboxEntryState;
}

export type OutboxEntryState =
  | { readonly kind: 'queued' }
  | { readonly kind: 'sending' }
  /** The server asked for a pause. */
  | {
      readonly kind: 'held';
      readonly untilMs: number;
      readonly code: ErrorCode;
      readonly message: string;
    }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string };

export type OutboxState = readonly OutboxEntry[];

/**
 * Maximum number of queued and failed entries over all rooms; another is rejected and
 * stays with its author.
 */
export const OUTBOX_ENTRIES_MAX = 200;

/** The next entry of its room, whether or not it can be sent now. */
export function headOfRoom(outbox: OutboxState, roomId: RoomId): OutboxEntry | undefined {
  return outbox.find((entry) => entry.roomId === roomId && entry.state.kind !== 'failed');
}

export function updateEntry(
  outbox: OutboxState,
  clientMessageId: ClientMessageId,
  change: Partial<Pick<OutboxEntry, 'content' | 'edit' | 'state' | 'attempts' | 'mayBeStored'>>,
): OutboxState {
  return outbox.map((entry) =>
    entry.clientMessageId === clientMessageId ? { ...entry, ...change } : entry,
  );
}

/** Removes a settled or discarded entry. */
export function removeEntry(outbox: OutboxState, clientMessageId: ClientMessageId): OutboxState {
  return outbox.filter((entry) => entry.clientMessageId !== clientMessageId);
}

/** A failed entry moves to the end of its room's queue: later messages may already be sent. */
export function requeueEntry(outbox: OutboxState, clientMessageId: ClientMessageId): OutboxState {
  const entry = outbox.find((each) => each.clientMessageId === clientMessageId);
  if (entry?.state.kind !== 'failed') return outbox;
  const queued: OutboxEntry = { ...entry, attempts: 0, state: { kind: 'queued' } };
  return [...removeEntry(outbox, clientMessageId), queued];
}

/** All entries of a closed room fail with the same error. */
export function failRoom(
  outbox: OutboxState,
  roomId: RoomId,
  reason: { readonly code: ErrorCode; readonly message: string },
): OutboxState {
  return outbox.map((entry) =>
    entry.roomId === roomId && entry.state.kind !== 'failed'
      ? { ...entry, state: { kind: 'failed', ...reason } }
      : entry,
  );
}

/** End of the first pause, or `undefined` if there is none. */
export function firstHoldEndMs(outbox: OutboxState): number | undefined {
  const ends = outbox.flatMap(({ state }) => (state.kind === 'held' ? [state.untilMs] : []));
  return ends.length === 0 ? undefined : Math.min(...ends);
}
