/** Unsent messages in a file, for one program of Node at a time. */
import { randomUUID } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import type { PersistOutbox } from '../core/outbox/outbox-storage.ts';
import { type OwnedEntry, sharedOutbox } from '../core/outbox/shared-outbox.ts';

/**
 * Keeps unsent messages over restarts and crashes. The outbox is small (200 messages), so
 * each change writes the whole file, beside the old one, and then replaces it.
 *
 * @param path The file; it is made with mode 0600. Use one per account.
 */
export function fileOutbox(path: string): PersistOutbox {
  const entries = new Map<string, OwnedEntry>();
  let reading: Promise<void> | undefined;
  const read = (): Promise<void> => {
    reading ??= readEntries(path).then((found) => {
      for (const entry of found) entries.set(entry.clientMessageId, entry);
    });
    return reading;
  };
  const save = () => replaceFile(path, JSON.stringify([...entries.values()]));
  return sharedOutbox({
    owner: randomUUID(),
    store: {
      readAll: async () => {
        await read();
        return [...entries.values()];
      },
      put: async (entry) => {
        await read();
        entries.set(entry.clientMessageId, entry);
        await save();
      },
      remove: async (id) => {
        await read();
        entries.delete(id);
        await save();
      },
    },
  });
}

async function readEntries(path: string): Promise<readonly OwnedEntry[]> {
  try {
    // Only this file writes it.
    return JSON.parse(await readFile(path, 'utf8')) as OwnedEntry[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  const fresh = `${path}.new`;
  const file = await open(fresh, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
}
