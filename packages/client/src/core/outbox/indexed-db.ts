/** Unsent messages in IndexedDB, shared by the tabs of a browser. */
import type { ClientMessageId } from '@parley/protocol';
import { browserEnvironment } from '../browser-environment.ts';
import type { PersistOutbox } from './outbox-storage.ts';
import { type Announce, type EntryStore, type OwnedEntry, sharedOutbox } from './shared-outbox.ts';

export const OUTBOX_STORE = 'entries';

/** Name of the database, and of the channel between the tabs, of an account. */
export function databaseOf(account: string): string {
  return `parley-outbox ${account}`;
}

/**
 * Keeps unsent messages over reloads and crashes. Each is sent by one tab. Outside of a browser, as
 * when a page is rendered on a server, messages are in memory only.
 *
 * @param account Name or id of the user: messages are never sent as another user.
 */
export function indexedDb({ account }: { readonly account: string }): PersistOutbox {
  return (...dependencies) => {
    if (typeof indexedDB === 'undefined') return IN_MEMORY;
    // Pages on plain HTTP have no locks. A message may be sent twice there, and is stored once.
    const locks = globalThis.navigator?.locks as LockManager | undefined;
    const storage = sharedOutbox({
      store: openStore(databaseOf(account)),
      owner: browserEnvironment().newId(),
      requestLock: locks && ((name, work) => locks.request(`${account} ${name}`, work)),
      announce: locks && announceIn(databaseOf(account)),
    });
    return storage(...dependencies);
  };
}

const IN_MEMORY: ReturnType<PersistOutbox> = {
  isWritten: () => true,
  isDurable: () => false,
  open: () => {},
  close: () => {},
};

/** Each tab answers a new one with its own name. */
function announceIn(channelName: string): Announce {
  return (owner, onOther) => {
    const others = new Set<string>();
    const channel = new BroadcastChannel(channelName);
    channel.addEventListener('message', ({ data }: MessageEvent<string>) => {
      if (others.has(data)) return;
      others.add(data);
      onOther(data);
      channel.postMessage(owner);
    });
    channel.postMessage(owner);
    return () => channel.close();
  };
}

function openStore(name: string): EntryStore {
  let opening: Promise<IDBDatabase> | undefined;
  const database = (): Promise<IDBDatabase> => {
    opening ??= openDatabase(name);
    return opening;
  };
  const write = async (change: (entries: IDBObjectStore) => void): Promise<void> => {
    const transaction = (await database()).transaction(OUTBOX_STORE, 'readwrite', {
      durability: 'strict',
    });
    change(transaction.objectStore(OUTBOX_STORE));
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
  };
  return {
    readAll: async () => {
      const entries = (await database()).transaction(OUTBOX_STORE).objectStore(OUTBOX_STORE);
      // Only this file writes to the database.
      return (await result(entries.getAll())) as OwnedEntry[];
    },
    put: (entry) => write((entries) => entries.put(entry)),
    remove: (id: ClientMessageId) => write((entries) => entries.delete(id)),
    close: () => {
      const closing = opening;
      opening = undefined;
      // It may have failed to open.
      closing?.then(
        (database) => database.close(),
        () => {},
      );
    },
  };
}

export function openDatabase(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(OUTBOX_STORE, { keyPath: 'clientMessageId' });
  };
  return result(request);
}

function result<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
