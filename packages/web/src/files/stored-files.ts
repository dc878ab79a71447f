/** Files of drafts that are not uploaded: IndexedDB keeps their bytes over reloads. */
import type { UserId } from '@parley/client';

const DATABASE = 'parley-draft-files';
const STORE = 'files';

type Key = [owner: string, id: string];

export async function storeFile(owner: UserId, id: string, file: File): Promise<void> {
  await run('readwrite', (files) => files.put(file, [owner, id]));
}

/** Undefined if it is not stored. */
export async function readStoredFile(owner: UserId, id: string): Promise<File | undefined> {
  // Only this file writes to the database.
  return (await run('readonly', (files) => files.get([owner, id]))) as File | undefined;
}

export async function removeStoredFiles(
  isRemoved: (owner: string, id: string) => boolean,
): Promise<void> {
  const keys = (await run('readonly', (files) => files.getAllKeys())) as Key[];
  for (const key of keys) {
    if (isRemoved(...key)) await run('readwrite', (files) => files.delete(key));
  }
}

/** Ends when the change is stored. Requests run in the order of their calls. */
async function run<Value>(
  mode: IDBTransactionMode,
  ask: (files: IDBObjectStore) => IDBRequest<Value>,
): Promise<Value> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  try {
    const transaction = database.transaction(STORE, mode);
    const request = ask(transaction.objectStore(STORE));
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    return request.result;
  } finally {
    database.close();
  }
}
