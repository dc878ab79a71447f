/**
 * Messages on their way: what waits, in which order, and why. Pure.
 *
 * Per room the entries go out one at a time in the order in which they were
 * written; a failed one stands aside until its author decides.
 */
import type { Attachment, ClientMessageId, ErrorCode, MessageId, RoomId } from '@parley/protocol';

export interface OutboxEntry {
  /** The same on every try: it makes a retry the same message (promise 3). */
  readonly clientMessageId: ClientMessageId;
  readonly roomId: RoomId;
  readonly content: string;
  readonly composedAtMs: number;
  /** The message that it answers. */
  readonly replyTo?: MessageId;
  /** Not empty. */
  readonly attachments?: readonly Attachment[];
  /** Tries that ended with "later". */
  readonly attempts: number;
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

/** Entries that wait or failed, over all rooms; one more is refused and stays with its author. */
export const OUTBOX_ENTRIES_MAX = 200;

/** The entry that is its room's turn, whether or not it may go now. */
export function headOfRoom(outbox: OutboxState, roomId: RoomId): OutboxEntry | undefined {
  return outbox.find((entry) => entry.roomId === roomId && entry.state.kind !== 'failed');
}

export function updateEntry(
  outbox: OutboxState,
  clientMessageId: ClientMessageId,
  change: Partial<Pick<OutboxEntry, 'state' | 'attempts'>>,
): OutboxState {
  return outbox.map((entry) =>
    entry.clientMessageId === clientMessageId ? { ...entry, ...change } : entry,
  );
}

/** Takes out what is settled or discarded. */
export function removeEntry(outbox: OutboxState, clientMessageId: ClientMessageId): OutboxState {
  return outbox.filter((entry) => entry.clientMessageId !== clientMessageId);
}

/** A failed entry becomes its room's last: what was written after it may be gone already. */
export function requeueEntry(outbox: OutboxState, clientMessageId: ClientMessageId): OutboxState {
  const entry = outbox.find((each) => each.clientMessageId === clientMessageId);
  if (entry?.state.kind !== 'failed') return outbox;
  const queued: OutboxEntry = { ...entry, attempts: 0, state: { kind: 'queued' } };
  return [...removeEntry(outbox, clientMessageId), queued];
}

/** Everything of a room that is closed fails for the same reason. */
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

/** When the first pause is over, or `undefined` if none is. */
export function firstHoldEndMs(outbox: OutboxState): number | undefined {
  const ends = outbox.flatMap(({ state }) => (state.kind === 'held' ? [state.untilMs] : []));
  return ends.length === 0 ? undefined : Math.min(...ends);
}
