/**
 * Messages whose files are still in this browser. The outbox keeps the files with their message,
 * over reloads, and sends it once when the last file is uploaded.
 */
import type { OutboxEntry, PersistOutbox } from '@parley/client';
import { hasLocalFile } from './local-file.ts';

export function withFiles(persist: PersistOutbox): PersistOutbox {
  return (outbox, subscribe, hooks) => {
    const persisted = persist(outbox, subscribe, {
      ...hooks,
      onStored: (roomId) => {
        const isNext = (entry: OutboxEntry) =>
          entry.roomId === roomId && entry.state.kind !== 'failed';
        const next = outbox.get().find(isNext);
        // It is stored again with each uploaded file.
        if (!next || !hasLocalFile(next)) hooks.onStored(roomId);
      },
    });
    let isClosed = false;
    subscribe(() => {
      if (!outbox.get().some(hasLocalFile)) return;
      import('./upload-waiting.ts').then(
        ({ uploadWaiting }) => uploadWaiting({ outbox, subscribe, isClosed: () => isClosed }),
        // Loaded again after the next change.
        () => {},
      );
    });
    return {
      ...persisted,
      isWritten: (id) =>
        persisted.isWritten(id) &&
        !outbox.get().some((entry) => entry.clientMessageId === id && hasLocalFile(entry)),
      open: () => {
        isClosed = false;
        persisted.open();
      },
      close: (options) => {
        isClosed = true;
        persisted.close(options);
      },
    };
  };
}
