/**
 * The outbox of one user in this browser's storage. Each message has its own key, so that
 * two tabs never overwrite each other's messages.
 */
import type { OutboxStorage, StoredEntry, UserId } from '@parley/client';

export interface ClearableOutboxStorage extends OutboxStorage {
  /** Whether a message could not be stored: a reload would lose it. */
  readonly hasFailed: () => boolean;
  /** Removes everything of the user, for good. */
  readonly clear: () => void;
}

export function localOutboxStorage(userId: UserId): ClearableOutboxStorage {
  const prefix = `parley.outbox.${userId}.`;
  const unstored = new Set<string>();
  const keys = (): string[] => Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  let isCleared = false;
  return {
    read: () => {
      try {
        return keys().flatMap((key) => parseEntry(localStorage.getItem(key)));
      } catch {
        // Storage is forbidden.
        return [];
      }
    },
    write: (entry) => {
      if (isCleared) return;
      try {
        localStorage.setItem(prefix + entry.clientMessageId, JSON.stringify(entry));
      } catch {
        // Storage is forbidden or full; the message is kept until the page unloads.
        unstored.add(entry.clientMessageId);
      }
    },
    remove: (clientMessageId) => {
      unstored.delete(clientMessageId);
      try {
        localStorage.removeItem(prefix + clientMessageId);
      } catch {
        // Storage is forbidden.
      }
    },
    hasFailed: () => unstored.size > 0,
    clear: () => {
      isCleared = true;
      try {
        for (const key of keys()) localStorage.removeItem(key);
      } catch {
        // Storage is forbidden: nothing was stored.
      }
    },
  };
}

function parseEntry(text: string | null): readonly StoredEntry[] {
  try {
    const entry = JSON.parse(text ?? '') as Partial<StoredEntry> | null;
    const isEntry =
      typeof entry?.clientMessageId === 'string' &&
      typeof entry.roomId === 'string' &&
      typeof entry.content === 'string' &&
      typeof entry.composedAtMs === 'number';
    return isEntry ? [entry as StoredEntry] : [];
  } catch {
    // Not written by this page.
    return [];
  }
}
