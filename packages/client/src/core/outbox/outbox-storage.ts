/**
 * Keeps unsent messages beyond the life of the page. A message is stored before it is sent.
 * `persistIn` uses a synchronous storage: two tabs may both send a stored message, and the
 * server stores it once. `shared-outbox.ts` lets one tab send it.
 */
import type { ClientMessageId, ErrorCode, RoomId } from '@parley/protocol';
import type { Cell } from '../store.ts';
import type { OutboxEntry, OutboxState } from './outbox-state.ts';

export interface OutboxStorage {
  readonly read: () => readonly StoredEntry[];
  readonly write: (entry: StoredEntry) => void;
  readonly remove: (clientMessageId: ClientMessageId) => void;
}

export type StoredEntry = Omit<OutboxEntry, 'attempts' | 'state' | 'mayBeStored'> & {
  /** Reason why it is set aside until its author decides. */
  readonly failure?: { readonly code: ErrorCode; readonly message: string };
};

export interface PersistHooks {
  /** The restored entries are in the outbox. */
  readonly onRestored: () => void;
  /** An entry of this room is stored, and can be sent. */
  readonly onStored: (roomId: RoomId) => void;
}

export interface PersistedOutbox {
  /** Whether an entry survives a crash; it is not sent before. */
  readonly isStored: (clientMessageId: ClientMessageId) => boolean;
}

/** Restores the entries of a client that starts, and stores every later change. */
export type PersistOutbox = (
  outbox: Cell<OutboxState>,
  subscribe: (listener: () => void) => unknown,
  hooks: PersistHooks,
) => PersistedOutbox;

/** Keeps the entries in a synchronous storage, which belongs to one user. */
export function persistIn(storage: OutboxStorage): PersistOutbox {
  return (outbox, subscribe, { onRestored }) => {
    const restored = [...storage.read()].sort((a, b) => a.composedAtMs - b.composedAtMs);
    outbox.set(restored.map(toEntry));
    onRestored();
    let before = outbox.get();
    subscribe(() => {
      const now = outbox.get();
      if (now === before) return;
      const { removed, changed } = changesOf(before, now);
      before = now;
      for (const id of removed) storage.remove(id);
      for (const entry of changed) storage.write(toStored(entry));
    });
    return { isStored: () => true };
  };
}

/** Changes for a storage: removed entries, and entries that are new or failed. */
export function changesOf(
  before: OutboxState,
  now: OutboxState,
): { readonly removed: readonly ClientMessageId[]; readonly changed: OutboxState } {
  const kept = new Set(now.map(({ clientMessageId }) => clientMessageId));
  const known = new Map(before.map((entry) => [entry.clientMessageId, isFailed(entry)]));
  return {
    removed: [...known.keys()].filter((id) => !kept.has(id)),
    changed: now.filter((entry) => known.get(entry.clientMessageId) !== isFailed(entry)),
  };
}

function isFailed({ state }: OutboxEntry): boolean {
  return state.kind === 'failed';
}

export function toStored({
  attempts: _,
  mayBeStored: __,
  state,
  ...entry
}: OutboxEntry): StoredEntry {
  if (state.kind !== 'failed') return entry;
  return { ...entry, failure: { code: state.code, message: state.message } };
}

export function toEntry({ failure, ...entry }: StoredEntry): OutboxEntry {
  const state =
    failure === undefined ? { kind: 'queued' as const } : { kind: 'failed' as const, ...failure };
  // The page may have ended while the message was being sent.
  return { ...entry, attempts: 0, mayBeStored: true, state };
}
