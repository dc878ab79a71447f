/**
 * Keeps unsent messages beyond the life of the page. Synchronous, so that a message is
 * stored before it is sent. Two tabs may both send a stored message: its id is the same, so
 * the server stores it once.
 */
import type { ClientMessageId, ErrorCode } from '@parley/protocol';
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

/**
 * Restores the entries of a client that starts, and stores every later change.
 *
 * @param onRestored Called when the restored entries are in the outbox.
 */
export type PersistOutbox = (
  outbox: Cell<OutboxState>,
  subscribe: (listener: () => void) => unknown,
  onRestored: () => void,
) => void;

/** Keeps the entries in a storage, which belongs to one user. */
export function persistIn(storage: OutboxStorage): PersistOutbox {
  return (outbox, subscribe, onRestored) => {
    const restored = [...storage.read()].sort((a, b) => a.composedAtMs - b.composedAtMs);
    outbox.set(restored.map(toEntry));
    onRestored();
    let before = outbox.get();
    subscribe(() => {
      const now = outbox.get();
      if (now === before) return;
      storeChanges(before, now, storage);
      before = now;
    });
  };
}

function storeChanges(before: OutboxState, now: OutboxState, storage: OutboxStorage): void {
  const kept = new Set(now.map(({ clientMessageId }) => clientMessageId));
  for (const { clientMessageId } of before) {
    if (!kept.has(clientMessageId)) storage.remove(clientMessageId);
  }
  const known = new Map(before.map((entry) => [entry.clientMessageId, isFailed(entry)]));
  for (const entry of now) {
    if (known.get(entry.clientMessageId) !== isFailed(entry)) storage.write(toStored(entry));
  }
}

function isFailed({ state }: OutboxEntry): boolean {
  return state.kind === 'failed';
}

function toStored({ attempts: _, mayBeStored: __, state, ...entry }: OutboxEntry): StoredEntry {
  if (state.kind !== 'failed') return entry;
  return { ...entry, failure: { code: state.code, message: state.message } };
}

function toEntry({ failure, ...entry }: StoredEntry): OutboxEntry {
  const state =
    failure === undefined ? { kind: 'queued' as const } : { kind: 'failed' as const, ...failure };
  // The page may have ended while the message was being sent.
  return { ...entry, attempts: 0, mayBeStored: true, state };
}
