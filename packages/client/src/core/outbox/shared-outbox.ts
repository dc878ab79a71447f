/**
 * Keeps unsent messages in a store that several clients of one user share, such as the tabs
 * of a browser. Each entry belongs to one client, which alone sends it. A lock shows that the
 * client lives: when it is free, another client adopts the entries. A message is sent after
 * it is stored, so that a crash loses nothing.
 */
import type { ClientMessageId } from '@parley/protocol';
import type { OutboxEntry } from './outbox-state.ts';
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
  /** Releases what keeps a program alive; a later call opens the store again. */
  readonly close?: (() => void) | undefined;
}

/**
 * Calls `work` when no client holds the lock, and holds it until the work ends. A client that
 * ends, also by a crash, loses its locks. The Web Locks API of browsers has this form.
 */
export type RequestLock = (name: string, work: () => Promise<void>) => Promise<void>;

/**
 * Tells the other clients of the user the name of this one, and calls `onOther` for each of them.
 * Returns a function that ends it.
 */
export type Announce = (owner: string, onOther: (owner: string) => void) => () => void;

export interface SharedOutboxOptions {
  readonly store: EntryStore;
  /** Default: no other client uses the store. */
  readonly requestLock?: RequestLock | undefined;
  /** Default: only clients whose messages are stored when this one starts are known. */
  readonly announce?: Announce | undefined;
  /** Identifies this client; different for each start. */
  readonly owner: string;
}

export function sharedOutbox({
  store,
  owner: name,
  requestLock = (_name, work) => work(),
  announce = () => () => {},
}: SharedOutboxOptions): PersistOutbox {
  return (outbox, subscribe, { onRestored, onStored }) => {
    /** Entries whose write has ended, and whether it succeeded. */
    const written = new Map<ClientMessageId, boolean>();
    let before = outbox.get();
    let writes: Promise<unknown> = Promise.resolve();
    let isOpen = false;
    let opened = 0;
    /** Of the current opening: the lock of an earlier one may be free, and its entries adopted. */
    let owner = name;
    let release = (): void => {};

    /** One write at a time, in the order of the changes. Ends with whether it succeeded. */
    const write = (work: () => Promise<void>): Promise<boolean> => {
      // A store that fails (full, or forbidden by the browser) must not stop the messages.
      const result = writes.then(work).then(
        () => true,
        () => false,
      );
      writes = result;
      return result;
    };

    /** Entries that are not written as they are now. */
    const dirty = new Map<ClientMessageId, OutboxEntry>();

    const put = async (entry: OutboxEntry): Promise<void> => {
      const { clientMessageId: id, roomId } = entry;
      dirty.set(id, entry);
      written.delete(id);
      const isDurable = await write(async () => {
        // An entry that was changed again before its turn is written once.
        if (dirty.get(id) === entry) await store.put({ ...toStored(entry), owner });
      });
      if (dirty.get(id) !== entry) return;
      dirty.delete(id);
      written.set(id, isDurable);
      onStored(roomId);
    };

    const adopt = async (theirs: readonly OwnedEntry[]): Promise<void> => {
      const all = theirs.map((entry) => ({ ...entry, owner }));
      for (const entry of all) {
        // Closed meanwhile: they are of the other clients, or were discarded.
        await write(async () => {
          if (isOpen) await store.put(entry);
        });
      }
      if (!isOpen) return;
      // Those of an earlier opening are still in the outbox.
      const held = new Set(outbox.get().map(({ clientMessageId }) => clientMessageId));
      const own = all.filter(({ clientMessageId }) => !held.has(clientMessageId));
      for (const { clientMessageId } of own) written.set(clientMessageId, true);
      const sorted = own.sort((a, b) => a.composedAtMs - b.composedAtMs);
      const restored = sorted.map(({ owner: _, ...entry }) => toEntry(entry));
      before = [...restored, ...outbox.get()];
      outbox.set(before);
      onRestored();
    };

    /** Adopts the entries of another client as soon as it has ended. */
    const follow = (other: string): void => {
      const opening = opened;
      // The entries may have been sent or adopted while this client waited for the lock.
      const take = async (): Promise<void> => {
        if (!isOpen || opening !== opened) return;
        const theirs = (await store.readAll()).filter((entry) => entry.owner === other);
        if (theirs.length > 0) await adopt(theirs);
      };
      requestLock(lockOf(other), take).catch(() => {});
    };

    const restore = async (): Promise<void> => {
      const others = new Set((await store.readAll()).map((entry) => entry.owner));
      others.delete(owner);
      for (const other of others) follow(other);
    };

    const removeAll = async (): Promise<void> => {
      for (const { clientMessageId } of await store.readAll()) await store.remove(clientMessageId);
    };

    /** Stores what is new in the outbox. */
    const save = (): void => {
      const now = outbox.get();
      if (now === before) return;
      const { removed, changed } = changesOf(before, now);
      before = now;
      for (const id of removed) {
        written.delete(id);
        dirty.delete(id);
        void write(() => store.remove(id));
      }
      for (const entry of changed) void put(entry);
    };

    const open = (): void => {
      if (isOpen) return;
      isOpen = true;
      owner = opened === 0 ? name : `${name} ${opened}`;
      opened += 1;
      const opening = opened;
      // Held until the page or the outbox ends.
      const hold = (): Promise<void> =>
        new Promise((resolve) => {
          if (!isOpen || opening !== opened) {
            resolve();
            return;
          }
          // Only now: a client that hears of this one waits for its lock.
          const endAnnouncement = announce(owner, follow);
          release = () => {
            endAnnouncement();
            resolve();
          };
        });
      requestLock(lockOf(owner), hold).catch(() => {});
      restore().catch(() => {});
      // Those of an earlier opening are its own.
      for (const entry of opened > 1 ? before : []) void put(entry);
      save();
    };

    // Before `connect`, only a message opens the store.
    subscribe(() => {
      if (opened === 0 && outbox.get().length > 0 && outbox.get() !== before) open();
      if (isOpen) save();
    });
    return {
      isWritten: (id) => written.has(id),
      isDurable: (id) => written.get(id) === true,
      open,
      close: ({ discard }) => {
        if (!isOpen && !discard) return;
        isOpen = false;
        const closing = opened;
        const end = release;
        release = () => {};
        // After the writes that are in progress.
        void write(discard ? removeAll : async () => {}).then(() => {
          if (discard) written.clear();
          end();
          if (closing === opened && !isOpen) store.close?.();
        });
      },
    };
  };
}

function lockOf(owner: string): string {
  return `parley-outbox ${owner}`;
}
