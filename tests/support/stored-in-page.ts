import type { Page } from 'playwright-core';

/** Everything that a page of this origin has stored: its local storage and its unsent messages. */
export async function storedIn(page: Page): Promise<string> {
  const unsent = await page.evaluate(async () => {
    const result = <Value>(request: IDBRequest<Value>) =>
      new Promise<Value>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const entries: unknown[] = [];
    for (const { name = '' } of await indexedDB.databases()) {
      if (!name.startsWith('parley-outbox')) continue;
      const database = await result(indexedDB.open(name));
      const store = database.transaction('entries').objectStore('entries');
      entries.push(...(await result(store.getAll())));
      database.close();
    }
    return entries;
  });
  return JSON.stringify(unsent) + (await page.evaluate(() => JSON.stringify(localStorage)));
}
