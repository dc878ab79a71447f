/**
 * Keeps unsent messages in a store that several clients of one user share, such as the tabs
 * of a browser. Each entry belongs to one client, which alone sends it. A lock shows that the
 * client lives: when it is free, another client adopts the entries. A message is sent after
 * it is stored, so that a crash loses nothing.
 */
import type { ClientMessageId } from '@parley/protocol';
import {
  changesOf,
  type PersistOutbox,
  type StoredEntry,
  toEntry,
  toStored,
} from './outbox-storage.ts';

export type OwnedEntry = StoredEntry & { readonly owner: string };

/** The entries of one user. */
export interface EntryStore {
  readonly readAll: () => Promise<readonly OwnedEntry[]>;
  /** Ends when the entry is durable. */
  readonly put: (entry: OwnedEntry) => Promise<void>;
  readonly remove: (clientMessageId: ClientMessageId) => Promise<void>;
}

/**
 * Calls `work` when no client holds the lock, and holds it until the work ends. A client that
 * ends, also by a crash, loses its locks. The Web Locks API of browsers has this form.
 */
export type RequestLock = (name: string, work: () => Promise<void>) => Promise<void>;

export interface SharedOutboxOptions {
  readonly store: EntryStore;
  /** Default: no other client uses the store. */
  readonly requestLock?: RequestLock | undefined;
  /** Identifies this client; different for each start. */
  readonly owner: string;
}

export function sharedOutbox({
  store,
  owner,
  requestLock = (_name, work) => work(),
}: SharedOutboxOptions): PersistOutbox {
  return (outbox, subscribe, { onRestored, onStored }) => {
    const stored = new Set<ClientMessageId>();
    let before = outbox.get();
    let writes: Promise<void> = Promise.resolve();

    /** One write at a time, in the order of the changes. */
    const write = (work: () => Promise<void>): Promise<void> => {
      // A store that fails (full, or forbidden by the browser) must not stop the messages.
      writes = writes.then(work).catch(() => {});
      return writes;
    };

    const adopt = async (theirs: readonly OwnedEntry[]): Promise<void> => {
      const own = theirs.map((entry) => ({ ...entry, owner }));
      for (const entry of own) await write(() => store.put(entry));
      for (const { clientMessageId } of own) stored.add(clientMessageId);
      const sorted = own.sort((a, b) => a.composedAtMs - b.composedAtMs);
      const restored = sorted.map(({ owner: _, ...entry }) => toEntry(entry));
      before = [...restored, ...outbox.get()];
      outbox.set(before);
      onRestored();
    };

    const restore = async (): Promise<void> => {
      const others = new Set((await store.readAll()).map((entry) => entry.owner));
      for (const other of others) {
        // The entries may have been sent or adopted while this client waited for the lock.
        const take = async (): Promise<void> => {
          const theirs = (await store.readAll()).filter((entry) => entry.owner === other);
          if (theirs.length > 0) await adopt(theirs);
        };
        requestLock(lockOf(other), take).catch(() => {});
      }
    };

    // Held until the page ends.
    void requestLock(lockOf(owner), () => hold()).catch(() => {});
    restore().catch(() => {});

    subscribe(() => {
      const now = outbox.get();
      if (now === before) return;
      const { removed, changed } = changesOf(before, now);
      before = now;
      for (const id of removed) {
        stored.delete(id);
        void write(() => store.remove(id));
      }
      for (const entry of changed) {
        const { clientMessageId, roomId } = entry;
        void write(() => store.put({ ...toStored(entry), owner })).then(() => {
          if (outbox.get().every((each) => each.clientMessageId !== clientMessageId)) return;
          stored.add(clientMessageId);
          onStored(roomId);
        });
      }
    });
    return { isStored: (id) => stored.has(id) };
  };

  function hold(): Promise<void> {
    // Without locks nothing is held, and nothing must wait.
    return new Promise(() => {});
  }
}

function lockOf(owner: string): string {
  return `parley-outbox ${owner}`;
}
