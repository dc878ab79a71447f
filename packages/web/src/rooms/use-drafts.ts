/** Unsent texts of rooms and people; threads and edited messages show their own. */
import { useMemo, useSyncExternalStore } from 'react';
import type { DraftEntries } from '../conversation/draft-storage.ts';
import { useChat } from '../hooks/chat-context.ts';

export function useDrafts(): DraftEntries {
  const { drafts } = useChat();
  const entries = useSyncExternalStore(drafts.subscribe, drafts.entries);
  return useMemo(
    () => entries.filter(([key, text]) => !/^(thread|edit)\//.test(key) && text.trim() !== ''),
    [entries],
  );
}
