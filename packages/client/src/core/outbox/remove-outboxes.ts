/** Removes unsent messages that `indexedDb` has stored. Outside of it, so that pages load it when they need it. */
import { databaseOf, OUTBOX_STORE, openDatabase } from './indexed-db.ts';

/**
 * Removes the stored unsent messages of all accounts, or of all except one. Clients that have them in
 * memory keep them there.
 */
export async function removeOutboxes({ except }: { readonly except?: string } = {}): Promise<void> {
  // Firefox before 126 cannot list databases.
  for (const { name = '' } of (await indexedDB.databases?.()) ?? []) {
    if (!name.startsWith(databaseOf('')) || name === databaseOf(except ?? '')) continue;
    const database = await openDatabase(name);
    // Not a deletion of the database: that waits for the tabs that have it open.
    database.transaction(OUTBOX_STORE, 'readwrite').objectStore(OUTBOX_STORE).clear();
    database.close();
  }
}
