/**
 * Keeps unsent messages beyond the life of the page. A message is stored before it is sent.
 * `shared-outbox.ts` implements it.
 */
import type { ClientMessageId, ErrorCode, RoomId } from '@parley/protocol';
import type { Cell } from '../store.ts';
import type { OutboxEntry, OutboxState } from './outbox-state.ts';

export type StoredEntry = Omit<OutboxEntry, 'attempts' | 'state'> & {
  /** Reason why it is set aside until its author decides. */
  readonly failure?: { readonly code: ErrorCode; readonly message: string };
};

interface PersistHooks {
  /** The restored entries are in the outbox. */
  readonly onRestored: () => void;
  /** An entry of this room is stored, and can be sent. */
  readonly onStored: (roomId: RoomId) => void;
}

export interface PersistedOutbox {
  /** Whether the write of an entry has ended; the entry is not sent before. */
  readonly isWritten: (clientMessageId: ClientMessageId) => boolean;
  /** Whether an entry survives a crash: its write succeeded. */
  readonly isDurable: (clientMessageId: ClientMessageId) => boolean;
  /** Restores the entries of clients that ended, and stores every change until `close`. */
  readonly open: () => void;
  /**
   * Closes the store after the writes that are in progress, and leaves the entries to the other
   * clients of the user. The outbox keeps them: `open` stores them again.
   *
   * @param options `discard` removes the entries of all clients of the user from the store instead.
   */
  readonly close: (options: { readonly discard: boolean }) => void;
}

/** Creates the storage of a client. Nothing is opened before the first `open`, or the first entry. */
export type PersistOutbox = (
  outbox: Cell<OutboxState>,
  subscribe: (listener: () => void) => unknown,
  hooks: PersistHooks,
) => PersistedOutbox;

/** Changes for a storage: removed entries, and entries whose stored form is new. */
export function changesOf(
  before: OutboxState,
  now: OutboxState,
): { readonly removed: readonly ClientMessageId[]; readonly changed: OutboxState } {
  const kept = new Set(now.map(({ clientMessageId }) => clientMessageId));
  const known = new Map(before.map((entry) => [entry.clientMessageId, entry]));
  return {
    removed: [...known.keys()].filter((id) => !kept.has(id)),
    changed: now.filter((entry) => !isStoredAlike(entry, known.get(entry.clientMessageId))),
  };
}

function isStoredAlike(one: OutboxEntry, other: OutboxEntry | undefined): boolean {
  return (
    one.content === other?.content &&
    one.edit === other.edit &&
    one.attachments === other.attachments &&
    one.mayBeStored === other.mayBeStored &&
    (one.state.kind === 'failed') === (other.state.kind === 'failed')
  );
}

export function toStored({ attempts: _, state, ...entry }: OutboxEntry): StoredEntry {
  if (state.kind !== 'failed') return entry;
  return { ...entry, failure: { code: state.code, message: state.message } };
}

export function toEntry({ failure, ...entry }: StoredEntry): OutboxEntry {
  const state =
    failure === undefined ? { kind: 'queued' as const } : { kind: 'failed' as const, ...failure };
  return { ...entry, attempts: 0, state };
}
